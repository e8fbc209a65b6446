"""The foundation model of an insole, and pockets under peaks of pressure."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from insoles import foot, planned

from anatofit.devices.base import unmet_of
from anatofit.devices.insole import DEVICE
from anatofit.devices.insole.foundation import TISSUE_KPA_PER_MM, Foundation
from anatofit.devices.insole.remarks import of_map
from anatofit.devices.insole.stiffness import gent_kpa
from anatofit.model.frame import Laterality

R, L = Laterality.RIGHT, Laterality.LEFT
RIGID_KPA = 1e9


@pytest.fixture(scope="module")
def springs() -> Foundation:
    """Two pads that bear, one twice as much as the other, and a rest that hangs free."""
    x, y = (v.ravel() for v in np.meshgrid(np.arange(0.0, 200.0, 4.0), np.arange(-30.0, 30.0, 4.0)))
    pads = 100.0 * np.exp(-(((x - 40) / 20) ** 2) - (y / 20) ** 2) + 200.0 * np.exp(
        -(((x - 150) / 15) ** 2) - (y / 15) ** 2
    )
    kpa = np.where(pads > 12.0, pads, 0.0)
    return Foundation(x, y, kpa, np.where(kpa > 0, 0.0, 30.0), 16.0)


def test_on_a_rigid_flat_the_measured_pressures_come_out_again(springs: Foundation) -> None:
    flat = np.zeros(len(springs.kpa))
    found = springs.on(flat, flat + 4.0, modulus_kpa=RIGID_KPA)
    assert np.abs(found - springs.kpa).max() < 0.01


def test_force_and_centre_of_pressure_stay(springs: Foundation) -> None:
    bed = 2.0 * np.exp(-(((springs.x_mm - 90) / 30) ** 2))
    found = springs.on(bed, bed + 4.0, modulus_kpa=1000.0)
    assert found.sum() == pytest.approx(springs.kpa.sum(), rel=1e-6)
    assert (found * springs.x_mm).sum() == pytest.approx((springs.kpa * springs.x_mm).sum(), rel=1e-6)


def test_a_softer_bed_bears_with_more_area_and_lower_peaks(springs: Foundation) -> None:
    flat = np.zeros(len(springs.kpa))
    low = Foundation(springs.x_mm, springs.y_mm, springs.kpa, np.zeros(len(flat)), 16.0)
    stiff, soft = (low.on(flat, flat + 6.0, modulus_kpa=e) for e in (5000.0, 300.0))
    assert soft.max() < stiff.max() < low.kpa.max()
    assert (soft > 1).sum() > (stiff > 1).sum()


def test_where_there_is_no_insole_nothing_bears(springs: Foundation) -> None:
    thick = np.where(springs.x_mm < 100, 4.0, np.nan)
    kpa = Foundation(springs.x_mm, springs.y_mm, np.where(springs.x_mm < 90, springs.kpa, 0.0), springs.sole_mm, 16.0)
    assert kpa.on(np.zeros(len(thick)), thick, modulus_kpa=1000.0)[springs.x_mm >= 100].max() == 0


def test_gents_relation_gives_the_modulus_of_his_table() -> None:
    assert gent_kpa(35.0) == pytest.approx(1395, abs=2)
    assert TISSUE_KPA_PER_MM > 0


@pytest.mark.parametrize("side", [R, L], ids=["right", "left"])
def test_pockets_bring_the_prediction_down_to_the_target(side: Laterality) -> None:
    plan = planned(foot(side, pressed=True), {"thickness_mm": 4.0})
    assert plan.foretold is not None
    assert plan.foretold.measured_kpa > 250
    assert plan.foretold.measured_kpa > plan.foretold.bedded_kpa > 200 >= plan.foretold.predicted_kpa
    assert any(r.kind == "pocket" for r in plan.raised)
    assert any(note.startswith("the pressure target of 200 kPa is met by the prediction") for note in plan.notes)
    assert unmet_of(DEVICE, plan.model_dump(mode="json", by_alias=True)) == ""


def test_no_pocket_goes_deeper_than_thickness_and_floor_leave_and_a_missed_target_is_said() -> None:
    plan = planned(foot(R, pressed=True), {"target_kpa": 100.0})
    depth = sum(-r.height_mm for r in plan.raised)
    assert plan.foretold is not None and plan.foretold.predicted_kpa > 100
    assert 0 < max(-r.height_mm for r in plan.raised) <= 1.5 + 1e-9 and depth > 0
    assert any(note.startswith("the pressure target of 100 kPa is NOT met") for note in plan.notes)
    unmet = unmet_of(DEVICE, plan.model_dump(mode="json", by_alias=True))
    assert (
        unmet == f"the pressure target of 100 kPa is NOT met by the prediction ({plan.foretold.predicted_kpa:.0f} kPa)"
    )


def test_without_offloading_nothing_is_lowered_and_the_prediction_stays() -> None:
    plan = planned(foot(R, pressed=True), {"offload": "none"})
    assert plan.raised == () and plan.foretold is not None
    assert plan.foretold.predicted_kpa == plan.foretold.bedded_kpa


def test_a_map_that_shares_little_with_the_sole_is_said_to_be_perhaps_of_another_foot() -> None:
    anatomy = foot(R, pressed=True)
    sure = anatomy.confidence
    assert of_map(anatomy) == ()
    (said,) = of_map(replace(anatomy, confidence={**sure, "peak_pressure_kpa": 0.58}))
    assert "58%" in said and "of this foot" in said


def test_a_map_that_bears_what_no_foot_bears_is_asked_about() -> None:
    anatomy = foot(R, pressed=True)
    (said,) = of_map(replace(anatomy, figures={**anatomy.figures, "map_force_n": 13000.0}))
    assert "13000 N in all" in said and "cell_mm" in said


def test_the_modulus_is_that_of_the_ordered_material_or_as_the_order_says_and_then_told() -> None:
    by_material, stated = (planned(foot(R, pressed=True), d) for d in ({}, {"shore_a": 35.0}))
    assert by_material.foretold is not None and stated.foretold is not None
    assert by_material.foretold.insole_kpa == pytest.approx(gent_kpa(85.0), rel=1e-6)
    assert stated.foretold.insole_kpa == pytest.approx(gent_kpa(35.0), rel=1e-6)
    assert stated.foretold.bedded_kpa < by_material.foretold.bedded_kpa
    assert any("in place of the 85 Shore A" in note for note in stated.notes)
    assert not any("in place of" in note for note in by_material.notes)


def test_a_rigid_material_is_not_predicted_as_foam() -> None:
    plan = planned(foot(R, pressed=True), {}, material="PA12")
    assert plan.foretold is None and plan.raised == ()
    assert any("measured" in n and "not predicted" in n and "PA12 states no Shore A" in n for n in plan.notes)
    assert len(DEVICE.pressures(foot(R, pressed=True), plan)) == 1


def test_no_pocket_lies_where_the_map_shows_less_than_the_target_and_none_is_too_shallow_to_matter() -> None:
    plan = planned(foot(R, pressed=True), {"target_kpa": 120.0, "thickness_mm": 6.0})
    assert plan.foretold is not None and plan.foretold.peaks
    assert min(peak.measured_kpa for peak in plan.foretold.peaks) > 120.0
    assert max(r.height_mm for r in plan.raised) <= -0.5


def test_the_force_of_the_whole_map_and_what_springs_hold_of_it_are_both_told() -> None:
    plan = planned(foot(R, pressed=True), {})
    assert plan.foretold is not None and 0 < plan.foretold.force_n <= plan.foretold.map_n
    said = " ".join(text for _, text in DEVICE.told(plan.model_dump(mode="json")))
    assert f"{plan.foretold.force_n:.0f} N of the {plan.foretold.map_n:.0f} N" in said


def test_no_pressure_is_predicted_on_a_shorter_insole() -> None:
    plan = planned(foot(R, pressed=True), {"length": "three-quarter"})
    assert plan.foretold is None and any("not predicted" in note for note in plan.notes)


def test_the_pictures_of_pressure_are_those_of_the_plan() -> None:
    anatomy = foot(R, pressed=True)
    plan = planned(anatomy, {"thickness_mm": 4.0})
    found = list(DEVICE.pressures(anatomy, plan).values())
    assert plan.foretold is not None and len(found) == 3
    assert found[-1].max() == pytest.approx(plan.foretold.predicted_kpa, abs=0.1)
    assert found[0].max() == pytest.approx(plan.foretold.measured_kpa, abs=1e-3)
