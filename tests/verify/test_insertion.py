"""The way in: straight walls let a plate pass, an undercut does not."""

from __future__ import annotations

import host_plate as bodies
import pytest

from anatofit.model.finding import Requirement
from anatofit.model.mesh import Mesh
from anatofit.verify.insertion import insertion
from anatofit.verify.run import Subject

WAY = Requirement(
    id="R", what="w", check="insertion", part="plate", unit="mm", limit_low=0.05, parameters={"length_mm": 30.0}
)


def smallest(part: Mesh) -> float:
    return insertion(Subject(part=part, host=bodies.host(), missing=None, plan=bodies.plan()), WAY).value


def test_a_straight_plate_keeps_its_gap_on_the_way() -> None:
    assert smallest(bodies.plate()) == pytest.approx(0.5, abs=0.02)


def test_an_undercut_plate_collides() -> None:
    assert smallest(bodies.plate(undercut_mm=1.5)) <= 0


def test_a_plate_that_is_only_just_too_wide_collides() -> None:
    assert smallest(bodies.plate(undercut_mm=0.6)) <= 0.05


def test_a_length_that_is_no_length_cannot_be_measured() -> None:
    bad = WAY.model_copy(update={"parameters": {"length_mm": float("nan")}})
    with pytest.raises(ValueError, match="insertion length"):
        insertion(Subject(part=bodies.plate(), host=bodies.host(), missing=None, plan=bodies.plan()), bad)
