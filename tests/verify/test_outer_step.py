"""The step across the rim, of plates that are raised by a known height."""

from __future__ import annotations

import re

import host_plate as bodies
import numpy as np
import pytest

from anatofit.model.finding import Requirement
from anatofit.model.frame import unit_vector
from anatofit.model.mesh import Mesh
from anatofit.verify.outer_step import outer_step
from anatofit.verify.rim_places import by_side
from anatofit.verify.run import Subject
from anatofit.verify.subject import Measurement

ANY = Requirement(id="R", what="w", check="outer_step", part="plate", unit="mm")


# The plates are raised along the axis; a finger feels the part of it that is square to the face at the rim.
SQUARE = float(np.sqrt(1 - (bodies.HOLE_MM / bodies.OUTER_MM) ** 2))


@pytest.mark.parametrize("raised_mm", [0.0, 0.3, 1.5, -0.8, 5.0, -4.0])
def test_the_step_is_measured(raised_mm: float) -> None:
    subject = Subject(part=bodies.plate(raised_mm=raised_mm), host=bodies.host(), missing=None, plan=bodies.plan())
    found = outer_step(subject, ANY)
    assert found.value == pytest.approx(abs(raised_mm) * SQUARE, abs=0.03)
    assert found.values["used"] > 100


@pytest.mark.parametrize("raised_mm", [0.0, 1.5, -0.8])
def test_a_rounded_edge_is_no_step(raised_mm: float) -> None:
    part = bodies.plate(gap_mm=1.5, rounded_mm=2.0, raised_mm=raised_mm)
    found = outer_step(Subject(part=part, host=bodies.host(), missing=None, plan=bodies.plan()), ANY)
    assert found.value == pytest.approx(abs(raised_mm) * SQUARE, abs=0.25)
    assert found.values["used"] > 100


def test_places_under_a_tab_are_skipped() -> None:
    tab = {
        "centre_lps_mm": bodies.plan()["rim_lps_mm"][0],  # type: ignore[index]
        "outward_lps": (1.0, 0.0, 0.0),
        "normal_lps": (0.0, 0.0, 1.0),
        "length_mm": 12.0,
        "width_mm": 7.0,
    }
    plan = bodies.plan() | {"tabs": [tab]}
    found = outer_step(Subject(part=bodies.plate(), host=bodies.host(), missing=None, plan=plan), ANY)
    assert 100 < found.values["used"] < 120


def test_without_bone_around_nothing_is_measured() -> None:
    host = bodies.moved(bodies.host(), (0.0, 0.0, -11.5))
    assert outer_step(Subject(part=bodies.plate(), host=host, missing=None, plan=bodies.plan()), ANY).failed


def _beside_orbit(raised_mm: float = 0.0, **opened: float) -> Measurement:
    host, plan = bodies.with_orbit(bodies.host(), bodies.plan(), **opened)
    return outer_step(Subject(part=bodies.plate(raised_mm=raised_mm), host=host, missing=None, plan=plan), ANY)


@pytest.mark.parametrize("raised_mm", [0.0, 0.7, 1.6, -1.2, -2.2])
def test_beside_an_opening_the_step_is_measured_where_there_is_bone(raised_mm: float) -> None:
    found = _beside_orbit(raised_mm, deep_mm=6.5)
    assert found.value == pytest.approx(abs(raised_mm) * SQUARE, abs=0.1)
    assert found.values["used"] > 85
    assert found.values["opening"] > 15
    assert "at an opening" in found.detail


def test_the_detail_says_at_how_many_places_and_on_which_side_of_the_rim() -> None:
    found = _beside_orbit(deep_mm=6.5, half_angle_deg=60.0)
    used = int(found.values["used"])
    assert f"measured at {used} of 120 places of the rim" in found.detail
    sides = dict(re.findall(r"(left|right|front|rear) (\w+) of", found.detail))
    assert sides.pop("left") == "none"
    assert sum(map(int, sides.values())) == used
    assert " 0 " not in found.detail


def test_where_all_places_are_measured_no_reason_is_named() -> None:
    subject = Subject(part=bodies.plate(), host=bodies.host(), missing=None, plan=bodies.plan())
    detail = outer_step(subject, ANY).detail
    assert "measured at 120 of 120" in detail and "not measurable" not in detail


@pytest.mark.parametrize(
    ("way", "toward", "name"),
    [
        ((-1.0, 0.0, 0.0), (0.0, 0.0, 1.0), "upper"),
        ((-1.0, 0.0, 0.0), (0.0, -1.0, 0.0), "front"),
        ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), "rear"),
        ((0.0, -1.0, 0.0), (1.0, 0.0, 0.0), "left"),
        ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0), "lower"),
        ((0.0, 0.0, 1.0), (-1.0, 0.0, 0.0), "right"),
        ((0.0, 0.0, 1.0), (0.0, -1.0, 0.0), "front"),
        ((-0.8, -0.48, 0.35), (0.51, -0.86, 0.0), "front"),
        ((-0.8, -0.48, 0.35), (0.0, 0.0, -1.0), "lower"),
    ],
)
def test_the_sides_of_a_rim_are_named_after_the_patient(
    way: tuple[float, ...], toward: tuple[float, ...], name: str
) -> None:
    out, side = unit_vector(np.array(way)), np.array(toward)
    first = unit_vector(side - out * (side @ out))
    turn = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    rim = np.outer(np.cos(turn), first) + np.outer(np.sin(turn), np.cross(out, first))
    assert f"{name} 1 of " in by_side(rim, rim[:1], out)


def test_bone_that_lies_deep_but_goes_on_is_a_step_and_no_opening() -> None:
    found = _beside_orbit(deep_mm=6.0, strip_mm=15.0)
    assert found.value == pytest.approx(6.0 * SQUARE, abs=0.3)
    assert found.values["opening"] == 0


@pytest.mark.parametrize("deep_mm", [1.4, 2.5])
def test_a_step_against_a_narrow_strip_of_bone_is_measured(deep_mm: float) -> None:
    assert _beside_orbit(half_angle_deg=60.0, deep_mm=deep_mm).value == pytest.approx(deep_mm * SQUARE, abs=0.1)


def test_a_plate_that_ends_far_from_the_rim_is_not_measured() -> None:
    subject = Subject(part=bodies.plate(gap_mm=5.0), host=bodies.host(), missing=None, plan=bodies.plan())
    found = outer_step(subject, ANY)
    assert found.failed
    assert found.values["no_face"] == 120


@pytest.mark.parametrize(("raised_mm", "turned"), [(0.9, False), (2.0, False), (-4.5, True)])
def test_a_margin_that_faces_another_way_counts_only_near_the_plates_face(raised_mm: float, turned: bool) -> None:
    bone = bodies.host()
    x, y, _ = bone.vertices_lps_mm.T
    rise = np.where(x > 0, np.maximum(np.hypot(x, y) - bodies.HOLE_MM, 0.0), 0.0)
    host = Mesh(bone.vertices_lps_mm + np.outer(rise, [0.0, 0.0, 1.0]), bone.faces)
    found = outer_step(
        Subject(part=bodies.plate(raised_mm=raised_mm), host=host, missing=None, plan=bodies.plan()), ANY
    )
    assert found.value == pytest.approx(abs(raised_mm) * SQUARE, abs=0.35)
    assert (found.values["turned"] > 40) == turned
    assert ("faces another way" in found.detail) == turned
