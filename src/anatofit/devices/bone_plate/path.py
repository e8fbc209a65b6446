"""From the surgeon's points to the plate's middle line: on the bone, as short as a rubber band, its corners rounded."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from anatofit.devices.bone_plate.curve import Curve
from anatofit.devices.bone_plate.layout import Station
from anatofit.devices.bone_plate.spec import Axis, BonePlateSpec
from anatofit.devices.guide.layout import triple
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.geodesic import evenly, joined, lengths_mm, rounded, way_over
from anatofit.geometry.nearest import Nearest
from anatofit.geometry.pierce import pierced
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh

FURTHEST_MM = 15.0  # from a point of the path to the bone: proposal
STEP_MM = 1.0
STATION_MM = 2.0
ROUND_MM = (
    4.0,
    12.0,
)  # standard deviation by which corners are rounded: a third of the distance between points, within these
LOOK_MM = 60.0  # around the path, where bone is looked for
LIE_MM = 3.0  # around a place, at least, over which the bone's own normal is taken
EVEN_MM = 3.0  # standard deviation, along the path, by which normals are evened out
BACK = -0.5  # cosine between two stretches of a path: a sharper corner is a way back
TURNS_BACK = (
    "the path turns back on itself on the bone, and tells no plate there. Give points that go on in one direction"
)
LEAST_STEP_SHARE = (
    0.05  # of the way from station to station: where they lie nearer, the path has come back to where it was
)
SHORTEST_MM = 8.0  # of a path: less has no room for two holes
DETOUR = 1.6  # a shadow of an axis so many times longer than the axis jumps from one side of the bone to the other
TIGHT = 1.25  # half widths: the least radius by which a path may turn within the surface


def nearby(bone: Mesh, spec: BonePlateSpec) -> Nearest:
    """The bone around the path. Raises PrescriptionError where none lies there."""
    places = np.array(spec.surgery.places)
    near = Nearest(bone, bounds_mm=np.stack([places.min(axis=0) - LOOK_MM, places.max(axis=0) + LOOK_MM]))
    if near.empty:
        said = f"no bone lies within {LOOK_MM:g} mm of the path. Check its coordinates"
        raise PrescriptionError(Reason("plan-misses-bone", said))
    return near


def curve_of(bone: Mesh, near: Nearest, spec: BonePlateSpec) -> tuple[Curve, float]:
    """The middle line, and how far in mm the surgeon's points lie from it at most. Raises PrescriptionError where there is none."""
    points = _on_bone(near, spec) if spec.surgery.path is not None else None
    if points is not None and _turns_back(points):
        raise PrescriptionError(Reason("no-room", TURNS_BACK))
    way = _through(bone, near, points) if points is not None else _shadow(bone, near, spec.surgery.axis)
    way = evenly(way, count=max(5, round(lengths_mm(way)[-1] / STEP_MM) + 1))
    spacing = lengths_mm(way)[-1] / max(1, (len(points) if points is not None else 2) - 1)
    sigma = float(np.clip(spacing / 3, *ROUND_MM))
    way = rounded(way, near, passes=round(2 * (sigma / STEP_MM) ** 2))
    length = float(lengths_mm(way)[-1])
    if length < SHORTEST_MM:
        said = f"the path is {length:.1f} mm long on the bone; {SHORTEST_MM:g} mm at least are wanted"
        raise PrescriptionError(Reason("no-room", said))
    asked = points if points is not None else way[[0, -1]]
    curve = Curve.of(_stations(way, near, spec, asked))
    _turns(curve)
    return curve, float(curve.near_mm(asked).max())


def _turns_back(points: FloatArray) -> bool:
    """Whether a path goes back at one of its points."""
    along = _unit_rows(np.diff(points, axis=0))
    return bool((np.einsum("ij,ij->i", along[:-1], along[1:]) < BACK).any())


def _unit_rows(rows: FloatArray) -> FloatArray:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1), 1e-9)[:, None])


def _on_bone(near: Nearest, spec: BonePlateSpec) -> FloatArray:
    """The surgeon's points on the bone."""
    asked = np.array(spec.surgery.path)
    places, _ = near.asked(asked)
    reasons = [
        Reason("plan-misses-bone", f"point {number} of the path lies {off:.0f} mm from the bone; {FURTHEST_MM:g} mm at most are wanted. Check its coordinates")
        for number, off in enumerate(np.linalg.norm(places - asked, axis=1), start=1)
        if off > FURTHEST_MM
    ]  # fmt: skip
    if reasons:
        raise PrescriptionError(reasons)
    return places


def _through(bone: Mesh, near: Nearest, points: FloatArray) -> FloatArray:
    try:
        return joined([way_over(bone, near, a, b, step_mm=STEP_MM) for a, b in pairwise(points)])
    except ValueError as error:
        said = "the points of the path lie on pieces of bone that do not hang together. Give points on one of them"
        raise PrescriptionError(Reason("plan-misses-bone", said)) from error


