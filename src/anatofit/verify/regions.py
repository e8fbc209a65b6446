"""Which places of a plate belong to its body, its rim, its holes and its engraving: judged by the part, the bone and the plan.

The rim is the wall around the plate. A place is on it where its face stands more than 53° to the plate's own normal (the mean
of the outer faces nearby), or where it lies within the gap and 1 mm of bone and is not an outer face. The body is what lies
farther than a given distance from the rim, and beside tabs and holes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.verify.subject import Subject
from anatofit.verify.surface import (
    WORKERS,
    BoolArray,
    Surface,
    cropped,
    face_vectors,
    sample_faces,
    spread_points,
    unit_rows,
)

UPWARD = 0.15  # cosine to the way out above which a face looks outward: a plate that can be put in has no overhang
_SIDEWAYS = 0.6  # cosine to the plate's own normal (53°) below which a place is on the rim's wall
_CLOUD_MM, _MOST_CLOUD = 0.6, 30_000
_LINK_MM, _RUN_SHARE = 1.2, 0.5  # places this near hang together; the rim is at least half as long as the plate
_SPARSE_MM, _NEIGHBOURS = 1.5, 16  # outer places that give the plate's own normal: 3.5 mm around, 5 mm at the rim
_RIM_TO_BONE_MM = 1.0  # beyond the planned gap: a slanting rim's wall lies this near to bone
_TAB_MARGIN_MM = 1.0
HOLE_MARGIN_MM = 0.6  # edges of holes are rounded or faceted this far
_THROUGH_MM = 15.0  # more than any plate is thick
_TEXT_MARGIN_MM = 1.0
_TEXT_DEEPER_MM = 2.0  # an uneven inner face leaves the plane of the text this far
_ROUNDEST_MM = (
    40.0  # radius of the roundest inner face; seen from inside it is hollow: a text's ends stand nearer to the reader
)
_STROKE_SIDE = 0.8  # cosine to the reader below which a face inside the text is a stroke's side


@dataclass(frozen=True)
class Body:
    """Tells which places lie on the body: asked by `contains`."""

    subject: Subject
    outer_tree: Any
    outer_normals: FloatArray
    rim_tree: Any
    inside_rim_mm: float

    def contains(self, points: FloatArray, normals: FloatArray) -> BoolArray:
        """`(n,)` True on both faces of the body, farther than `inside_rim_mm` from the rim, beside tabs and holes."""
        far = ~np.isfinite(self.rim_tree.query(points, distance_upper_bound=self.inside_rim_mm, workers=WORKERS)[0])
        apart = ~in_tabs(points, self.subject.plan) & ~in_holes(points, self.subject.plan)
        return np.asarray(far & apart & (np.abs(self.lean(points, normals)) >= _SIDEWAYS))

    def lean(self, points: FloatArray, normals: FloatArray) -> FloatArray:
        """Cosine to the plate's own normal: 1 on the outer face, 0 on a wall, -1 on the inner face."""
        _, at = self.outer_tree.query(points, k=_NEIGHBOURS, workers=WORKERS)
        return np.asarray(np.einsum("ij,ij->i", normals, unit_rows(self.outer_normals[at].mean(axis=1))))


def find_body(subject: Subject, *, inside_rim_mm: float) -> Body:
    """The body by a cloud of places, so dense that the rim has no gaps. Raises ValueError where there is no outer face."""
    return replace(subject.once("body", lambda: _whole_body(subject)), inside_rim_mm=inside_rim_mm)


def _whole_body(subject: Subject) -> Body:
    from scipy.spatial import cKDTree

    points, normals = _cloud(subject.part)
    outer_points, outer_normals = _outer_places(subject)
    body = Body(subject, cKDTree(outer_points), outer_normals, cKDTree(np.zeros((0, 3))), 0.0)
    lean = body.lean(points, normals)
    beside_bone = _beside_bone(subject, points) & (lean < _SIDEWAYS)
    wall = ((np.abs(lean) < _SIDEWAYS) | beside_bone) & ~in_holes(points, subject.plan) & ~in_text(points, subject.plan)
    return replace(body, rim_tree=cKDTree(_long_runs(points[wall], float(np.ptp(points, axis=0).max()))))


def _long_runs(points: FloatArray, extent_mm: float) -> FloatArray:
    """The places that hang together over a good part of the plate: the rim goes around it, the side of a dent does not."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    if not len(points):
        return points
    near = cKDTree(points).query_pairs(_LINK_MM, output_type="ndarray")
    links = coo_array((np.ones(len(near), dtype=np.int8), tuple(near.T)), shape=(len(points), len(points)))
    count, run = connected_components(links, directed=False)
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, run, points)
    np.maximum.at(high, run, points)
    return np.asarray(points[((high - low).max(axis=1) >= _RUN_SHARE * extent_mm)[run]])


def _outer_places(subject: Subject) -> tuple[FloatArray, FloatArray]:
    """Places on the outer face, evenly and sparsely spread, so that a chamfer does not pass for the plate's own direction."""
    points, normals, _ = spread_points(subject.part, _count(subject.part, _SPARSE_MM))
    excluded = in_tabs(points, subject.plan) | in_holes(points, subject.plan)
    outer = (normals @ way_out(subject) > UPWARD) & ~excluded
    if outer.sum() < _NEIGHBOURS:
        raise ValueError("the part shows no face along the insertion direction; a plate is wanted")
    return points[outer], normals[outer]


def _count(mesh: Mesh, spacing_mm: float) -> int:
    area = float(np.sqrt((face_vectors(mesh) ** 2).sum(axis=1)).sum()) / 2
    return int(np.clip(area / spacing_mm**2, 1000, _MOST_CLOUD))


