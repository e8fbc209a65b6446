"""Gaps of a guide: what stands a little off its base is joined to it by a wall, not by a skin; before letters nothing is filled."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from anatofit.devices.drill_guide.build import _standing
from anatofit.devices.drill_guide.layout import DrillGuidePlan
from anatofit.devices.guide.base import ground_for
from anatofit.devices.guide.body import rounded_body
from anatofit.devices.guide.footprint import SLIT_MM
from anatofit.devices.guide.gaps import without_gaps
from anatofit.devices.guide.layout import Letters, Window
from anatofit.geometry.bridge import mesh_of_field
from anatofit.geometry.field import FieldArray, sample
from anatofit.geometry.ground import Ground
from anatofit.geometry.morph import closed
from anatofit.geometry.solids import rounded_box
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Laterality
from anatofit.model.grid import Grid
from tests.devices.measure import inside
from tests.devices.test_drill_guide import box, planned

GRID = Grid(
    shape_kji=(61, 61, 61), origin_lps_mm=np.full(3, -12.0), direction_lps=np.eye(3), spacing_ijk_mm=np.full(3, 0.4)
)
AXIS = {"entry": [0.0, 0.0, 0.0], "target": [0.0, 0.0, -10.0], "diameter_mm": 3.2}


def _block(at: Sequence[float], half: tuple[float, float, float]) -> FieldArray:
    z, y, x = np.meshgrid(*3 * [np.linspace(-12.0, 12.0, 61)], indexing="ij")
    return rounded_box(x - at[0], y - at[1], z - at[2], half_mm=half, radius_mm=0.5)


def _solid(values: FieldArray, *places: Sequence[float]) -> list[bool]:
    return [bool(value < 0) for value in sample(values, GRID, np.array(places))]


@pytest.mark.parametrize(("gap_mm", "joined"), [(1.0, True), (3.0, True), (5.0, False)])
def test_two_walls_that_no_ball_goes_between_are_one(gap_mm: float, joined: bool) -> None:
    high = 2.0 + gap_mm / 2
    apart = np.minimum(_block((0, 0, -high), (8, 8, 2)), _block((0, 0, high), (8, 8, 2)))
    filled = closed(apart, GRID, radius_mm=2.0)
    assert _solid(apart, (0, 0, 0)) == [False] and _solid(filled, (0, 0, 0), (4, 4, 0)) == [joined, joined]
    assert not (filled[apart < 0] >= 0).any()


def test_a_corner_gets_the_ball_s_own_fillet_and_a_convex_body_stays_as_it_is() -> None:
    alone = _block((0, 0, 0), (6, 6, 6))
    assert np.abs(closed(alone, GRID, radius_mm=2.0) - alone)[np.abs(alone) < 0.4].max() < 0.05
    corner = np.minimum(_block((0, 0, -4), (9, 9, 2)), _block((-4, 0, 0), (2, 9, 6)))  # it lies along x = z = -2
    filled = closed(corner, GRID, radius_mm=2.0)
    reach = 2.0 * (
        1 - np.sqrt(0.5)
    )  # of a round of 2 mm in a square corner, along each side; evened out it is up to half a millimetre higher
    assert _solid(filled, (-2 + reach - 0.2, 0, -2 + reach - 0.2), (-2 + reach + 0.35, 0, -2 + reach + 0.35)) == [
        True,
        False,
    ]


@cache
def _flat() -> tuple[Anatomy, DrillGuidePlan, Ground]:
    """A guide with one sleeve on a flat block, and its lattice."""
    bone = Anatomy("bone", Laterality.UNPAIRED, {"host": box([-30.0, -30.0, -20.0], [30.0, 30.0, 0.0])})
    plan = planned(AXIS, approach=[0, 0, 1], anatomy=bone, design={"text": "none", "foot_reach_mm": 12.0})
    return bone, plan, ground_for(bone, plan)


def _hung(ground: Ground, plan: DrillGuidePlan) -> FieldArray:
    """A block that leaves the sleeve half a millimetre above the base, and rises by 5° on its way out to the base's border."""
    x, y, z = (c - float(o) for c, o in zip(ground.xyz_mm, plan.seat.to_seat(np.array([5.0, 0.0, 7.3])), strict=True))
    lean = np.deg2rad(5.0)
    along, up = np.cos(lean) * x + np.sin(lean) * z, np.cos(lean) * z - np.sin(lean) * x
    return rounded_box(along, y, up, half_mm=(6.0, 4.0, 2.0), radius_mm=1.0)


def _least_run_mm(values: FieldArray, ground: Ground) -> tuple[float, float]:
    """Of all columns along the way out beneath the block: the least gap between two solid places, and the least solid above and beneath."""
    solid = mesh_of_field(values, ground.grid)
    step, up = 0.1, np.arange(0.5, 12.0, 0.1)
    gaps, walls = [np.inf], [np.inf]
    for x in np.arange(5.5, 9.5, 0.5):
        column = inside(solid, np.stack([np.full(len(up), x), np.zeros(len(up)), up], axis=1))
        change = np.flatnonzero(np.diff(column.astype(int)))
        runs = np.diff(change) * step
        first = bool(column[change[0] + 1]) if len(change) else True
        gaps += list(runs[int(first) :: 2])
        walls += list(runs[1 - int(first) :: 2])
    return float(min(gaps)), float(min(walls))


def test_a_block_that_leaves_the_base_at_a_small_angle_is_joined_to_it_and_leaves_no_narrow_gap() -> None:
    anatomy, plan, ground = _flat()

    def made(gaps_mm: float) -> FieldArray:
        standing = [*_standing(ground, plan), _hung(ground, plan)]
        return rounded_body(anatomy, ground, plan, standing=standing, hollows=(), tubes=plan.sleeves, gaps_mm=gaps_mm)

    assert _least_run_mm(made(0.0), ground)[0] < 1.5  # it is this that the filling is for
    assert _least_run_mm(made(SLIT_MM), ground)[0] > 2.0


def test_before_letters_and_over_windows_nothing_is_filled() -> None:
    _, plan, ground = _flat()
    face = {"right_lps": (1.0, 0.0, 0.0), "up_lps": (0.0, 1.0, 0.0), "height_mm": 3.0, "depth_mm": 0.5}
    text = Letters(string="A", lines=("A",), origin_lps_mm=(9.0, 0.0, 4.3), width_mm=3.0, block_height_mm=3.0, **face)
    body = np.minimum(ground.surface - 4.3, _hung(ground, plan) - np.float32(0.3)).astype(np.float32)
    body = np.where(np.pad(np.zeros(np.array(body.shape) - 2, dtype=bool), 1, constant_values=True), 1.0, body)
    gap = np.array([[9.0, 0.0, 4.6], [4.0, 0.0, 4.45]])
    window = Window(centre_lps_mm=(9.0, 0.0, 0.0), axis_lps=(0.0, 0.0, 1.0), diameter_mm=4.0)
    plain, *kept = (
        sample(
            without_gaps(body.astype(np.float32), ground, plan.model_copy(update=more), SLIT_MM),
            ground.grid,
            gap,
        )
        < 0
        for more in ({}, {"texts": (text,)}, {"windows": (window,)})
    )
    assert plain.tolist() == [True, True] and [k.tolist() for k in kept] == [[False, True]] * 2
