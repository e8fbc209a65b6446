"""SK-FIT, SK-LIMB, SK-WALL, SK-GAP: a socket's inner face against limb, liner and rectification, and its wall, on the exported triangles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.model.words import bracketed
from anatofit.verify.plan_bores import bores_of
from anatofit.verify.regions import in_text, planned
from anatofit.verify.socket_limb import AskedFace, asked_face, seen_from_axis
from anatofit.verify.socket_plan import asked_wall, frame_of
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import BoolArray, IntArray, Surface, face_vectors, spread_points, submesh, unit_rows

SAMPLES = 12_000
_INWARD = -0.3  # cosine between a face's normal and that of the asked face, which looks outward
_BRIM_MM = 1.0  # from the planned edge: the brim's rounding begins there
_BRIM_WALLS = 1.2  # thicknesses of the wall from the edge: the brim's rounding is thinner
_BESIDE_MM = 1.5  # around holes and slots
_BEYOND_MM = 1.0  # a hole's floor lies so far at most beyond what is measured of it
_THROUGH_MM = 15.0  # more than any wall is thick
_DOUBTFUL_MM = 1.0  # from the asked face: an inner face lies nearer to it, an outer one further away
_JUST_BEFORE_MM = 0.05  # a place is not hidden by its own triangle
_END_DEG = 25.0  # around the ray straight down: the distal end


@dataclass(frozen=True, eq=False)
class _Inner:
    """Places spread over the inner face below its brim: LPS, v and angle of the places of the skin that they stand before, distance to the planned
    edge."""

    points: FloatArray
    v: FloatArray
    angle: FloatArray
    to_brim: FloatArray


def socket_inner_median(subject: Subject, _: Requirement) -> Measurement:
    """The median distance in mm between the exported inner face and limb, liner and rectification."""
    off, values = _off(subject)
    return Measurement(float(np.median(off)), "", values)


def socket_inner_p99(subject: Subject, _: Requirement) -> Measurement:
    """The same, 99th percentile; places of the asked face that the part does not have count as well."""
    off, values = _off(subject)
    return Measurement(float(np.percentile(off, 99)), "", values)


def socket_evened(subject: Subject, _: Requirement) -> Measurement:
    """How far the evened limb, on which the socket stands, lies off the scan below the trim line: 95th percentile, in mm."""
    asked = asked_face(subject)
    off = np.abs(asked.even_mm - asked.raw_mm)[asked.below_trim > 0]
    off = off[np.isfinite(off)]
    return Measurement(
        float(np.percentile(off, 95)), "", {"median_mm": float(np.median(off)), "most_mm": float(off.max())}
    )


def socket_wall(subject: Subject, _: Requirement) -> Measurement:
    """By how much the wall is thicker than planned where that is least, in mm: from the inner face the shortest way to the outer."""
    inner = _inner(subject)
    frame = frame_of(subject.plan)
    wanted = asked_wall(subject.plan, frame, inner.v, inner.angle)
    judged = (inner.to_brim > _BRIM_WALLS * wanted) & ~beside_openings(subject, inner.points, float(wanted.max()))
    outer = Surface(submesh(subject.part, ~_looks_inward(subject)))
    found = outer.distance_mm(inner.points[judged])
    more = found - wanted[judged]
    worst = int(more.argmin())
    place = bracketed(inner.points[judged][worst], 1)
    said = f"{found[worst]:.2f} mm at {place} mm, planned {wanted[judged][worst]:.2f} mm"
    return Measurement(
        float(more[worst]), said, {"p5_mm": float(np.percentile(more, 5)), "least_wall_mm": float(found.min())}
    )


def socket_gap(subject: Subject, _: Requirement) -> Measurement:
    """The room between the liner's distal end and the socket, in mm: along the rays around the distal end, 5th percentile."""
    asked = asked_face(subject)
    frame = asked.frame
    rows = asked.v < frame.ball * (1.0 - np.radians(90.0 - _END_DEG))
    floor = seen_from_axis(_surface(subject), frame, asked.v[rows], asked.angle)
    gap = floor - asked.raw_mm[rows] - float(subject.plan["shape"]["liner_mm"])
    sound = np.isfinite(gap) & ~beside_openings(subject, frame.lps(_along(asked, rows, floor).reshape(-1, 3))).reshape(
        gap.shape
    )
    if sound.sum() < 100:
        raise ValueError(f"{int(sound.sum())} rays meet limb and socket at the distal end; 100 are wanted")
    return Measurement(float(np.percentile(gap[sound], 5)), "", {"median_mm": float(np.median(gap[sound]))})


def _along(asked: AskedFace, rows: BoolArray, reach: FloatArray) -> FloatArray:
    v, angle = asked.v[rows], asked.angle
    start, way = asked.frame.rays(np.repeat(v, len(angle)), np.tile(angle, len(v)))
    return np.asarray(start + np.nan_to_num(reach).reshape(-1, 1) * way)


def _off(subject: Subject) -> tuple[FloatArray, dict[str, float]]:
    return subject.once("socket off", lambda: _measured(subject))


