"""Strokes of the engraving are coloured where they lie below the face, and nothing else is."""

from __future__ import annotations

import numpy as np

from anatofit.model.mesh import Mesh
from anatofit.report import colour
from anatofit.report.engraved import inked

TEXT = {
    "string": "I", "origin_lps_mm": [5.0, 5.0, 1.0], "right_lps": [1.0, 0.0, 0.0], "up_lps": [0.0, 1.0, 0.0],
    "height_mm": 4.0, "width_mm": 2.0, "depth_mm": 0.5,
}  # fmt: skip


def curved_face(groove_mm: float) -> Mesh:
    """A sheet of 10 x 10 mm that bends, seen from above, with one stroke in its middle."""
    line = np.linspace(0.0, 10.0, 51)
    x, y = (v.ravel() for v in np.meshgrid(line, line))
    z = 1.0 - 0.01 * (x - 5.0) ** 2
    z[(np.abs(x - 5.0) < 0.5) & (np.abs(y - 5.0) < 1.9)] -= groove_mm
    at = (np.arange(50)[:, None] * 51 + np.arange(50)).ravel()
    faces = np.concatenate([np.stack([at, at + 1, at + 52], 1), np.stack([at, at + 52, at + 51], 1)])
    return Mesh(np.stack([x, y, z], axis=1), faces)


def strokes(mesh: Mesh) -> np.ndarray:
    return (inked(mesh, TEXT) == colour.INK).all(axis=1)


def test_the_stroke_is_coloured_and_the_face_around_it_is_not() -> None:
    mesh = curved_face(0.5)
    place = np.abs(mesh.vertices_lps_mm[:, :2] - 5.0)
    inside = (place[:, 0] < 0.45) & (place[:, 1] < 1.85)
    assert strokes(mesh)[inside].all() and not strokes(mesh)[(place[:, 0] > 0.7) | (place[:, 1] > 2.1)].any()


def test_a_face_without_strokes_stays_as_it_is() -> None:
    assert not strokes(curved_face(0.0)).any()
