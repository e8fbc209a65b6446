"""The computed foot is what its formulas say."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.geometry.canonical import unmatched_edges
from anatofit.model.frame import Laterality
from anatofit.samples.foot import CUT_MM, in_lps, outline_mm, skin, sole_mm, truth
from anatofit.samples.foot_forms import impression, plantar_sheet, pressure_map_text

R, L = Laterality.RIGHT, Laterality.LEFT


@pytest.mark.parametrize(("side", "length_mm"), [(R, 250.0), (L, 210.0)])
def test_skin_is_closed_and_as_long_and_wide_as_it_says(side: Laterality, length_mm: float) -> None:
    mesh = skin(side, length_mm=length_mm)
    assert unmatched_edges(mesh.faces) == 0 and mesh.volume_mm3 > 0
    low, high = mesh.vertices_lps_mm.min(axis=0), mesh.vertices_lps_mm.max(axis=0)
    grown = length_mm / 250.0
    assert (low[0], high[0]) == pytest.approx((0.0, length_mm), abs=0.2)
    assert (low[2], high[2]) == pytest.approx((0.0, CUT_MM * grown), abs=0.1)
    known = truth(side, length_mm=length_mm).landmarks
    medial = 1.0 if side is R else -1.0
    assert (high[1] if side is R else -low[1]) == pytest.approx(medial * known["metatarsale_tibiale"][1], abs=0.2)


def test_the_sole_is_the_formula_away_from_its_edge() -> None:
    mesh = skin(R)
    points = plantar_sheet(mesh).vertices_lps_mm
    inner = points[outline_mm(points[:, 0], points[:, 1]) < -16.0]
    assert len(inner) > 1000
    assert np.abs(inner[:, 2] - sole_mm(inner[:, 0], inner[:, 1], arch_mm=18.0)).max() < 0.2


def test_it_stands_on_heel_and_ball_alone() -> None:
    known = truth(R).landmarks
    for name in ("heel", "first_metatarsal_head", "fifth_metatarsal_head"):
        x, y, _ = known[name]
        assert float(sole_mm(np.array(x), np.array(y), arch_mm=18.0)) < 0.1


def test_a_patient_s_right_foot_has_its_medial_side_on_the_left() -> None:
    medial = {side: in_lps(skin(side, step_mm=4.0)).vertices_lps_mm[:, 0] for side in (R, L)}
    known = truth(R).landmarks
    assert medial[R].max() == pytest.approx(known["metatarsale_tibiale"][1], abs=0.3)
    assert medial[L].min() == pytest.approx(-known["metatarsale_tibiale"][1], abs=0.3)


def test_an_impression_is_a_closed_block_and_says_that_pressures_are_synthetic() -> None:
    block = impression(skin(R))
    assert unmatched_edges(block.faces) == 0 and block.volume_mm3 > 0
    assert "SYNTHETIC" in pressure_map_text(R)
