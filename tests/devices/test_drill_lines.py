"""What stands around the axes of a drill guide: steep bone within a drill's own radius, and bone between the sleeves that a bar is to join."""

from __future__ import annotations

import numpy as np
import pytest
from manifold3d import Manifold

from anatofit.devices.drill_guide.lines import lines_of
from anatofit.errors import PrescriptionError
from anatofit.geometry.bridge import mesh_of
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Laterality
from tests.devices.test_drill_guide import planned, spec_of


def _upright(x: float, y: float) -> dict[str, object]:
    return {"entry": [x, y, 0.0], "target": [x, y, -15.0], "diameter_mm": 3.2}


@pytest.mark.parametrize(("high_mm", "refused"), [(4.0, False), (6.0, True)])
def test_a_step_within_the_drill_s_own_radius_is_no_slope_though_beside_its_margin_it_would_be(
    high_mm: float, refused: bool
) -> None:
    # 1.6 mm at 70° are 4.4 mm; with 1 mm of tissue around it 7.1 mm
    block = Manifold.cube((60.0, 60.0, 30.0)).translate((-30.0, -30.0, -30.0))
    bone = mesh_of(block + Manifold.cube((20.0, 60.0, high_mm + 1.0)).translate((1.4, -30.0, -1.0)))
    if refused:
        with pytest.raises(PrescriptionError, match=r"way-blocked.*6 mm above the entry .* within 1\.6 mm of its axis"):
            lines_of(bone, spec_of(_upright(0.0, 0.0)))
    else:
        assert len(lines_of(bone, spec_of(_upright(0.0, 0.0)))) == 1


@pytest.mark.parametrize(
    ("entry_mm", "target_mm", "refused"),
    [
        (-10.0, -30.0, True),  # the target on the far surface, the entry beneath: the one is the other
        (-10.0, -33.0, True),
        (-10.0, -25.0, False),  # the target ends in the bone, as targets do
        (-5.0, -30.0, False),  # a place that was read from a picture
        (-2.0, -30.0, False),  # so far beneath lies cartilage, or a burr's hollow
        (4.0, -30.0, False),
    ],
)
def test_an_entry_deeper_in_the_bone_than_its_target_is_said_to_be_exchanged(
    entry_mm: float, target_mm: float, refused: bool
) -> None:
    bone = mesh_of(Manifold.cube((60.0, 60.0, 30.0)).translate((-30.0, -30.0, -30.0)))
    spec = spec_of({"entry": [0.0, 0.0, entry_mm], "target": [0.0, 0.0, target_mm], "diameter_mm": 3.2})
    if refused:
        with pytest.raises(PrescriptionError, match=r"plan-misses-bone.*trajectory 1 lies 10 mm deep .* exchanged"):
            lines_of(bone, spec)
    else:
        assert len(lines_of(bone, spec)) == 1


@pytest.mark.parametrize(
    ("marks", "refused"), [(("S1", "S1"), "S1"), (("2", None), "2"), (("S1 L", "S1 R"), ""), ((None, None), "")]
)
def test_two_sleeves_that_would_bear_the_same_mark_are_refused(
    marks: tuple[str | None, str | None], refused: str
) -> None:
    axes = [_upright(x, 0.0) | {"mark": mark} for x, mark in zip((0.0, 20.0), marks, strict=True)]
    if refused:
        with pytest.raises(
            PrescriptionError, match=rf'plan\.trajectory\[2\]\.mark.*1 and 2 would both bear "{refused}"'
        ):
            spec_of(*axes)
    else:
        assert len(spec_of(*axes).surgery.trajectory) == 2


def test_a_tower_between_the_nearest_sleeves_sends_the_bar_to_the_next_nearest_of_the_same_group() -> None:
    block = Manifold.cube((80.0, 80.0, 30.0)).translate((-40.0, -30.0, -30.0))
    trench = Manifold.cube((8.0, 80.0, 20.0)).translate((-4.0, -30.0, -15.0))
    tower = Manifold.cube((8.0, 8.0, 65.0)).translate((-4.0, -4.0, -20.0))
    anatomy = Anatomy("bone", Laterality.UNPAIRED, {"host": mesh_of(block - trench + tower)})
    axes = [_upright(-18.0, 0.0), _upright(18.0, 0.0), _upright(18.0, 34.0)]
    design = {"text": "none", "steepest_deg": 50.0}
    (beam,) = planned(*axes, approach=[0, 0, 1], anatomy=anatomy, design=design).beams
    ends = [np.round(end[:2], 3).tolist() for end in (beam.start_lps_mm, beam.end_lps_mm)]
    assert sorted(ends) == [[-18.0, 0.0], [18.0, 34.0]]
    with pytest.raises(PrescriptionError, match=r"between trajectories 1 and 2 .* too high for a bar"):
        planned(*axes[:2], approach=[0, 0, 1], anatomy=anatomy, design=design)
