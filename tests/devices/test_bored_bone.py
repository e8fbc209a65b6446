"""A base over a hole through the bone, as the sacrum has them: there is no ground in it, however narrow it is."""

from __future__ import annotations

import numpy as np

from anatofit.devices.guide.footprint import ground_under, lattice
from anatofit.devices.guide.layout import Pad, Seat
from anatofit.devices.guide.planned import around
from anatofit.geometry.boolean import difference
from anatofit.geometry.bridge import block, cylinder, mesh_of
from anatofit.model.mesh import Mesh

HALF_MM = 15.0
SEAT = lattice(
    Seat(origin_lps_mm=(0, 0, 0), axes_lps=((1, 0, 0), (0, 1, 0), (0, 0, 1)), low_mm=(0, 0, 0), shape_kji=(1, 1, 1), step_mm=0.5),
    np.array([-20.0, -20.0]),
    np.array([20.0, 20.0]),
    (-12.0, 6.0),
    step_mm=0.5,
)  # fmt: skip


def bored(diameter_mm: float) -> Mesh:
    """A flat block of 30 mm, its top at z = 0, with a hole along z through its middle."""
    half = (HALF_MM, HALF_MM)
    body = block(np.eye(3, 4), low_half_mm=half, high_half_mm=half, low_mm=-10.0, high_mm=0.0)
    start, up = np.array([0.0, 0.0, -12.0]), np.array([0.0, 0.0, 1.0])
    hole = cylinder(start_lps_mm=start, axis_lps=up, length_mm=14.0, diameter_mm=diameter_mm)
    return mesh_of(difference(body, [hole], what="the hole"))


def test_a_base_over_a_narrow_hole_has_no_ground_in_it_and_a_lattice_around_it() -> None:
    pad = Pad(centre_mm=(0.0, 0.0), half_mm=(10.0, 10.0), radius_mm=2.0)
    for diameter_mm in (1.2, 2.0, 4.0):
        height, ground = ground_under(bored(diameter_mm), SEAT, [pad], [], steepest_deg=60.0)
        assert np.isnan(height[40, 40])
        assert np.isfinite(height[ground < 0]).all()
        assert around(SEAT, [], height, ground).shape_kji[0] > 1
