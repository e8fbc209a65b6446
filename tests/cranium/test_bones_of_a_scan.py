"""Which bone of a CT a plan means, and which others lie beside it. All truths are computed."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.errors import PrescriptionError
from anatofit.model.cranium import BoneEdge
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh
from anatofit.model.volume import Field, Volume
from anatofit.surface.bone import bones_at

GRID = Grid((80, 60, 60), np.array([-30.0, -30.0, 0.0]), np.array([1.0, 1.0, 2.0]))
EDGE_HU, SLOPE = 300.0, 200.0


def scan(*balls: tuple[tuple[float, float, float], float]) -> BoneEdge:
    """Balls of bone whose edge lies at 300 HU."""
    k, j, i = np.indices(GRID.shape_kji)
    places = GRID.to_lps(np.stack([i, j, k], -1).astype(float))
    away = np.minimum.reduce([np.linalg.norm(places - np.array(c), axis=-1) - r for c, r in balls])
    hu = np.clip(EDGE_HU - SLOPE * away, -500, 1500).astype(np.int16)
    flat = Field(GRID, np.full(GRID.shape_kji, EDGE_HU, dtype=np.float32))
    return BoneEdge(Volume(GRID, hu), flat, {"edge_slope_hu_per_mm": SLOPE}, "")


def middle(mesh: Mesh) -> list[float]:
    return [float(v) for v in mesh.bounds_lps_mm.mean(axis=0)]


LOW, HIGH, SPECK = ((0.0, 0.0, 30.0), 12.0), ((0.0, 0.0, 60.0), 10.0), ((20.0, 0.0, 45.0), 3.0)


def test_the_bone_at_the_plan_is_taken_and_the_other_is_a_neighbour() -> None:
    bone, others = bones_at(scan(LOW, HIGH, SPECK), [(0.0, -12.0, 30.0)])
    assert middle(bone) == pytest.approx(LOW[0], abs=0.2)
    (other,) = others
    assert middle(other) == pytest.approx(HIGH[0], abs=0.2)
    assert other.volume_mm3 == pytest.approx(4 / 3 * np.pi * 10**3, rel=0.02)


def test_bones_that_touch_in_the_scan_are_one() -> None:
    touching = ((0.0, 0.0, 51.0), 10.0)
    bone, others = bones_at(scan(LOW, touching), [(0.0, -12.0, 30.0)])
    assert others == () and bone.bounds_lps_mm[1, 2] == pytest.approx(61.0, abs=0.3)


def test_a_plan_beside_every_bone_is_refused() -> None:
    with pytest.raises(PrescriptionError, match="plan-misses-bone"):
        bones_at(scan(((0.0, 0.0, 20.0), 8.0)), [(0.0, 0.0, 140.0)])


def tube(inner: float, outer: float) -> BoneEdge:
    """A tube along z that the scan cuts at both ends."""
    k, j, i = np.indices(GRID.shape_kji)
    places = GRID.to_lps(np.stack([i, j, k], -1).astype(float))
    radius = np.hypot(places[..., 0], places[..., 1])
    away = np.maximum(radius - outer, inner - radius)
    hu = np.clip(EDGE_HU - SLOPE * away, -500, 1500).astype(np.int16)
    flat = Field(GRID, np.full(GRID.shape_kji, EDGE_HU, dtype=np.float32))
    return BoneEdge(Volume(GRID, hu), flat, {"edge_slope_hu_per_mm": SLOPE}, "")


def test_the_canal_of_a_shaft_that_the_scan_cuts_is_filled_and_a_wide_cavity_is_not() -> None:
    length = 80 * 2.0
    shaft, others = bones_at(tube(7.0, 12.0), [(0.0, -12.0, 80.0)])
    assert others == () and shaft.volume_mm3 == pytest.approx(np.pi * 12**2 * length, rel=0.02)
    ring, _ = bones_at(tube(18.0, 24.0), [(0.0, -24.0, 80.0)])
    assert ring.volume_mm3 == pytest.approx(np.pi * (24**2 - 18**2) * length, rel=0.03)
