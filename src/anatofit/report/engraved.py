"""Engraved strokes stand out in colour: seen straight on, floor and face have the same light, and letters cannot be read.

A triangle is coloured where it lies within the block of the planned letters, in a hollow as narrow as a stroke, and deep: what was not cut
is not shown as cut, and an uneven face is not shown as a letter. On a face that bends, letters leave the plan's flat outline by a
millimetre, which is why that is not asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.geometry.ground import heights_mm
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh
from anatofit.report import colour
from anatofit.report.directions import PATIENT_AXES, View

_AROUND_MM = 3.0  # face around the letters that shows where the face would be without them
_REACH_MM = 3.0  # the inner face leaves the plane of the text by less than this; the outer face lies beyond
_DEEP = 0.5  # of the planned depth: what lies deeper is stroke
_STROKE = 0.25  # of a capital's height: two strokes, so that where they meet is one; a hollow that is wider belongs to the face
_ASTRAY = 0.15  # of a capital's height: where the plate turns sideways, so much of a letter leaves its block
_BELOW = 0.3  # of a capital's height: "_" and small letters reach so far below the last line, which the block's height leaves out
_CELL_MM = 0.1  # a third of the thinnest stroke
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


def inked(mesh: Mesh, text: Mapping[str, Any]) -> NDArray[np.uint8]:
    """`(m, 3)` RGB of the faces of a part: the strokes of its text light, the rest the implant's colour."""
    colours = np.repeat(np.array([colour.IMPLANT], dtype=np.uint8), len(mesh.faces), axis=0)
    right, up = (np.asarray(text[k], dtype=np.float64) for k in ("right_lps", "up_lps"))
    frame = np.stack([right, up, np.cross(right, up)], axis=1)
    local = (mesh.triangles_lps_mm - np.asarray(text["origin_lps_mm"], dtype=np.float64)) @ frame
    x, y, height = local.mean(axis=1).T
    width, tall = block_mm(text)
    capital = float(text.get("height_mm", 5.0))
    outside = np.maximum(np.abs(x) - width / 2, np.maximum(y, -y - _BELOW * capital) - tall / 2)
    normals = np.cross(local[:, 1] - local[:, 0], local[:, 2] - local[:, 0])
    facing = normals[:, 2] > _FACING * np.linalg.norm(normals, axis=1)
    facing &= np.abs(height) < _REACH_MM
    near = np.flatnonzero(facing & (outside < _ASTRAY * capital))
    half = np.array([width, tall]) / 2 + _AROUND_MM
    face = _face_mm(
        Mesh(local.reshape(-1, 3), np.arange(3 * len(local)).reshape(-1, 3)[facing]), half, _STROKE * capital
    )
    i, j = np.round((np.stack([x[near], y[near]]) + half[:, None]) / _CELL_MM).astype(np.int64)
    colours[near[face[j, i] - height[near] > _DEEP * float(text.get("depth_mm", 0.5))]] = colour.INK
    return colours


def _face_mm(local: Mesh, half_mm: FloatArray, wide_mm: float) -> FloatArray:
    """`(nj, ni)` heights of what faces the reader around the text's middle, hollows narrower than `wide_mm` filled: a closing by a disc
    (Serra 1982), which no slope or wave of the face deceives. Beside the part as on its nearest place."""
    from scipy.ndimage import distance_transform_edt, grey_closing

    ni, nj = np.ceil(2 * half_mm / _CELL_MM).astype(np.int64) + 1
    grid = Grid((2, int(nj), int(ni)), np.array([*-half_mm, 0.0]), np.full(3, _CELL_MM))
    heights = heights_mm(local, grid, low_z_mm=0.0)
    if np.isnan(heights).all():
        return heights
    nearest = distance_transform_edt(np.isnan(heights), return_distances=False, return_indices=True)
    across = np.arange(wide_mm / _CELL_MM) - (np.ceil(wide_mm / _CELL_MM) - 1) / 2
    disc = np.hypot(across[:, None], across) <= wide_mm / _CELL_MM / 2
    return np.asarray(grey_closing(heights[tuple(nearest)], footprint=disc))
