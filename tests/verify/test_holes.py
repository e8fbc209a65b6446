"""Holes in a plate: open, blocked, too narrow, beside their place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anatofit.model.mesh import Mesh
from anatofit.verify.holes import holes
from anatofit.verify.subject import Measurement
from tests.verify.shapes import asked, box, finer, holed_slab, joined, slab, subject_of

HOLE = {"centre_lps_mm": [0.0, 0.0, 0.0], "axis_lps": [0.0, 0.0, 1.0], "diameter_mm": 2.0}


def deviation(mesh: Mesh, **changed: Any) -> Measurement:
    plan = {"perforations": [HOLE | changed], "screws": []}
    return holes(subject_of(mesh, plan=plan), asked("holes"))


def test_an_open_hole_as_planned_does_not_deviate() -> None:
    assert deviation(holed_slab(radius=1.0)).value == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize("radius", [0.9, 1.2])
def test_a_narrow_or_wide_hole_deviates_by_its_difference(radius: float) -> None:
    assert deviation(holed_slab(radius=radius)).value == pytest.approx(abs(2 * radius - 2.0), abs=0.02)


def test_a_hole_that_was_never_drilled_or_has_a_skin_deviates_by_its_diameter() -> None:
    solid = slab(lambda x, y: x * 0, lambda x, y: x * 0 - 3.0, half=10.0)
    assert deviation(solid).value == 2.0
    skin = joined(holed_slab(), finer(box((3, 3, 0.05), (0, 0, -1.5)), 2))
    assert deviation(skin).value == 2.0


def test_a_hole_beside_its_place_deviates() -> None:
    assert deviation(holed_slab(), centre_lps_mm=[0.9, 0.0, 0.0]).value == 2.0


def test_a_hole_is_found_whatever_way_it_points() -> None:
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    plate, place = holed_slab(), np.array([30.0, -80.0, 55.0])
    there = Mesh(plate.vertices_lps_mm @ turn.T + place, plate.faces)
    assert deviation(there, centre_lps_mm=place.tolist(), axis_lps=turn[:, 2].tolist()).value == pytest.approx(
        0.0, abs=0.02
    )
