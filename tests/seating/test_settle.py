"""Guides on shapes whose rest can be computed: a ball, a round bar, a corner."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import nnls

from anatofit.model.mesh import Mesh
from anatofit.seating.lattice import lattice_around
from anatofit.seating.misfit import misfits
from anatofit.seating.places import ContactFace
from anatofit.seating.pose import Pose, rotations_of, vector_of
from anatofit.seating.press import pressed
from anatofit.seating.settle import Rest, middle_of, settled
from tests.verify.shapes import box, finer, sphere

OFFSET = 0.3
COUNT = 16


def face(points: np.ndarray, bone: Mesh) -> ContactFace:
    return ContactFace(points, np.full(len(points), 1 / len(points)), 0.0, lattice_around(bone, points))


def starts(*, shift_mm: float = 1.0, turn_deg: float = 2.0, count: int = COUNT) -> Pose:
    random = np.random.default_rng(3)
    turns = rotations_of(np.deg2rad(turn_deg) * random.normal(size=(count, 3)))
    return Pose(turns, shift_mm * random.normal(size=(count, 3)))


def rest(
    on: ContactFace, out: tuple[float, float, float], start: Pose, *, sigma: float = 0.0, length: float = 8.0
) -> Rest:
    fields = misfits(np.random.default_rng(4), len(start.shifts_mm), sigma_mm=sigma, correlation_mm=length)
    return settled(on, fields, start, out_lps=np.array(out) / np.linalg.norm(out))


def turns_deg(pose: Pose) -> np.ndarray:
    return np.rad2deg(vector_of(pose.rotations))


def corner(step: float) -> ContactFace:
    """Three planes of a block, met by a guide that stands off by 0.3 mm."""
    a, b = (v.ravel() for v in np.meshgrid(np.arange(2.5, 13.0, step), np.arange(2.5, 13.0, step)))
    planes = [np.insert(np.stack([-a, -b], 1), axis, OFFSET, axis=1) for axis in range(3)]
    return face(np.concatenate(planes), finer(box((24.0, 24.0, 24.0), (-12.0, -12.0, -12.0)), 3))


def cap(radius: float, half_deg: float, count: int) -> np.ndarray:
    """Places alike in area on the cap of a ball about z."""
    n = np.arange(count) + 0.5
    z = 1 - (1 - np.cos(np.deg2rad(half_deg))) * n / count
    turn = np.pi * (1 + 5**0.5) * n
    side = np.sqrt(1 - z * z)
    return radius * np.stack([side * np.cos(turn), side * np.sin(turn), z], axis=1)


def test_a_corner_brings_every_start_home_but_for_the_play_of_the_offset() -> None:
    found = rest(corner(3.0), (1, 1, 1), starts(shift_mm=0.6, turn_deg=1.0))
    assert found.settled.all()
    assert np.abs(found.pose.shifts_mm + OFFSET).max() < 0.02
    assert np.abs(turns_deg(found.pose)).max() < 0.1
    assert found.deepest_mm.max() < 0.02


def test_a_corner_that_lies_beside_its_model_moves_the_guide_by_as_much() -> None:
    # an error that is one over the whole guide (50 mm) moves each plane, and with it the guide, along its own normal
    found = rest(corner(3.0), (1, 1, 1), starts(count=120), sigma=0.3, length=50.0)
    # of the middle half of the placements: one in a hundred hangs on the corner's edge
    low, high = np.percentile(found.pose.shifts_mm, [25, 75], axis=0)
    spread = (high - low) / 1.349
    assert found.settled.mean() > 0.99
    assert spread == pytest.approx([0.3] * 3, rel=0.2)


def test_a_round_bar_resists_neither_a_slide_along_it_nor_a_turn_around_it() -> None:
    turn, along = (v.ravel() for v in np.meshgrid(np.deg2rad(np.arange(-70, 71, 14.0)), np.arange(-7.0, 7.1, 1.4)))
    points = np.stack([6.3 * np.sin(turn), 6.3 * np.cos(turn), along], axis=1)
    on, start = face(points, bar(6.0)), starts(shift_mm=0.7, count=8)
    found = rest(on, (0, 1, 0), start)
    x, y, z = turns_deg(found.pose).T
    # about the way in (y) the guide, 0.3 mm wider than the bar all round, has play at its ends
    assert np.abs(x).max() < 0.3 and np.abs(y).max() < 1.0
    slid = found.pose.shifts_mm[:, 2]
    assert np.abs(slid - start.shifts_mm[:, 2]).max() < 0.1 and slid.std() > 0.5
    assert z.std() > 1.0


def test_a_ball_resists_no_turn_and_holds_the_middle() -> None:
    on, start = face(cap(8.3, 65.0, 120), sphere(8.0, times=5)), starts(shift_mm=0.5)
    found = rest(on, (0, 0, 1), start)
    middle = middle_of(on)
    carried = np.einsum("nij,j->ni", found.pose.rotations, -middle) + middle + found.pose.shifts_mm
    assert np.linalg.norm(carried, axis=1).max() < OFFSET + 0.1
    about = turns_deg(found.pose)[:, 2]
    # a ball of triangles is not quite round: it draws a little at a guide that nothing else holds
    assert np.corrcoef(about, turns_deg(start)[:, 2])[0, 1] > 0.8 and about.std() > 1.0


def test_a_placement_is_the_same_among_others_and_alone() -> None:
    on, start = corner(3.0), starts(count=5)
    fields = misfits(np.random.default_rng(4), 5, sigma_mm=0.3, correlation_mm=8.0)
    out = np.full(3, 3**-0.5)
    together = settled(on, fields, start, out_lps=out)
    alone = settled(on, fields.of(slice(3, 4)), start[slice(3, 4)], out_lps=out)
    assert np.allclose(together.pose.shifts_mm[3], alone.pose.shifts_mm[0], atol=1e-6)


def test_a_misfit_has_its_spread_its_length_and_its_slope() -> None:
    fields = misfits(np.random.default_rng(1), 4000, sigma_mm=0.3, correlation_mm=8.0)
    x = np.tile([0.0, 8.0, 1e-2], (4000, 1))
    value, slope, _, _ = fields.at(x, 0 * x, 0 * x)
    assert value.std(axis=0) == pytest.approx([0.3] * 3, rel=0.05)
    assert np.corrcoef(value[:, 0], value[:, 1])[0, 1] == pytest.approx(np.exp(-0.5), abs=0.04)
    assert np.allclose((value[:, 2] - value[:, 0]) / 1e-2, slope[:, 0], atol=1e-3)


def test_the_best_move_under_bounds_is_that_of_another_method() -> None:
    random = np.random.default_rng(0)
    rows = random.normal(size=(4, 80, 6)) + 2 * np.eye(6)[2]
    gap, hold = random.random((4, 80)), 0.01
    cost = rows.mean(axis=1)
    found = pressed(cost, hold * np.eye(6), np.ascontiguousarray(np.moveaxis(rows, 2, 0)), gap)
    assert found.solved.all()
    for n in range(4):  # least distance programming: Lawson and Hanson, chapter 23
        system = np.vstack([rows[n].T, rows[n] @ cost[n] / hold - gap[n]])
        away = system @ nnls(system, np.eye(7)[6])[0] - np.eye(7)[6]
        assert np.allclose(found.moves[n], -away[:6] / away[6] - cost[n] / hold, atol=1e-4)


def test_bounds_that_contradict_each_other_are_told() -> None:
    rows = np.zeros((6, 1, 2))
    rows[0, 0] = [1.0, -1.0]
    found = pressed(np.ones((1, 6)), np.eye(6), rows, np.array([[-1.0, -1.0]]))
    assert not found.solved[0] and np.isfinite(found.moves).all()


def bar(radius: float, *, half: float = 14.0, around: int = 120) -> Mesh:
    """A closed round bar along z."""
    turn = np.linspace(0, 2 * np.pi, around, endpoint=False)
    ring = np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)
    points = np.concatenate(
        [np.insert(ring, 2, z, axis=1) for z in (-half, half)] + [np.array([[0, 0, -half], [0, 0, half]])]
    )
    n, after = np.arange(around), (np.arange(around) + 1) % around
    low, high = np.full(around, 2 * around), np.full(around, 2 * around + 1)
    faces = [
        (n, after, around + n),
        (after, around + after, around + n),
        (after, n, low),
        (around + n, around + after, high),
    ]
    return finer(Mesh(points, np.concatenate([np.stack(f, axis=1) for f in faces])), 2)
