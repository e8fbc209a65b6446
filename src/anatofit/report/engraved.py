"""Engraved strokes stand out in colour: seen straight on, floor and face have the same light, and letters cannot be read.

A triangle is coloured where it lies within a planned letter and is deep as well: what was not cut is not shown as cut, and
an uneven face is not shown as a letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.geometry.text import block_outline
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.report import colour
from anatofit.report.directions import PATIENT_AXES, View

_AROUND_MM = 3.0  # face around the letters that shows where the face would be without them
_REACH_MM = 3.0  # the inner face leaves the plane of the text by less than this; the outer face lies beyond
_DEEP = 0.5  # of the planned depth: what lies deeper is stroke
_FACING = 0.5  # cosine to the reader: a stroke's floor and the face, not the stroke's sides


def block_mm(text: Mapping[str, Any]) -> tuple[float, float]:
    """Width and height of the planned text; estimated where the plan names none."""
    height = float(text.get("height_mm", 5.0))
    width = float(text.get("width_mm", 0.8 * height * len(str(text.get("string", "")))))
    return width, float(text.get("block_height_mm", height))


def read_squarely(
    text: Mapping[str, Any], *, around_mm: float, names: tuple[tuple[str, str], ...] = PATIENT_AXES
) -> tuple[View, FloatArray]:
    """The view in which a text is read, and two corners of what a close picture of it shows."""
    right, up, centre = (np.asarray(text[k], dtype=np.float64) for k in ("right_lps", "up_lps", "origin_lps_mm"))
    width, height = block_mm(text)
    half = right * (width / 2 + around_mm) + up * (height / 2 + around_mm)
    return View(np.cross(right, up), up, names), np.stack([centre + half, centre - half])


def inked(mesh: Mesh, text: Mapping[str, Any], *, flat: bool = False) -> NDArray[np.uint8]:
    """`(m, 3)` RGB of the faces of a part: the strokes of its text light, the rest the implant's colour.

    flat: the face is the plane of the text, and how deep a place lies is told by that plane.
    """
    colours = np.repeat(np.array([colour.IMPLANT], dtype=np.uint8), len(mesh.faces), axis=0)
    corners = mesh.triangles_lps_mm
    right, up = (np.asarray(text[k], dtype=np.float64) for k in ("right_lps", "up_lps"))
    frame = np.stack([right, up, np.cross(right, up)], axis=1)
    x, y, height = ((corners.mean(axis=1) - np.asarray(text["origin_lps_mm"], dtype=np.float64)) @ frame).T
    width, tall = block_mm(text)
    outside = np.maximum(np.abs(x) - width / 2, np.abs(y) - tall / 2)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    facing = normals @ frame[:, 2] > _FACING * np.linalg.norm(normals, axis=1)
    near = np.flatnonzero(facing & (np.abs(height) < _REACH_MM) & (outside < _AROUND_MM))
    least = _DEEP * float(text.get("depth_mm", 0.5))
    deep = height[near] < -least if flat else _below(x[near], y[near], height[near], least)
    lines = tuple(text.get("lines") or (str(text.get("string", "")),))
    outline = block_outline(lines, height_mm=float(text.get("height_mm", 5.0)))
    colours[near[deep & _within(outline.to_polygons(), x[near], y[near])]] = colour.INK
    return colours


def _within(polygons: list[FloatArray], x: FloatArray, y: FloatArray) -> NDArray[np.bool_]:
    """Which places lie within an odd number of the closed polygons: inside a letter, not inside its eye."""
    odd = np.zeros(len(x), dtype=bool)
    for polygon in polygons:
        for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            if y0 != y1:
                odd ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return odd


def _below(x: FloatArray, y: FloatArray, height: FloatArray, deep_mm: float) -> NDArray[np.bool_]:
    """Which places lie deeper than `deep_mm` under the smooth face that the highest of them make."""
    basis = np.stack([x**a * y**b for a in range(4) for b in range(4 - a)], axis=1)
    face = np.ones(len(x), dtype=bool)
    rest = np.zeros(len(x))
    for _ in range(8):
        if face.sum() < 3 * basis.shape[1]:
            return np.zeros(len(x), dtype=bool)
        rest = height - basis @ np.linalg.lstsq(basis[face], height[face], rcond=None)[0]
        face = rest > -0.5 * deep_mm
    return np.asarray(rest < -deep_mm)
