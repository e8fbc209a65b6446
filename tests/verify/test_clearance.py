"""Clearances and depths of a plate whose gap is known."""

from __future__ import annotations

import host_plate as bodies
import pytest

from anatofit.model.finding import Requirement
from anatofit.model.mesh import Mesh
from anatofit.verify.clearance import clearance_min, clearance_rim_p95, penetration
from anatofit.verify.distances import Walls
from anatofit.verify.run import Subject

ANY = Requirement(id="R", what="w", check="c", part="plate", unit="mm")
# the wall is a polygon of 180 sides: its sides lie this much nearer to the axis than the circle
SAGITTA_MM = 0.004


def subject(part: Mesh, host: Mesh | None = None) -> Subject:
    return Subject(part=part, host=host or bodies.host(), missing=None, plan=bodies.plan())


def test_the_bodies_are_closed() -> None:
    assert Walls(bodies.host()).closed
    assert Walls(bodies.plate()).closed
    assert bodies.host().volume_mm3 > 0


def test_the_gap_is_measured() -> None:
    seated = subject(bodies.plate())
    assert clearance_min(seated, ANY).value == pytest.approx(0.5, abs=SAGITTA_MM)
    rim = clearance_rim_p95(seated, ANY)
    assert rim.value == pytest.approx(0.5, abs=0.02)
    assert {"min", "p5", "p50", "p95", "max"} <= set(rim.values)
    assert penetration(seated, ANY).value == 0


def test_a_plate_shifted_into_the_wall_is_found() -> None:
    shifted = subject(bodies.moved(bodies.plate(), (0.6, 0.0, 0.0)))
    assert clearance_min(shifted, ANY).value == pytest.approx(-0.1, abs=SAGITTA_MM)
    assert penetration(shifted, ANY).value == pytest.approx(0.1, abs=SAGITTA_MM)
    assert clearance_rim_p95(shifted, ANY).value > 1.0


def test_a_spike_of_the_host_is_found_between_the_part_s_vertices() -> None:
    host = bodies.host()
    vertices = host.vertices_lps_mm.copy()
    wall = abs((vertices[:, 0] ** 2 + vertices[:, 1] ** 2) ** 0.5 - bodies.HOLE_MM) < 1e-6
    middle = wall & (vertices[:, 2] > 66) & (vertices[:, 2] < 69)
    vertices[middle.nonzero()[0][0], :2] *= 1 - 0.4 / bodies.HOLE_MM
    assert clearance_min(subject(bodies.plate(), Mesh(vertices, host.faces)), ANY).value == pytest.approx(0.1, abs=0.01)


def test_a_plate_far_from_bone_fails() -> None:
    away = subject(bodies.moved(bodies.plate(), (0.0, 0.0, 300.0)))
    assert clearance_min(away, ANY).failed
    assert clearance_rim_p95(away, ANY).failed
