"""Twelve random plans of cuts on computed bones: each passes, fails by a measured finding, or is refused by name; none crashes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from anatofit.devices.registry import get_device
from anatofit.model.mesh import Mesh
from validation import record
from validation.studies.designs import draw
from validation.studies.guides import DEVICE, QUICK, bones, draw_plan, run_plan, summarise

SEED = 4
BARS = {**record.bars("guides"), "count_min": 1.0, "bones_min": 1.0}


@cache
def people() -> list[tuple[str, Mesh]]:
    return bones(None)


@pytest.mark.parametrize("number", range(QUICK))
def test_a_random_plan_passes_or_fails_by_name(number: int) -> None:
    name, bone = people()[number % len(people())]
    random = np.random.default_rng([SEED, number])
    design, plan = draw(dict(get_device(DEVICE).envelope.rows), random), draw_plan(bone, random)
    row = {"number": number, "bone": name, "plan": plan, **run_plan(bone, design, plan)}
    assert record.failures(summarise([row]), BARS) == [], row
