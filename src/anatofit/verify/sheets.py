"""Which places of a plate belong to its outer face, its rim, its tabs, its holes and its engraving, judged by part and plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray, unit_vector
from anatofit.verify.bench import Bench, planned, vector
from anatofit.verify.measurement import CannotMeasureError
from anatofit.verify.surface import BoolArray, unit_rows

INSIDE_RIM_MM = 2.0  # issue 2: the body is what lies more than 2 mm inside the rim
_UPWARD = 0.15  # cosine to the way out above which a face looks outward: a plate that can be put in has no overhang
_SIDEWAYS = 0.6  # cosine to the plate's own normal (53°) below which a place is on the rim's wall
_NEIGHBOURS = 12  # outer samples that give the plate's own normal: about 2 mm around
_ROUNDING_MM = 0.4  # edges of holes are rounded or faceted this far
_TAB_MARGIN_MM = 1.0
_THROUGH_MM = 15.0  # more than any plate is thick
_RIM_TO_BONE_MM = 1.0  # beyond the planned gap: a slanting rim's wall lies this near to bone


@dataclass(frozen=True)
class Sheets:
    """Masks over the bench's samples. `rim`: the wall around the plate; `body`: both faces more than 2 mm inside it."""

    outer: BoolArray
    rim: BoolArray
    body: BoolArray
    tab: BoolArray
    hole: BoolArray
    text: BoolArray
    plate_normals: FloatArray


def find_sheets(bench: Bench) -> Sheets:
    """Every sample's place. Raises CannotMeasureError where the part shows no outer face."""
    points, normals = bench.samples
    hole, text = in_holes(points, bench.plan), in_text(points, bench.plan)
    slab, tab = in_tabs(points, bench.plan, through=False), in_tabs(points, bench.plan, through=True)
    outer = (normals @ bench.direction_lps > _UPWARD) & ~hole
    if (outer & ~slab).sum() < _NEIGHBOURS:
        raise CannotMeasureError("the part shows no face along the insertion direction; a plate is wanted")
    plate = _plate_normals(points, points[outer & ~slab], normals[outer & ~slab])
    across = np.einsum("ij,ij->i", normals, plate)
    rim = ((np.abs(across) < _SIDEWAYS) | (_beside_bone(bench, points) & (across < _SIDEWAYS))) & ~hole & ~text & ~slab
    body = (np.abs(across) >= _SIDEWAYS) & ~rim & ~tab & ~hole & ~text & _far_from(points, points[rim])
    return Sheets(outer & ~slab & ~text, rim, body, tab, hole, text, plate)


def _plate_normals(points: FloatArray, outer_points: FloatArray, outer_normals: FloatArray) -> FloatArray:
    from scipy.spatial import cKDTree

    _, at = cKDTree(outer_points).query(points, k=min(_NEIGHBOURS, len(outer_points)))
    return unit_rows(outer_normals[at].mean(axis=1))


def _beside_bone(bench: Bench, points: FloatArray) -> BoolArray:
    """Nearer to bone than gap and 1 mm, by the nearest vertex: this sorts places, it measures nothing."""
    if "host" not in bench.models:
        return np.zeros(len(points), dtype=bool)
    reach = float(bench.plan.get("gap_mm", 0.5)) + _RIM_TO_BONE_MM
    distance, _ = bench.host.vertex_tree.query(points, distance_upper_bound=reach)
    return np.asarray(np.isfinite(distance))


def _far_from(points: FloatArray, rim: FloatArray) -> BoolArray:
    from scipy.spatial import cKDTree

    if not len(rim):
        return np.ones(len(points), dtype=bool)
    distance, _ = cKDTree(rim).query(points, distance_upper_bound=INSIDE_RIM_MM)
    return ~np.isfinite(distance)


def in_holes(points: FloatArray, plan: Mapping[str, Any]) -> BoolArray:
    """On the wall or the rounded edge of a planned perforation or screw hole, recess included."""
    out = np.zeros(len(points), dtype=bool)
    for hole in [*planned(plan, "perforations"), *planned(plan, "screws")]:
        widest = max(float(hole["diameter_mm"]), float(hole.get("recess_diameter_mm", 0.0)))
        axis = unit_vector(vector(hole, "axis_lps"))
        offset = points - vector(hole, "centre_lps_mm")
        along = offset @ axis
        aside = np.einsum("ij,ij->i", offset, offset) - along**2
        out |= (aside < (widest / 2 + _ROUNDING_MM) ** 2) & (np.abs(along) < _THROUGH_MM)
    return out


def in_tabs(points: FloatArray, plan: Mapping[str, Any], *, through: bool) -> BoolArray:
    """Within a planned tab's slab; with `through` also above and below it, and 1 mm around."""
    out = np.zeros(len(points), dtype=bool)
    for tab in planned(plan, "tabs"):
        up = unit_vector(vector(tab, "normal_lps"))
        along = vector(tab, "outward_lps")
        along = unit_vector(along - up * (along @ up))
        offset = points - vector(tab, "centre_lps_mm")
        margin = _TAB_MARGIN_MM if through else _ROUNDING_MM
        depth = _THROUGH_MM if through else float(tab["thickness_mm"]) + _ROUNDING_MM
        aside = np.abs(offset @ np.cross(up, along)) < float(tab["width_mm"]) / 2 + margin
        out |= aside & (np.abs(offset @ along) < float(tab["length_mm"]) / 2 + margin) & (np.abs(offset @ up) < depth)
    return out


def text_frame(text: Mapping[str, Any]) -> tuple[FloatArray, FloatArray, FloatArray, float, float]:
    """Right, up, toward the reader; width and height of the engraved block (estimated where the plan names none)."""
    right = unit_vector(vector(text, "right_lps"))
    up = vector(text, "up_lps")
    up = unit_vector(up - right * (up @ right))
    height = float(text["height_mm"])
    width = float(text.get("width_mm") or 0.75 * height * len(str(text["string"])))
    return right, up, np.cross(right, up), width, float(text.get("block_height_mm") or height)


def in_text(points: FloatArray, plan: Mapping[str, Any]) -> BoolArray:
    """Over or under the planned engraving, 1 mm around it, through the whole wall."""
    text = plan.get("text")
    if not text:
        return np.zeros(len(points), dtype=bool)
    right, up, toward, width, height = text_frame(text)
    offset = points - vector(text, "origin_lps_mm")
    beside = (np.abs(offset @ right) < width / 2 + 1.0) & (np.abs(offset @ up) < height / 2 + 1.0)
    return np.asarray(beside & (np.abs(offset @ toward) < _THROUGH_MM))


def on_strokes(points: FloatArray, normals: FloatArray, plan: Mapping[str, Any]) -> BoolArray:
    """On the side walls of the engraved strokes: what stands between strokes is a letter's shape, not a wall."""
    inside = in_text(points, plan)
    if inside.any():
        toward = text_frame(plan["text"])[2]
        inside &= np.abs(normals @ toward) < 0.8
    return inside
