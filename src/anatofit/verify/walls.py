"""How thin and how thick a part is: rays from its surface along the inward normal to the wall across.

A wall is measured only where the face across leans back by less than 60° from opposite. At a right-angled or rounded edge the
ray meets a side or leaves through the body, so edges make no false thin wall; a feather edge, whose two faces lean together by
less than 60°, does count, and so does the bridge between a hole and the rim. The walls of a guide's slots, channels and windows are
left to `feature_wall`: their edges at the bone are as sharp as its slope makes them.

The greatest thickness is not left to the ray, which runs long where the faces are not parallel: it is the shortest way from the
inner end of the ray to the outer face.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.model.words import bracketed
from anatofit.verify.channel_walls import on_channel_walls
from anatofit.verify.regions import UPWARD, Body, find_body, on_strokes, planned, way_out
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import Surface, face_vectors, sample_faces, spread_points, submesh, unit_rows

# Half of the places follow the area, half the faces, of which there are more where there is detail.
SAMPLES = 4000
THICKEST_MM = 40.0  # a ray that meets nothing so far measures no wall of a plate
_OPPOSITE = -0.5
_START_MM = 1e-4  # beneath the surface, so that a ray does not meet the face that it leaves
_MARGIN_MM = 0.01  # no rounding of a ray's length is larger
_BESIDE_MM, _HIGH_MM = (
    1.0,
    6.0,
)  # around a hole's head, and along its axis through a plate: what lies so near is said to be beside it
_FEWEST = 50  # places below which a region was not measured
_INSIDE_RIM_MM = 2.0  # where the requirement names none
# Thinner places are looked for on every face (15 µs each), thicker ones around the thickest: so many places, so far around, so many rays.
_MOST_FACES = 200_000
_LOOK_AT, _LOOK_MM, _LOOK_RAYS = 24, 2.0, 2000


@dataclass(frozen=True)
class Walls:
    """`(n,)` thickness in mm where a wall faces back (else nan); where each ray starts and ends, and the start's normal."""

    thickness_mm: FloatArray
    points_lps_mm: FloatArray
    normals: FloatArray
    ends_lps_mm: FloatArray
    end_normals: FloatArray


def min_wall(subject: Subject, requirement: Requirement) -> Measurement:
    """The thinnest wall of the region "body" or "all", in mm."""
    return _extreme(subject, requirement, thickest=False)


def max_wall(subject: Subject, requirement: Requirement) -> Measurement:
    """The thickest wall of the region "body" or "all", in mm."""
    return _extreme(subject, requirement, thickest=True)


def _extreme(subject: Subject, requirement: Requirement, *, thickest: bool) -> Measurement:
    surface = subject.once("surface", lambda: Surface(subject.part))
    first = subject.once("walls", lambda: measured(surface, *_places(subject.part)))
    if thickest:
        first = _across(subject, first)
    body = _body(subject, requirement)
    thickness, where = _judged(subject, body, first)
    if len(thickness) < _FEWEST:
        return Measurement(-1.0, f"{len(thickness)} places lie between two faces; {_FEWEST} are wanted", failed=True)
    # each search says only the end of the spread that its own way of measuring is meant for
    shares = {"p95": 95} if thickest else {"p5": 5, "p50": 50}
    values = {name: float(np.percentile(thickness, share)) for name, share in shares.items()}
    if thickest:
        around = where[np.argsort(-thickness, kind="stable")[:_LOOK_AT]]
        both = _joined(first, _across(subject, measured(surface, *_near(subject.part, around))))
    else:
        both = _joined(first, _anywhere_thinner(subject, surface, float(thickness.min())))
    more, more_where = _judged(subject, body, both)
    best = int(np.argmax(more) if thickest else np.argmin(more))
    place = bracketed(more_where[best], 1)
    how = (
        "shortest way from inner to outer face; thickest" if thickest else "straight through from either face; thinnest"
    )
    detail = f"{how} at {place} mm{_beside(subject, more_where[best])}{_off_host(subject, more_where[best])}"
    return Measurement(float(more[best]), detail, values | {"places": float(len(more))})


def _beside(subject: Subject, place: FloatArray) -> str:
    """Which numbered hole a place lies beside, in words; nothing where it lies beside none."""
    for hole in [*planned(subject.plan, "screws"), *planned(subject.plan, "oblongs")]:
        rest = place - np.asarray(hole["centre_lps_mm"], dtype=np.float64)
        aside = np.linalg.norm(np.cross(rest, np.asarray(hole["axis_lps"], dtype=np.float64)))
        wide = (float(hole.get("recess_diameter_mm", 0.0)) + float(hole.get("stretch_mm", 0.0))) / 2
        if "number" in hole and aside < wide + _BESIDE_MM and np.linalg.norm(rest) < wide + _HIGH_MM:
            return f", beside the hole of screw {hole['number']}"
    return ""


def _off_host(subject: Subject, place_lps_mm: FloatArray) -> str:
    """How far a place lies off what the part was made for: what is thin at it and what is thin above it want other remedies."""
    if subject.host is None:
        return ""
    host = subject.host
    away = subject.once("host surface", lambda: Surface(host)).distance_mm(place_lps_mm[None])[0]
    return f", {float(away):.1f} mm off models/host.stl"


