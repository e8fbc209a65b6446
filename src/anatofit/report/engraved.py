"""Engraved strokes stand out in colour: seen straight on, floor and face have the same light, and letters cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.report import colour
from anatofit.report.display import vertex_normals_lps

_AROUND_MM = 3.0  # face around the letters that shows where the face would be without them
_OVER_MM = 0.3  # letters are no wider than planned; holes and rim beyond are no strokes
_REACH_MM = 3.0  # the inner face leaves the plane of the text by less than this; the outer face lies beyond
_DEEP = 0.5  # of the planned depth: what lies deeper is stroke


def block_mm(text: Mapping[str, Any]) -> tuple[float, float]:
    """Width and height of the planned text; estimated where the plan names none."""
    height = float(text.get("height_mm", 5.0))
    width = float(text.get("width_mm", 0.8 * height * len(str(text.get("string", "")))))
    return width, float(text.get("block_height_mm", height))


def inked(mesh: Mesh, text: Mapping[str, Any]) -> NDArray[np.uint8]:
    """`(n, 3)` RGB of the vertices of a part: the strokes of its text light, the rest the implant's colour."""
    colours = np.repeat(np.array([colour.IMPLANT], dtype=np.uint8), len(mesh.vertices_lps_mm), axis=0)
    right, up = (np.asarray(text[k], dtype=np.float64) for k in ("right_lps", "up_lps"))
    toward = np.cross(right, up)
    place = mesh.vertices_lps_mm - np.asarray(text["origin_lps_mm"], dtype=np.float64)
    x, y, height = place @ right, place @ up, place @ toward
    width, tall = block_mm(text)
    outside = np.maximum(np.abs(x) - width / 2, np.abs(y) - tall / 2)
    facing = (np.abs(height) < _REACH_MM) & (vertex_normals_lps(mesh) @ toward > 0)
    near = np.flatnonzero(facing & (outside < _AROUND_MM))
    stroke = _below(x[near], y[near], height[near], _DEEP * float(text.get("depth_mm", 0.5)))
    colours[near[stroke & (outside[near] < _OVER_MM)]] = colour.INK
    return colours


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
