"""The point of a plain cut tells on which side of the bone its guide is meant to be, where it was put on the bone."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.devices.cutting_guide import DEVICE
from anatofit.devices.cutting_guide.across import across_cuts
from anatofit.devices.cutting_guide.sides import DEEPEST_MM, sides_told
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec, CuttingPlan
from anatofit.devices.cutting_guide.ways import ways_in
from anatofit.errors import PrescriptionError
from anatofit.geometry.joined import joined
from anatofit.geometry.pierce import pierced
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.long_bone import long_bone

BONE = long_bone(Laterality.LEFT, rings=60, around=36)
ANATOMY = Anatomy("bone", Laterality.LEFT, {"host": BONE})
MIDDLE, MEDIAL = np.array([0.0, -3.0, 150.0]), np.array([-1.0, 0.0, 0.0])
SURFACE = MIDDLE + pierced(BONE, MIDDLE, MEDIAL)[0].max() * MEDIAL


def _spec(*points: np.ndarray) -> CuttingGuideSpec:
    cuts = [{"point": p.tolist(), "normal": [0.0, 0.0, 1.0], "length_mm": 24.0} for p in points]
    return DEVICE.spec({"text": "none"}, surgery=CuttingPlan.model_validate({"cut": cuts}))


@pytest.mark.parametrize(("above_mm", "tells"), [(0.0, True), (10.0, True), (16.0, False), (-DEEPEST_MM - 0.1, False)])
def test_a_point_on_the_bone_or_before_it_tells_a_side_and_one_within_it_none(above_mm: float, tells: bool) -> None:
    told = sides_told(BONE, _spec(SURFACE + above_mm * MEDIAL))
    assert [side.off_deg(MEDIAL) < 20.0 for side in told] == [True] * tells
    assert not sides_told(BONE, _spec(MIDDLE))


def test_the_wall_of_a_canal_tells_no_side() -> None:
    inner = Mesh((BONE.vertices_lps_mm - MIDDLE) * [0.5, 0.5, 0.9] + MIDDLE, BONE.faces[:, ::-1])
    wall = MIDDLE + 0.5 * (SURFACE - MIDDLE)
    assert not sides_told(joined([BONE, inner]), _spec(wall - 2.0 * MEDIAL))


def test_only_ways_to_the_side_that_is_told_are_tried() -> None:
    spec, free = _spec(SURFACE), _spec(MIDDLE)
    ways = [way.way_lps for way in ways_in(ANATOMY, spec, across_cuts(BONE, spec))]
    assert ways and all(float((way * MEDIAL).sum()) > 0.3 for way in ways)
    assert len(ways_in(ANATOMY, free, across_cuts(BONE, free))) > 2 * len(ways)


def test_points_on_sides_that_no_way_leads_to_together_are_refused_with_what_to_do() -> None:
    other = MIDDLE - pierced(BONE, MIDDLE, -MEDIAL)[0].max() * MEDIAL + [0.0, 0.0, 20.0]
    spec = _spec(SURFACE, other)
    with pytest.raises(PrescriptionError, match=r"2 cuts .* middle of the bone, or order an approach"):
        ways_in(ANATOMY, spec, across_cuts(BONE, spec))
