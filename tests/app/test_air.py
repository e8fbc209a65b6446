"""What of a part lies in a sinus, on places that we can count."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from anatofit.app.air import air_remark, in_air
from anatofit.geometry.bridge import mesh_of_field
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Laterality
from anatofit.model.grid import Grid
from anatofit.model.part import Part


def _ball(centre: tuple[float, float, float], radius_mm: float) -> Part:
    grid = Grid((41, 41, 41), np.full(3, -20.0), np.full(3, 1.0))
    at = np.moveaxis(np.indices((41, 41, 41))[::-1] - 20.0, 0, -1)
    return Part("plate", mesh_of_field((np.linalg.norm(at - centre, axis=-1) - radius_mm).astype(np.float32), grid), {})


def _anatomy(places: np.ndarray) -> Anatomy:
    figures = {"missing_in_air_mm3": 2.0 * len(places)}
    return Anatomy("cranium", Laterality.RIGHT, {}, landmarks={"missing_in_air": places}, figures=figures)


def test_the_places_of_air_in_a_part_are_counted_and_named() -> None:
    places = np.array([[x, 0.0, 0.0] for x in np.arange(-15.0, 16.0)])
    figures = in_air(_anatomy(places), [_ball((5.0, 0.0, 0.0), 4.5)])
    assert figures["in_air_mm3"] == 2.0 * 9
    assert figures["in_air_x_lps_mm"] == pytest.approx(5.0)
    assert air_remark(figures) == ["18 mm³ of the part itself lie where the scan shows air, about LPS (5, 0, 0) mm"]


def test_a_part_away_from_air_and_a_skull_without_any_have_no_remark() -> None:
    places = np.array([[15.0, 15.0, 15.0]])
    assert air_remark(in_air(_anatomy(places), [_ball((0.0, 0.0, 0.0), 5.0)])) == []
    airless = dataclasses.replace(_anatomy(places), landmarks={}, figures={})
    assert in_air(airless, [_ball((0.0, 0.0, 0.0), 5.0)]) == {"in_air_mm3": 0.0}
    of_a_surface = dataclasses.replace(airless, kind="foot")
    assert in_air(of_a_surface, []) == {} and air_remark({}) == []
