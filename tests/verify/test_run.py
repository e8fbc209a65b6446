"""Every requirement gives a finding; what cannot be measured fails."""

from __future__ import annotations

import host_plate as bodies
import pytest

from anatofit.model.finding import Finding, Requirement
from anatofit.verify import run
from anatofit.verify.run import CHECKS, Measurement, check_named, verify


def one(check: str, *, part: str = "plate", host: bool = True, low: float | None = None) -> Finding:
    requirement = Requirement(
        id="R-1", what="w", check=check, part=part, unit="mm", limit_low=low, advice="a larger gap"
    )
    models = {"host": bodies.host()} if host else {}
    (found,) = verify({"plate": bodies.plate()}, requirements=[requirement], models=models, plan=bodies.plan())
    return found


def test_limits_decide() -> None:
    assert one("clearance_min", low=0.45).passed
    assert not one("clearance_min", low=0.55).passed


def test_advice_stands_where_something_was_measured_and_failed() -> None:
    assert one("clearance_min", low=0.55).advice == "a larger gap"
    assert one("clearance_min", low=0.45).advice == "" == one("clearance_min", host=False).advice


@pytest.mark.parametrize("check", ["clearance_min", "clearance_rim_p95", "penetration", "insertion", "outer_step"])
def test_a_missing_model_fails_with_its_name(check: str) -> None:
    found = one(check, host=False)
    assert not found.passed
    assert found.measured == -1.0
    assert "host" in found.detail


def test_an_unknown_check_and_a_missing_part_fail() -> None:
    assert not one("no_such_check").passed
    assert "mandible" in one("clearance_min", part="mandible").detail


def test_what_was_not_measured_shows_no_number_and_what_was_counts_in_words() -> None:
    assert one("clearance_min", host=False).told == "not measured"
    assert one("clearance_min", host=False).detail == "not measured: models/host.stl is missing"
    counted = Finding(id="x", what="x", measured=1.0, unit="faults", passed=False)
    assert (counted.told, counted.model_copy(update={"measured": 2.0}).told) == ("1 fault", "2 faults")


def test_a_result_that_is_no_number_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "check_named", lambda _name: lambda _subject, _requirement: Measurement(float("nan")))
    found = one("clearance_min")
    assert not found.passed
    assert found.measured == -1.0


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_every_check_that_is_named_exists(name: str) -> None:
    assert callable(check_named(name))
