"""A box cut in two and turned about a hinge: what is left is told by its volume and its corners."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.errors import NothingLeftError
from anatofit.geometry.canonical import unmatched_edges
from anatofit.geometry.osteotomy import JOINED_MM, corrected, rotation_of, turned_about
from anatofit.model.frame import Plane
from tests.verify.shapes import box, finer

BOX = finer(box((40.0, 20.0, 100.0)), 2)
UP = np.array([0.0, 0.0, 1.0])
HINGE, AXIS = np.array([12.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])  # 8 mm of bone beyond the hinge, 32 mm to the saw


def test_a_turn_goes_by_the_right_hand() -> None:
    np.testing.assert_allclose(rotation_of(AXIS, 90.0) @ [0, 0, 1], [1, 0, 0], atol=1e-12)
    turned = turned_about(np.array([12.0, 5.0, 3.0]), hinge_lps_mm=HINGE, axis_lps=AXIS, angle_deg=90.0)
    np.testing.assert_allclose(turned, [15.0, 5.0, 0.0], atol=1e-12)


def test_an_opened_box_gains_nothing_and_loses_what_its_hinge_would_crush() -> None:
    angle = 10.0
    both = {"hinge_lps_mm": HINGE, "axis_lps": -AXIS, "angle_deg": angle}
    mesh = corrected(BOX, stands=Plane(np.zeros(3), UP), turns=Plane(np.zeros(3), -UP), **both)  # type: ignore[arg-type]
    assert unmatched_edges(mesh.faces) == 0
    # beyond the hinge the turned part reaches into the other by a triangle 8 mm long, its far side leaning by the same angle
    crushed = 20.0 * 8.0**2 * np.sin(np.deg2rad(angle)) * np.cos(np.deg2rad(angle)) / 2
    assert mesh.volume_mm3 == pytest.approx(BOX.volume_mm3 - crushed, abs=20.0 * 60.0 * JOINED_MM)
    left = mesh.vertices_lps_mm[mesh.vertices_lps_mm[:, 2] < -49.0]
    far = turned_about(np.array([-20.0, 10.0, -50.0]), **both)  # type: ignore[arg-type]
    assert np.linalg.norm(left - far, axis=1).min() < 1e-4


def test_a_closed_box_loses_its_wedge_and_is_one_body() -> None:
    angle = 10.0
    cut = turned_about(-UP, hinge_lps_mm=np.zeros(3), axis_lps=AXIS, angle_deg=-angle)
    mesh = corrected(BOX, stands=Plane(HINGE, UP), turns=Plane(HINGE, cut), hinge_lps_mm=HINGE, axis_lps=AXIS, angle_deg=angle)  # fmt: skip
    assert unmatched_edges(mesh.faces) == 0
    tangent = np.tan(np.deg2rad(angle))
    lost = 20.0 * (32.0**2 - 8.0**2) * tangent / 2  # and beyond the hinge the distal part keeps what both could have
    assert mesh.volume_mm3 == pytest.approx(BOX.volume_mm3 - lost, abs=20.0 * 60.0 * JOINED_MM)


def test_a_plane_beside_the_bone_leaves_no_part() -> None:
    with pytest.raises(NothingLeftError, match="stands"):
        corrected(BOX, stands=Plane(60.0 * UP, UP), turns=Plane(np.zeros(3), -UP), hinge_lps_mm=HINGE, axis_lps=AXIS, angle_deg=5.0)  # fmt: skip