def _across(subject: Subject, walls: Walls) -> Walls:
    """The same walls, no thicker than the way from their inner end to the nearest outer face."""
    way = way_out(subject)
    outer = submesh(subject.part, unit_rows(face_vectors(subject.part)) @ way > UPWARD)
    judged = np.flatnonzero(np.isfinite(walls.thickness_mm))
    if not len(outer.faces):
        return walls
    from_outer = (walls.normals[judged] @ way > 0)[:, None]
    inner_end = np.where(from_outer, walls.ends_lps_mm[judged], walls.points_lps_mm[judged])
    thickness = walls.thickness_mm.copy()
    thickness[judged] = np.minimum(thickness[judged], Surface(outer).distance_mm(inner_end))
    return replace(walls, thickness_mm=thickness)


def _anywhere_thinner(subject: Subject, surface: Surface, than_mm: float) -> Walls:
    """Short rays from every face: a feather edge or a barb is smaller than the distance between samples."""
    near = subject.once("first walls", lambda: _FirstWalls(surface, than_mm))
    points, normals = near.within(than_mm)
    walls = measured(surface, points, normals, reach_mm=than_mm)
    thinner = np.isfinite(walls.thickness_mm)
    return Walls(*(getattr(walls, k)[thinner] for k in Walls.__dataclass_fields__))


class _FirstWalls:
    """How far every face is from the first wall across, as far as once asked: a shorter ray meets nothing where that is farther."""

    def __init__(self, surface: Surface, reach_mm: float) -> None:
        self._reach_mm = reach_mm
        self._points, self._normals, _ = sample_faces(surface.mesh, _MOST_FACES)
        begin, end = self._points - self._normals * _START_MM, self._points - self._normals * reach_mm
        self._distance_mm = surface.first_hits(begin, end)[0]

    def within(self, reach_mm: float) -> tuple[FloatArray, FloatArray]:
        """Places and normals of the faces whose first wall may be within reach; all of them beyond what was once asked."""
        if reach_mm > self._reach_mm:
            return self._points, self._normals
        near = self._distance_mm <= reach_mm + _MARGIN_MM
        return self._points[near], self._normals[near]


def measured(surface: Surface, points: FloatArray, normals: FloatArray, *, reach_mm: float = THICKEST_MM) -> Walls:
    """Rays from each place straight into the part."""
    distance, face = surface.first_hits(points - normals * _START_MM, points - normals * reach_mm)
    thickness = distance + _START_MM
    met = face >= 0
    vectors = np.zeros_like(normals)
    vectors[met] = surface.face_normals[face[met]]
    facing = met & (np.einsum("ij,ij->i", normals, vectors) < _OPPOSITE)
    ends = points - normals * np.where(met, thickness, 0.0)[:, None]
    return Walls(np.where(facing, thickness, np.nan), points, normals, ends, vectors)


def _body(subject: Subject, requirement: Requirement) -> Body | None:
    """What the region "body" is; None for "all"."""
    region = str(requirement.parameters.get("region", "all"))
    if region not in ("body", "all"):
        raise ValueError(f"the region {region!r} is unknown; body or all is wanted")
    inside = float(requirement.parameters.get("inside_rim_mm", _INSIDE_RIM_MM))
    return find_body(subject, inside_rim_mm=inside) if region == "body" else None


def _judged(subject: Subject, body: Body | None, walls: Walls) -> tuple[FloatArray, FloatArray]:
    """Thickness and place of the walls in the region: the body's if the ray neither starts nor ends off it."""
    keep = np.isfinite(walls.thickness_mm) & ~on_strokes(walls.points_lps_mm, walls.normals, subject.plan)
    for places in (walls.points_lps_mm, walls.ends_lps_mm):
        keep &= ~on_channel_walls(places, subject.plan)
    if body is not None:
        at = np.flatnonzero(keep)
        inside = body.contains(walls.points_lps_mm[at], walls.normals[at])
        keep[at] = inside & body.contains(walls.ends_lps_mm[at], walls.end_normals[at])
    return walls.thickness_mm[keep], walls.points_lps_mm[keep]


def _places(mesh: Mesh) -> tuple[FloatArray, FloatArray]:
    by_area, area_normals, _ = spread_points(mesh, SAMPLES // 2)
    by_face, face_normals, _ = sample_faces(mesh, SAMPLES // 2)
    return np.concatenate([by_area, by_face]), np.concatenate([area_normals, face_normals])


def _near(mesh: Mesh, centres: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Places on the faces around the centres, evenly thinned."""
    from scipy.spatial import cKDTree

    points, normals, _ = sample_faces(mesh, len(mesh.faces))
    distance, _ = cKDTree(centres).query(points, distance_upper_bound=_LOOK_MM)
    near = np.flatnonzero(np.isfinite(distance))
    if len(near) > _LOOK_RAYS:
        near = near[(np.arange(_LOOK_RAYS) * len(near)) // _LOOK_RAYS]
    return points[near], normals[near]


def _joined(first: Walls, second: Walls) -> Walls:
    return Walls(*(np.concatenate([getattr(first, k), getattr(second, k)]) for k in Walls.__dataclass_fields__))
