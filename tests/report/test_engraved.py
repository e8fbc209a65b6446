"""Strokes of the engraving are coloured where they lie below the face, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.geometry.text import block_outline
from anatofit.model.mesh import Mesh
from anatofit.report import colour
from anatofit.report.engraved import inked

TEXT = {
    "string": "I", "origin_lps_mm": [5.0, 5.0, 1.0], "right_lps": [1.0, 0.0, 0.0], "up_lps": [0.0, 1.0, 0.0],
    "height_mm": 4.0, "width_mm": 2.0, "depth_mm": 0.5,
}  # fmt: skip


CENTRE = np.array([5.0, 5.0])


def letter(places: np.ndarray) -> np.ndarray:
    """Which places lie in the upright bar of the planned I, 4 mm high."""
    (bar,) = block_outline(("I",), height_mm=4.0).to_polygons()
    return ((places - CENTRE > bar.min(axis=0)) & (places - CENTRE < bar.max(axis=0))).all(axis=-1)


def curved_face(groove_mm: float, dent_mm: float = 0.0, wave_mm: float = 0.0) -> Mesh:
    """A sheet of 10 x 10 mm that bends, seen from above, with one stroke in its middle, a dent across it and waves 4 mm long."""
    line = np.linspace(0.0, 10.0, 201)
    x, y = (v.ravel() for v in np.meshgrid(line, line))
    z = 1.0 - 0.01 * (x - 5.0) ** 2 - dent_mm * np.exp(-((x - 5.8) ** 2 + (y - 4.0) ** 2))
    z += wave_mm * np.sin(np.pi / 2 * (x + y))
    z[letter(np.stack([x, y], axis=1))] -= groove_mm
    at = (np.arange(200)[:, None] * 201 + np.arange(200)).ravel()
    faces = np.concatenate([np.stack([at, at + 1, at + 202], 1), np.stack([at, at + 202, at + 201], 1)])
    return Mesh(np.stack([x, y, z], axis=1), faces)


def strokes(mesh: Mesh) -> np.ndarray:
    return (inked(mesh, TEXT) == colour.INK).all(axis=1)


@pytest.mark.parametrize(("dent_mm", "wave_mm"), [(0.0, 0.0), (0.6, 0.0), (0.0, 0.3)])
def test_the_stroke_is_coloured_and_the_face_around_it_is_not(dent_mm: float, wave_mm: float) -> None:
    mesh = curved_face(0.5, dent_mm, wave_mm)
    floor = letter(mesh.triangles_lps_mm[:, :, :2]).all(axis=1)
    touching = letter(mesh.triangles_lps_mm[:, :, :2]).any(axis=1)
    assert floor.sum() > 500
    assert strokes(mesh)[floor].mean() > 0.99
    assert not strokes(mesh)[~touching].any()


def test_a_stroke_below_the_line_is_coloured_too() -> None:
    mesh = curved_face(0.0)
    points = mesh.vertices_lps_mm.copy()
    x, y = (points[:, :2] - CENTRE).T
    bar = (np.abs(x) < 0.9) & (y > -2.0 - 0.27 * 4.0) & (y < -2.0 - 0.20 * 4.0 + 0.05)  # "_" under capitals of 4 mm
    points[bar, 2] -= 0.5
    floor = bar[mesh.faces].all(axis=1)
    assert floor.sum() > 50 and strokes(Mesh(points, mesh.faces))[floor].mean() > 0.99


def test_a_letter_that_was_not_cut_is_not_coloured() -> None:
    assert not strokes(curved_face(0.0)).any() and not strokes(curved_face(0.0, wave_mm=0.3)).any()
