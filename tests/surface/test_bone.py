"""One bone of a scan: the one that the plan lies on or the order points at, as much of it as is wanted."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.errors import PrescriptionError
from anatofit.geometry.field import signed_field
from anatofit.locate.long_bone import locate_long_bone
from anatofit.model.cranium import BoneEdge
from anatofit.model.frame import Laterality
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh
from anatofit.model.volume import Field, Volume
from anatofit.samples.shin_bone import shin_bone
from anatofit.surface.bone import bones_at

STEP_MM, EDGE_HU, SLOPE = 2.0, 300.0, 150.0
APART = np.array([110.0, 0.0, 0.0])
_LEFT = shin_bone(Laterality.LEFT, length_mm=400.0, rings=90, around=48)
_RIGHT = Mesh(_LEFT.vertices_lps_mm * [-1.0, 1.0, 1.0] - APART, _LEFT.faces[:, ::-1])


@pytest.fixture(scope="module")
def legs() -> BoneEdge:
    """Both shins of a person, in soft tissue."""
    low = np.array([-165.0, -50.0, -30.0])
    grid = Grid((230, 55, 110), low, np.full(3, STEP_MM))
    away = np.minimum(*(signed_field(bone, grid, band_mm=6.0) for bone in (_LEFT, _RIGHT)))
    hu = np.clip(EDGE_HU - SLOPE * away, 40.0, 1200.0).astype(np.int16)
    coarse = Grid((2, 2, 2), low, np.array([218.0, 108.0, 458.0]))
    edge = Field(coarse, np.full((2, 2, 2), EDGE_HU, dtype=np.float32))
    return BoneEdge(Volume(grid, hu), edge, {"edge_slope_hu_per_mm": SLOPE}, "")


def test_the_bone_at_the_plan_is_taken_as_far_as_a_guide_can_reach(legs: BoneEdge) -> None:
    mesh, _ = bones_at(legs, [(0.0, -20.0, 360.0)])
    low, high = mesh.bounds_lps_mm
    assert low[0] > -60.0 and 190.0 < low[2] < 202.0 and high[2] > 398.0


@pytest.mark.parametrize(("near", "side"), [((0.0, -20.0, 360.0), "L"), ((-110.0, -10.0, 200.0), "R")])
def test_a_whole_bone_of_a_scan_is_known_with_its_side(legs: BoneEdge, near: tuple[float, ...], side: str) -> None:
    mesh, _ = bones_at(legs, [near], whole=True)
    found = locate_long_bone(mesh, ordered=Laterality(side), bone="tibia")
    truth = locate_long_bone(_LEFT if side == "L" else _RIGHT, ordered=Laterality.UNPAIRED, bone="tibia")
    assert found is not None and truth is not None
    assert np.linalg.norm(found.landmarks["knee_centre"] - truth.landmarks["knee_centre"]) < 1.0
    for name, angle in truth.figures.items():
        assert found.figures[name] == pytest.approx(angle, abs=0.7), name


@pytest.mark.parametrize(
    ("places", "said"),
    [([], "locate.*near"), ([(0.0, -20.0, 900.0)], "outside the scan"), ([(50.0, -48.0, 200.0)], "nearest bone lies")],
)
def test_a_plan_that_tells_no_bone_is_refused_by_name(
    legs: BoneEdge, places: list[tuple[float, ...]], said: str
) -> None:
    with pytest.raises(PrescriptionError, match=said) as caught:
        bones_at(legs, places)
    assert [r.rule for r in caught.value.reasons] == ["plan-misses-bone"]