def _shadow(bone: Mesh, near: Nearest, axis: Axis | None) -> FloatArray:
    """The line's shadow on the bone: on the side that is named, or each place at the bone's nearest."""
    assert axis is not None
    start, end = np.array(axis.start), np.array(axis.end)
    long = float(np.linalg.norm(end - start))
    line = start + np.linspace(0.0, 1.0, max(3, round(long / 2.0) + 1))[:, None] * (end - start)
    shadow = near.asked(line)[0] if axis.toward is None else _lit(bone, line, unit_vector(np.array(axis.toward)))
    off = float(np.linalg.norm(shadow - line, axis=1).max())
    if off > LOOK_MM or lengths_mm(shadow)[-1] > DETOUR * max(long, 1.0):
        said = "the axis has no even shadow on the bone. Move it nearer to the bone's surface, or name the side on which the plate lies ([plan.axis] toward)"
        raise PrescriptionError(Reason("plan-misses-bone", said))
    return shadow


def _lit(bone: Mesh, line: FloatArray, toward: FloatArray) -> FloatArray:
    """Where light from a side meets the bone in front of each place of a line; that place itself where it does not."""
    found = []
    for place in line:
        at, enters = pierced(bone, place + LOOK_MM * toward, -toward)
        at = at[enters & (at >= 0.0) & (at <= 2 * LOOK_MM)]
        if not len(at):
            said = "a part of the axis has no bone in front of it or behind it. Check its coordinates and the side that it names"
            raise PrescriptionError(Reason("plan-misses-bone", said))
        found.append(place + (LOOK_MM - at[0]) * toward)
    return np.array(found)


def _stations(way: FloatArray, near: Nearest, spec: BonePlateSpec, asked: FloatArray) -> list[Station]:
    count = max(5, round(lengths_mm(way)[-1] / STATION_MM) + 1)
    points, _ = near.asked(evenly(way, count=count))
    at = lengths_mm(points)
    if float(np.diff(at).min()) < LEAST_STEP_SHARE * STATION_MM:
        raise PrescriptionError(Reason("no-room", TURNS_BACK))
    normals = _normals(points, at, near, radius_mm=max(LIE_MM, spec.width_mm / 2))
    where = _places_along(points, at, asked)
    widths = _profile(at, where, spec.surgery.width_mm, spec.width_mm)
    thick = _run_out(at, _profile(at, where, spec.surgery.thickness_mm, spec.thickness_mm), widths, spec)
    return [
        Station(at_mm=round(float(s), 6), point_lps_mm=triple(p), normal_lps=triple(n), width_mm=round(float(w), 6), thickness_mm=round(float(t), 6))
        for s, p, n, w, t in zip(at, points, normals, widths, thick, strict=True)
    ]  # fmt: skip


def _normals(points: FloatArray, at: FloatArray, near: Nearest, *, radius_mm: float) -> FloatArray:
    """The bone's normals along the path, evened out and square to it."""
    found = near.facing(points, radius_mm=radius_mm)
    weight = np.exp(-0.5 * np.square((at[:, None] - at[None, :]) / EVEN_MM))
    found = np.stack([(weight * found[None, :, axis]).sum(axis=1) for axis in range(3)], axis=1)
    along = np.gradient(points, at, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    found -= along * (found * along).sum(axis=1, keepdims=True)
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12))


def _places_along(points: FloatArray, at: FloatArray, asked: FloatArray) -> FloatArray:
    """How far along the path each of the surgeon's points lies, in rising order."""
    nearest = [int(np.argmin(np.square(points - p).sum(axis=1))) for p in asked]
    where = np.maximum.accumulate(at[nearest])
    where[0], where[-1] = 0.0, at[-1]
    return np.asarray(where)


def _profile(at: FloatArray, where: FloatArray, asked: tuple[float, ...] | None, all_along: float) -> FloatArray:
    return np.full(len(at), all_along) if asked is None else np.interp(at, where, asked)


def _run_out(at: FloatArray, thick: FloatArray, widths: FloatArray, spec: BonePlateSpec) -> FloatArray:
    """The thickness, down to that of the tips, which lie half a width beyond the ends of the path."""
    tip = np.minimum(at + widths[0] / 2, at[-1] - at + widths[-1] / 2)
    share = np.clip(tip / max(spec.runout_mm, 1e-6), 0.0, 1.0)
    return np.asarray(spec.end_thickness_mm + share * (thick - spec.end_thickness_mm))


def _turns(curve: Curve) -> None:
    """Raises PrescriptionError where the path turns within the surface more tightly than a plate of its width can."""
    at = np.arange(0.0, curve.length_mm, STEP_MM)
    along, across, _ = curve.frames(at)
    bend = np.abs((np.gradient(along, at, axis=0) * across).sum(axis=1))
    tight = bend * TIGHT * curve.widths_mm(at) / 2
    worst = int(np.argmax(tight))
    if tight[worst] > 1.0:
        wanted = TIGHT * float(curve.widths_mm(at)[worst]) / 2
        said = (
            f"the path turns by a radius of {1 / bend[worst]:.1f} mm, {at[worst]:.0f} mm from its first point; {wanted:.1f} "
            "mm at least are wanted. Move the points, or lower width_mm"
        )
        raise PrescriptionError(Reason("no-room", said))