def _measured(subject: Subject) -> tuple[FloatArray, dict[str, float]]:
    """From places of the inner face to the asked one, and from places of the asked one to the part."""
    asked, inner = asked_face(subject), _inner(subject)
    there = Surface(asked.mesh()).distance_mm(asked.frame.local(inner.points))
    nodes = asked.face_mm[asked.below_trim > _BRIM_MM]
    nodes = asked.frame.lps(nodes[:: max(1, len(nodes) // (SAMPLES // 3))])
    back = _surface(subject).distance_mm(nodes[~beside_openings(subject, nodes)])
    values = {"places_count": float(len(there)), "most_mm": float(there.max()), "most_back_mm": float(back.max())}
    return np.concatenate([there, back]), values


def _inner(subject: Subject) -> _Inner:
    return subject.once("socket inner", lambda: _looked(subject))


def _looked(subject: Subject) -> _Inner:
    from scipy.spatial import cKDTree

    frame = frame_of(subject.plan)
    points, _, _ = spread_points(submesh(subject.part, _looks_inward(subject)), SAMPLES)
    asked, local = asked_face(subject), frame.local(points)
    to_brim = cKDTree(asked.edge_mm).query(local)[0]
    nearest = cKDTree(asked.face_mm.reshape(-1, 3)).query(local)[1]
    v, angle = _before_skin(asked, local, nearest)
    judged = (
        (asked.below_trim.ravel()[nearest] > 0)
        & (to_brim > _BRIM_MM)
        & ~beside_openings(subject, points)
        & ~in_text(points, subject.plan)
    )
    if judged.sum() < SAMPLES // 4:
        raise ValueError(f"{int(judged.sum())} places of the inner face lie below its brim; {SAMPLES // 4} are wanted")
    return _Inner(points[judged], v[judged], angle[judged], to_brim[judged])


def _before_skin(asked: AskedFace, local_mm: FloatArray, nearest: IntArray) -> tuple[FloatArray, FloatArray]:
    """v and angle of the skin that places of the inner face were moved away from: those of the nearest node, and what they lie beside it.

    The plan counts thickness there; before a flare, 10 mm off the skin, the place itself lies 3 mm higher or lower on the chart.
    """
    row, column = np.divmod(nearest, len(asked.angle))
    here, there = asked.frame.chart(local_mm), asked.frame.chart(asked.face_mm[row, column])
    return asked.v[row] + here[0] - there[0], asked.angle[column] + here[1] - there[1]


def _looks_inward(subject: Subject) -> BoolArray:
    """(m,) faces that look the other way than the asked face beside them does, as an inner face's do; those of holes and letters may."""
    return subject.once("socket inward", lambda: _turned_inward(subject))


def _turned_inward(subject: Subject) -> BoolArray:
    from scipy.spatial import cKDTree

    asked = asked_face(subject)
    centres = asked.frame.local(subject.part.triangles_lps_mm.mean(axis=1))
    away, nearest = cKDTree(asked.face_mm.reshape(-1, 3)).query(centres)
    normals = unit_rows(face_vectors(subject.part)) @ asked.frame.axes.T
    turned = np.einsum("ij,ij->i", normals, asked.outward.reshape(-1, 3)[nearest]) < _INWARD
    doubtful = np.flatnonzero(turned == (away > _DOUBTFUL_MM))
    turned[doubtful] = ~_hidden(subject, centres[doubtful])
    return np.asarray(turned)


def _hidden(subject: Subject, places_mm: FloatArray) -> BoolArray:
    """Which places of the part its own wall hides from the limb's axis. A block that stands out beside the limb turns sides inward too,
    and a rough inner face has facets that do not; neither is told by its normal."""
    frame = frame_of(subject.plan)
    start, way = frame.rays(*frame.chart(places_mm))
    far = ((places_mm - start) * way).sum(axis=1)
    ends = start + (far - _JUST_BEFORE_MM)[:, None] * way
    return np.asarray(np.isfinite(_surface(subject).first_hits(frame.lps(start), frame.lps(ends))[0]))


def beside_openings(subject: Subject, points: FloatArray, by_mm: float = _BESIDE_MM) -> BoolArray:
    """In a hole, a bore or a slot of the plan, or so near to one."""
    out = np.zeros(len(points), dtype=bool)
    for bore in (*bores_of(subject.plan, "holes"), *bores_of(subject.plan, "bores")):
        near = np.linalg.norm(bore.aside(points), axis=1) < bore.diameter_mm / 2 + by_mm
        out |= near & (bore.along_mm(points) > bore.low_mm - _BEYOND_MM - by_mm)
    for slot in planned(subject.plan, "vents"):
        off = points - np.array(slot["centre_lps_mm"])
        along, away = np.array(slot["along_lps"]), np.array(slot["axis_lps"])
        beside = np.abs(off @ np.cross(along, away)) < float(slot["width_mm"]) / 2 + by_mm
        out |= (
            beside & (np.abs(off @ along) < float(slot["length_mm"]) / 2 + by_mm) & (np.abs(off @ away) < _THROUGH_MM)
        )
    return out


def _surface(subject: Subject) -> Surface:
    return subject.once("surface", lambda: Surface(subject.part))
