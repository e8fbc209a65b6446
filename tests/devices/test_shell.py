"""Where a plate's body may be, on skulls that we can compute."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from skulls import CENTRE, Skull

from anatofit.devices.cranial_plate.shell import shell_of
from anatofit.devices.cranial_plate.site import box_grid
from anatofit.geometry.field import points_of
from anatofit.model.anatomy import Anatomy

UNDERMINED = Skull(hole_radius_mm=18.0, thickness_mm=7.0, wall_lean=1.5)  # 18 mm at the outer face, 27 mm at 6 mm depth


def test_no_body_reaches_behind_bone_that_stays(skull: Callable[[Skull], Anatomy]) -> None:
    anatomy, out = skull(UNDERMINED), np.array(UNDERMINED.hole_axis) / np.linalg.norm(UNDERMINED.hole_axis)
    grid = box_grid(anatomy, out, side_mm=4.0, above_mm=6.0, below_mm=4.0, step_mm=1.0)
    shell = shell_of(anatomy, grid, depth_mm=6.0, above_mm=2.0, reach_mm=4.0, gap_mm=0.5)
    rays = points_of(grid, np.ones(grid.shape_kji, dtype=bool)) - CENTRE
    beside = np.linalg.norm(rays - np.outer(rays @ out, out), axis=1).reshape(grid.shape_kji)
    deep = (np.abs(shell.outer + 4.0) < 0.5) & (shell.missing < -0.5)
    under, open_ = deep & (beside > 19.0), deep & (beside < 15.0)
    assert under.sum() > 100 and open_.sum() > 100  # bone is missing in both
    assert shell.beneath[under].min() > 0.0
    assert shell.beneath[open_].max() < 0.0