def _cloud(mesh: Mesh) -> tuple[FloatArray, FloatArray]:
    """Places and normals: one for about `_CLOUD_MM`² and, up to a number, one for each face."""
    by_area, area_normals, _ = spread_points(mesh, _count(mesh, _CLOUD_MM))
    by_face, face_normals, _ = sample_faces(mesh, _MOST_CLOUD)
    return np.concatenate([by_area, by_face]), np.concatenate([area_normals, face_normals])


def way_out(subject: Subject) -> FloatArray:
    """The way out of the skull as planned; the part's thin direction where the plan names none."""
    planned = subject.plan.get("insertion_direction_lps")
    if planned is not None:
        return unit_vector(np.asarray(planned, dtype=np.float64))
    corners = subject.part.vertices_lps_mm
    return np.asarray(np.linalg.svd(corners - corners.mean(axis=0), full_matrices=False)[2][2])


def _beside_bone(subject: Subject, points: FloatArray) -> BoolArray:
    """By the nearest vertex of the bone: this sorts places, it measures nothing."""
    if subject.host is None:
        return np.zeros(len(points), dtype=bool)
    reach = float(subject.plan.get("gap_mm", 0.5)) + _RIM_TO_BONE_MM
    low, high = subject.part.bounds_lps_mm
    near = cropped(subject.host, low - reach, high + reach)
    if not len(near.faces):
        return np.zeros(len(points), dtype=bool)
    distance, _ = Surface(near).vertex_tree.query(points, distance_upper_bound=reach, workers=WORKERS)
    return np.asarray(np.isfinite(distance))


def planned(plan: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """A list of the plan; empty where the plan has none."""
    return list(plan.get(key) or ())


def in_holes(points: FloatArray, plan: Mapping[str, Any]) -> BoolArray:
    """Within 0.6 mm of a planned perforation or screw hole, recess included, along its whole axis."""
    out = np.zeros(len(points), dtype=bool)
    for hole in [*planned(plan, "perforations"), *planned(plan, "screws")]:
        widest = max(float(hole["diameter_mm"]), float(hole.get("recess_diameter_mm", 0.0)))
        offset = points - np.asarray(hole["centre_lps_mm"], dtype=np.float64)
        along = offset @ unit_vector(np.asarray(hole["axis_lps"], dtype=np.float64))
        aside = np.einsum("ij,ij->i", offset, offset) - along**2
        out |= (aside < (widest / 2 + HOLE_MARGIN_MM) ** 2) & (np.abs(along) < _THROUGH_MM)
    return out


def in_tabs(points: FloatArray, plan: Mapping[str, Any]) -> BoolArray:
    """Within 1 mm of a planned tab's footprint, above and below it."""
    out = np.zeros(len(points), dtype=bool)
    for tab in planned(plan, "tabs"):
        up = unit_vector(np.asarray(tab["normal_lps"], dtype=np.float64))
        along = np.asarray(tab["outward_lps"], dtype=np.float64)
        along = unit_vector(along - up * (along @ up))
        offset = points - np.asarray(tab["centre_lps_mm"], dtype=np.float64)
        within = np.abs(offset @ np.cross(up, along)) < float(tab["width_mm"]) / 2 + _TAB_MARGIN_MM
        within &= np.abs(offset @ along) < float(tab["length_mm"]) / 2 + _TAB_MARGIN_MM
        out |= within & (np.abs(offset @ up) < _THROUGH_MM)
    return out


def text_frame(text: Mapping[str, Any]) -> tuple[FloatArray, FloatArray, FloatArray, float, float]:
    """Right, up, toward the reader; width and height of the engraved block (estimated where the plan names none)."""
    right = unit_vector(np.asarray(text["right_lps"], dtype=np.float64))
    up = np.asarray(text["up_lps"], dtype=np.float64)
    up = unit_vector(up - right * (up @ right))
    height = float(text["height_mm"])
    width = float(text.get("width_mm") or 0.75 * height * len(str(text["string"])))
    return right, up, np.cross(right, up), width, float(text.get("block_height_mm") or height)


def texts_of(plan: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every engraving of the plan: the one of a plate, or those of a guide."""
    return [text for text in (plan.get("text"), *planned(plan, "texts")) if text]


def in_text(points: FloatArray, plan: Mapping[str, Any]) -> BoolArray:
    """In a planned engraving or within 1 mm of it, on the engraved face only."""
    out = np.zeros(len(points), dtype=bool)
    for text in texts_of(plan):
        out |= _in_one(points, text)
    return out


def _in_one(points: FloatArray, text: Mapping[str, Any]) -> BoolArray:
    right, up, toward, width, height = text_frame(text)
    offset = points - np.asarray(text["origin_lps_mm"], dtype=np.float64)
    beside = (np.abs(offset @ right) < width / 2 + _TEXT_MARGIN_MM) & (
        np.abs(offset @ up) < height / 2 + _TEXT_MARGIN_MM
    )
    off, reach = offset @ toward, float(text["depth_mm"]) + _TEXT_DEEPER_MM
    return np.asarray(beside & (off > -reach) & (off < reach + (width**2 + height**2) / 8 / _ROUNDEST_MM))


def on_strokes(points: FloatArray, normals: FloatArray, plan: Mapping[str, Any]) -> BoolArray:
    """On the sides of engraved strokes: what stands between two strokes is a letter's shape, not a wall."""
    out = np.zeros(len(points), dtype=bool)
    for text in texts_of(plan):
        out |= _in_one(points, text) & (np.abs(normals @ text_frame(text)[2]) < _STROKE_SIDE)
    return out
