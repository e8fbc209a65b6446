"""What hangs: a slot's block ends where its blade meets bone, and a pin whose base falls off with rounded edges is refused."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.devices.cutting_guide import DEVICE
from anatofit.devices.cutting_guide.footprint import _off_joint
from anatofit.devices.cutting_guide.spec import CuttingPlan
from anatofit.devices.guide.body import _fallen
from anatofit.devices.guide.cliffs import without_islands
from anatofit.devices.guide.layout import Pad, Sleeve
from anatofit.geometry.ground import Ground
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Laterality
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh
from tests.verify.shapes import box

SMALL = {"foot_reach_mm": 12.0, "foot_width_mm": 18.0, "slot_length_mm": 12.0, "pin_count": 2, "window_mm": 0.0, "text": "none"}  # fmt: skip


def joined(*meshes: Mesh) -> Anatomy:
    starts = np.cumsum([0, *(len(m.vertices_lps_mm) for m in meshes[:-1])])
    faces = np.concatenate([m.faces + s for m, s in zip(meshes, starts, strict=True)])
    return Anatomy(
        "bone", Laterality.UNPAIRED, {"host": Mesh(np.concatenate([m.vertices_lps_mm for m in meshes]), faces)}
    )


def test_a_block_reaches_no_deeper_than_the_bone_before_its_blade() -> None:
    """A ledge that ends 3 mm beside the plane, before a step 9 mm down: the wall over the step leads nothing beneath the ledge."""
    bone = joined(box((20.0, 40.0, 10.0), (-7.0, 0.0, -5.0)), box((30.0, 40.0, 6.0), (18.0, 0.0, -12.0)))
    cut = {"point": [0.0, 0.0, 0.0], "normal": [1.0, 0.0, 0.0]}
    surgery = CuttingPlan.model_validate({"cut": [cut], "approach": [0.0, 0.0, 1.0]})
    (slot,) = DEVICE.plan(bone, DEVICE.spec(SMALL, surgery=surgery), case="A-1").slots
    assert slot.low_mm == pytest.approx(0.0, abs=0.01)


def test_ground_that_hangs_by_a_narrow_neck_is_none() -> None:
    ground = np.ones((40, 80), dtype=np.float32)
    ground[8:32, 4:36] = ground[8:32, 46:76] = -2.0
    ground[19:21, 36:46] = -0.4
    height = np.zeros_like(ground)
    wide = without_islands(height, ground, step_mm=0.5, neck_mm=0.8)
    assert (
        (wide[8:32, 4:36] < 0).mean() > 0.9 and (wide[8:32, 46:76] < 0).mean() > 0.9 and (wide[19:21, 40:42] > 0).all()
    )
    ground[8:32, 56:76] = 1.0
    small = without_islands(height, ground, step_mm=0.5, neck_mm=0.8)
    assert (small[8:32, 4:36] < 0).mean() > 0.9 and (small[8:32, 48:56] < 0).mean() > 0.5
    ground[8:32, 50:76] = 1.0
    assert (without_islands(height, ground, step_mm=0.5, neck_mm=0.8)[:, 40:] > 0).all()


def test_a_tube_that_rounding_took_is_named_by_its_place() -> None:
    grid = Grid((30, 30, 30), np.zeros(3), np.ones(3), np.eye(3))
    ground = Ground(grid, np.zeros(3), np.ones((30, 30, 30), dtype=np.float32), np.zeros((30, 30), dtype=np.float32))
    tube = Sleeve(entry_lps_mm=(15.0, 10.0, 5.0), axis_lps=(0.0, 0.0, 1.0), diameter_mm=2.5, outer_diameter_mm=7.5,
                  low_mm=-3.0, top_mm=12.0, depth_mm=20.0)  # fmt: skip
    body = np.ones((30, 30, 30), dtype=np.float32)
    (reason,) = _fallen(body, ground, [tube], "order another approach")
    assert reason.rule == "no-room" and "(15, 10, 5) mm" in reason.message
    body[4:20, 4:16, 9:21] = -1.0
    assert [*_fallen(body, ground, [tube], "")] == []


def test_a_pad_ends_before_the_joint_on_the_side_where_that_lies() -> None:
    x, y = np.arange(-30.0, 30.0, 0.5)[None, :], np.arange(-10.0, 10.0, 0.5)[:, None]
    near = (x > 14.0) & (y > -100.0)
    pad = Pad(centre_mm=(2.0, 0.0), half_mm=(18.0, 8.0), radius_mm=4.0)
    cut = _off_joint(pad, 2.0, x, y, near)
    assert cut.centre_mm[0] - cut.half_mm[0] == pytest.approx(-16.0)
    assert cut.centre_mm[0] + cut.half_mm[0] == pytest.approx(14.5)
    assert _off_joint(pad, 2.0, x, y, near & (y > 9.0)) == pad
