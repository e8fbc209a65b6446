"""The step across the rim, of plates that are raised by a known height."""

from __future__ import annotations

import host_plate as bodies
import pytest

from anatofit.model.finding import Requirement
from anatofit.verify.outer_step import outer_step
from anatofit.verify.run import Subject

ANY = Requirement(id="R", what="w", check="outer_step", part="plate", unit="mm")


@pytest.mark.parametrize("raised_mm", [0.0, 0.3, 1.5, -0.8])
def test_the_step_is_measured(raised_mm: float) -> None:
    subject = Subject(part=bodies.plate(raised_mm=raised_mm), host=bodies.host(), missing=None, plan=bodies.plan())
    found = outer_step(subject, ANY)
    assert found.value == pytest.approx(abs(raised_mm), abs=0.1)
    assert found.values["used"] > 100


def test_places_under_a_tab_are_skipped() -> None:
    tab = {"centre_lps_mm": bodies.plan()["rim_lps_mm"][0], "length_mm": 12.0, "width_mm": 7.0}  # type: ignore[index]
    plan = bodies.plan() | {"tabs": [tab]}
    found = outer_step(Subject(part=bodies.plate(), host=bodies.host(), missing=None, plan=plan), ANY)
    assert 100 < found.values["used"] < 120


def test_without_bone_around_nothing_is_measured() -> None:
    host = bodies.moved(bodies.host(), (0.0, 0.0, -11.5))
    assert outer_step(Subject(part=bodies.plate(), host=host, missing=None, plan=bodies.plan()), ANY).failed
