"""Area, perimeter and volume by level are those of bodies whose formulas are known."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.locate.limb.find import locate_limb
from anatofit.locate.limb.measures import measured
from anatofit.locate.limb.standing import stand
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.residual_limb import residual_limb
from tests.locate.limb.limbs import capsule, turned

RADIUS, LENGTH = 50.0, 240.0


@pytest.mark.parametrize("lean_deg", [0.0, 70.0, 180.0])
def test_a_tube_with_a_round_end_has_the_measures_of_its_formula(lean_deg: float) -> None:
    tube = capsule(RADIUS, LENGTH)
    c, s = np.cos(np.deg2rad(lean_deg)), np.sin(np.deg2rad(lean_deg))
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    limb = stand(Mesh(tube.vertices_lps_mm @ turn.T + 40.0, tube.faces))
    assert limb is not None
    assert limb.up_lps @ turn @ [0, 0, 1.0] == pytest.approx(1.0, abs=1e-6)
    found = measured(limb, tendon_level_mm=150.0)
    z = found.level_mm
    round_ = z < RADIUS
    wide = np.where(round_, np.sqrt(np.clip(2 * RADIUS * z - z**2, 0, None)), RADIUS)
    below = np.where(round_, np.pi * z**2 * (RADIUS - z / 3), np.pi * RADIUS**2 * (2 * RADIUS / 3 + z - RADIUS))
    assert found.area_mm2 == pytest.approx(np.pi * wide**2, rel=2e-3)
    assert found.perimeter_mm == pytest.approx(2 * np.pi * wide, rel=1e-3)
    assert found.volume_mm3 == pytest.approx(below, rel=3e-3)
    assert found.below_tendon_mm == pytest.approx(150.0 - z)
    assert limb.top_mm == pytest.approx(LENGTH, abs=1e-6) and list(np.diff(z)) == pytest.approx([10.0] * (len(z) - 1))


def test_lengths_run_along_the_long_axis_and_scale_with_the_limb() -> None:
    limb = residual_limb(Laterality.LEFT)
    one, larger = (
        locate_limb(turned(limb, 3, scale=scale).skin, ordered=Laterality.LEFT).figures for scale in (1.0, 1.1)
    )
    for name in ("limb_length_mm", "tibia_length_mm", "tubercle_to_end_mm", "tendon_perimeter_mm"):
        assert larger[name] == pytest.approx(1.1 * one[name], rel=0.04)
    assert larger["tendon_volume_mm3"] == pytest.approx(1.331 * one["tendon_volume_mm3"], rel=0.06)
    assert one["limb_length_mm"] == pytest.approx(limb.landmarks["patellar_tendon"][2], abs=6.0)
    assert one["tibia_length_mm"] == pytest.approx(limb.landmarks["patellar_tendon"][2] - 25.0, abs=8.0)


def test_a_finer_surface_of_the_same_limb_has_the_same_measures() -> None:
    coarse, fine = (
        locate_limb(residual_limb(Laterality.LEFT, rings=r, around=a).skin, ordered=Laterality.LEFT)
        for r, a in ((60, 64), (220, 192))
    )
    assert fine.by_level.volume_mm3 == pytest.approx(coarse.by_level.volume_mm3, rel=0.01)
    for name, mark in fine.landmarks.items():
        assert np.linalg.norm(mark.point_lps_mm - coarse.landmarks[name].point_lps_mm) < 2.5
