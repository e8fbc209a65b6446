"""Twenty random designs over the envelope: every one passes, fails by a finding, or is refused by name; none crashes."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from anatofit.devices.registry import get_device
from validation import record
from validation.studies.designs import DEVICE, QUICK, draw_accepted, run_design, summarise

sys.path.insert(0, str(Path(__file__).parents[1] / "devices"))

from skulls import Skull, make_anatomy

SEED = 7
# The smallest skulls that hold a part of every kind: the nightly study takes whole heads and a scan.
SKULLS = (
    Skull(hole_radius_mm=15.0),
    Skull(hole_radius_mm=14.0, thickness_mm=3.0),
    Skull(hole_radius_mm=16.0, thickness_mm=7.0, wave=0.12, wall_lean=0.5),
)


@pytest.mark.study  # 210 s on two cores
def test_twenty_random_designs_pass_or_fail_by_name() -> None:
    device = get_device(DEVICE)
    people = [make_anatomy(skull) for skull in SKULLS]
    rows = []
    for number in range(QUICK):
        design, _ = draw_accepted(device, np.random.default_rng([SEED, number]))
        outcome = run_design(people[number % len(people)], design)
        rows.append({"number": number, "skull": number % len(people), "design": design, **outcome})
    bars = {**record.bars("designs"), "count_min": float(QUICK)}
    # Wide tabs around a small hole leave no free rim to measure a step at; the bar holds for whole heads, at night.
    del bars["unmeasured_max"]
    told = [(r["number"], r["outcome"], r["names"], r.get("message"), r.get("unmeasured")) for r in rows]
    assert record.failures(summarise(rows), bars) == [], told
    assert summarise(rows)["passed"] + summarise(rows)["refused"] > QUICK / 2, told
