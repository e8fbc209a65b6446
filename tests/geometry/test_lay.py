"""A plate bent from a cylinder settles on that cylinder without a gap, wherever it starts."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from anatofit.geometry.lay import Laid, Tether, lay, placed
from anatofit.geometry.nearest import Nearest
from anatofit.geometry.osteotomy import rotation_of
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

RADIUS_MM, SIDES, RINGS = 12.0, 90, 41  # each side leaves the circle by 7 micrometres


@cache
def cylinder() -> Nearest:
    """An open tube along z, 80 mm long, its triangles looking outward."""
    angle = 2 * np.pi * np.arange(SIDES) / SIDES
    ring = RADIUS_MM * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    vertices = (ring + np.linspace([0, 0, -40.0], [0, 0, 40.0], RINGS)[:, None]).reshape(-1, 3)
    a, low = np.arange(SIDES), SIDES * np.arange(RINGS - 1)[:, None, None]
    b = (a + 1) % SIDES
    faces = np.concatenate([np.stack([a, b, b + SIDES], 1), np.stack([a, b + SIDES, a + SIDES], 1)])
    return Nearest(Mesh(vertices, (low + faces).reshape(-1, 3)))


def underside(radius_mm: float) -> FloatArray:
    """A strip of 40 mm along z, 60 degrees of the cylinder around x."""
    z, angle = (v.ravel() for v in np.meshgrid(np.linspace(-20, 20, 21), np.deg2rad(np.linspace(-30, 30, 9))))
    return np.stack([radius_mm * np.cos(angle), radius_mm * np.sin(angle), z], axis=1)


def laid(points: FloatArray, *, axis: list[float], angle_deg: float, move_mm: list[float]) -> Laid:
    ends = np.array([[RADIUS_MM, 0.0, -18.0], [RADIUS_MM, 0.0, 18.0]])
    turn, move = rotation_of(np.array(axis), angle_deg), np.array(move_mm)
    homes, (_, y, z) = placed(ends, turn, move), np.tile(np.eye(3)[:, None], (1, 2, 1))
    tethers = [Tether(ends, homes, z, 1.0), Tether(ends, homes, y, 10.0)]
    return lay(points, cylinder(), turn=turn, move_mm=move, out_lps=np.array([1.0, 0, 0]), tethers=tethers)


@pytest.mark.parametrize(
    ("axis", "angle_deg", "move_mm"),
    [([0, 0, 1], 0.0, [0, 0, 0]), ([1, 0, 0], 9.0, [-3.0, 1, 2]), ([0, 1, 0], 7.0, [4.0, -2, 0]), ([1, 1, 1], 12.0, [-2.0, 0, 5])],
)  # fmt: skip
def test_from_any_start_it_lies_without_a_gap_and_its_own_axis_is_the_cylinder_s(axis, angle_deg, move_mm) -> None:
    found = laid(underside(RADIUS_MM), axis=axis, angle_deg=angle_deg, move_mm=move_mm)
    assert found.rms_mm < 0.02 and found.sunk_mm <= 1e-3
    own = found.placed(np.array([[0.0, 0, -20], [0, 0, 20]]))
    assert np.abs(own[:, :2]).max() < 0.05


def test_a_flat_strip_touches_along_its_middle_and_stands_off_as_computed() -> None:
    y = np.tile(np.linspace(-5.0, 5.0, 11), 21)
    flat = np.stack([np.full(len(y), RADIUS_MM), y, np.repeat(np.linspace(-20, 20, 21), 11)], axis=1)
    found = laid(flat, axis=[1, 0, 0], angle_deg=5.0, move_mm=[-1.5, 2.0, 0])
    assert found.gaps_mm.max() == pytest.approx(np.hypot(RADIUS_MM, 5.0) - RADIUS_MM, abs=0.05)
    assert found.sunk_mm <= 1e-3
