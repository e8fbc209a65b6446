"""Which way is up: stated, implied by the frame, or shown by the shape; never chosen in silence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.orient import face_areas
from anatofit.ingest.rules import found
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.model.scan import ScanFinding
from anatofit.model.surface_scan import BoundaryLoop, SurfaceAnatomy, SurfaceFrame

UP = re.compile(r"[+-][xyz]")
# x and y of RAS and LPS point the other way: half a turn about z, so that no side is changed.
RAS_TO_LPS: FloatArray = np.array([-1.0, -1.0, 1.0])
# The shape contradicts what is stated beyond this: halfway to the next axis.
_APART_DEG = 45.0
# An opening tells up where its area is this share of the surface's and one loop has most of all open edge.
_OPEN_SHARE, _ONE_LOOP = 0.02, 0.7
# A shape is long where its longest extent is so much more than the next.
_LONG = 1.4
# A sole: faces that look within 20° the same way, no deeper than 4 mm behind the plane that the shape would stand on,
# and larger than any other such place by a third (proposals, to be confirmed).
_SOLE_COS, _SOLE_DEPTH_MM, _SOLE_BEFORE_NEXT = np.cos(np.radians(20.0)), 4.0, 1.33
_ELSEWHERE_COS = np.cos(np.radians(45.0))
# Directions asked for a sole, spread evenly (Fibonacci sphere): neighbours are some 6° apart.
_ASKED = 1500
_FACES_ASKED = 20_000


@dataclass(frozen=True)
class Attitude:
    """Up as a unit vector in the mesh's coordinates, how it is known, and what contradicts it."""

    up: FloatArray | None
    origin: str
    findings: tuple[ScanFinding, ...] = ()


def stated_up(text: str | None, frame: SurfaceFrame) -> FloatArray | None:
    """A direction such as "+z" in the file's own axes, as a vector in the mesh's. Raises PrescriptionError for any other word."""
    if text is None:
        return None
    if not UP.fullmatch(text):
        raise PrescriptionError(Reason("order-key", 'source.up: a direction such as "+z" or "-y" is wanted'))
    vector = np.zeros(3)
    vector["xyz".index(text[1])] = 1.0 if text[0] == "+" else -1.0
    return np.asarray(vector * RAS_TO_LPS + 0.0) if frame is SurfaceFrame.RAS else vector


def attitude_of(
    mesh: Mesh,
    loops: tuple[BoundaryLoop, ...],
    *,
    stated: FloatArray | None,
    frame: SurfaceFrame,
    anatomy: SurfaceAnatomy | None = None,
) -> Attitude:
    """What is stated before what the frame implies before what the shape shows; a contradiction with the shape is a finding."""
    shown = shown_up(mesh, loops, foot=anatomy is SurfaceAnatomy.FOOT)
    given, origin = stated, "stated"
    if given is None and frame is not SurfaceFrame.AS_STATED:
        given, origin = np.array([0.0, 0.0, 1.0]), "z of the stated frame"
    if given is None:
        return Attitude(*shown) if shown else Attitude(None, "")
    findings = []
    if shown and given @ shown[0] < np.cos(np.radians(_APART_DEG)):
        angle = float(np.degrees(np.arccos(np.clip(given @ shown[0], -1, 1))))
        was = f"Up ({origin}) lies {angle:.0f}° from {_words(shown[0])}, where {shown[1]} shows it to be"
        findings.append(found("surface-up", was, measured=angle, limit=_APART_DEG, unit="deg"))
    return Attitude(given, origin, tuple(findings))


def _words(direction: FloatArray) -> str:
    return "(" + ", ".join(f"{v:.2f}" for v in direction + 0.0) + ")"


def shown_up(mesh: Mesh, loops: tuple[BoundaryLoop, ...], *, foot: bool = False) -> tuple[FloatArray, str] | None:
    """Up as the shape shows it, and by what; None where it does not. A closed shape shows it only where it is said to be a foot."""
    areas = face_areas(mesh.vertices_lps_mm, mesh.faces)
    opening = _opening(areas, loops)
    if opening is None:
        sole = _sole(mesh, areas) if foot and not loops else None
        along = _long_axis(mesh)
        # the flat end of a leg that was cut lies across its length, a sole along it
        whole = sole is not None and along is not None and abs(along @ sole) < _ELSEWHERE_COS
        return (-sole, "the flat sole") if sole is not None and whole else None
    axis = _long_axis(mesh)
    if axis is not None and abs(axis @ opening) > _ELSEWHERE_COS:
        return axis * np.sign(axis @ opening), "the long axis towards the open end"
    sole = _sole(mesh, areas) if foot else None
    if sole is not None and -sole @ opening > _ELSEWHERE_COS:
        return -sole, "the flat sole below the open end"
    return opening, "the open end"


def _opening(areas: FloatArray, loops: tuple[BoundaryLoop, ...]) -> FloatArray | None:
    """The direction that the one opening looks in: what the closed part's areas lack to cancel out."""
    open_length = sum(loop.facts.perimeter_mm for loop in loops)
    if not loops or loops[0].facts.perimeter_mm < _ONE_LOOP * open_length:
        return None
    missing = -areas.sum(axis=0)
    length = float(np.linalg.norm(missing))
    return np.asarray(missing / length) if length > _OPEN_SHARE * np.linalg.norm(areas, axis=1).sum() else None


def principal_extents(points: NDArray[Any]) -> tuple[FloatArray, FloatArray]:
    """Extents along the principal axes, the longest first, and the axes as rows."""
    off = points - points.mean(axis=0)
    axes = np.linalg.eigh(np.asarray(off.T @ off, dtype=np.float64))[1].T[::-1]
    extents = np.ptp(off @ axes.T, axis=0)
    order = np.argsort(-extents, kind="stable")
    return np.asarray(extents[order], dtype=np.float64), np.asarray(axes[order])


def _long_axis(mesh: Mesh) -> FloatArray | None:
    extents, axes = principal_extents(mesh.vertices_lps_mm)
    return axes[0] if extents[0] > _LONG * extents[1] else None


def _sole(mesh: Mesh, areas: FloatArray) -> FloatArray | None:
    """The direction in which the shape would stand on the largest flat place, where one is larger than all others by a third."""
    chosen = slice(None, None, len(areas) // _FACES_ASKED + 1)
    areas, middle = areas[chosen], mesh.vertices_lps_mm[mesh.faces[chosen]].mean(axis=1)
    size = np.linalg.norm(areas, axis=1)
    normals = areas / np.where(size > 0, size, 1.0)[:, None]
    asked = _sphere()
    flat = np.array([_flat_area(d, normals, middle, size) for d in asked])
    best = int(np.argmax(flat))
    elsewhere = asked @ asked[best] < _ELSEWHERE_COS
    if flat[best] <= 0 or flat[best] < _SOLE_BEFORE_NEXT * flat[elsewhere].max():
        return None
    facing = (normals @ asked[best] > _SOLE_COS) & (
        middle @ asked[best] > (middle @ asked[best]).max() - _SOLE_DEPTH_MM
    )
    mean = areas[facing].sum(axis=0)
    return np.asarray(mean / np.linalg.norm(mean))


def _flat_area(direction: FloatArray, normals: FloatArray, middle: FloatArray, size: FloatArray) -> float:
    facing = normals @ direction > _SOLE_COS
    if not facing.any():
        return 0.0
    height = middle @ direction
    return float(size[facing & (height > height.max() - _SOLE_DEPTH_MM)].sum())


def _sphere() -> FloatArray:
    n = np.arange(_ASKED)
    z = 1 - (2 * n + 1) / _ASKED
    angle = n * np.pi * (3 - np.sqrt(5))
    r = np.sqrt(1 - z**2)
    return np.stack([r * np.cos(angle), r * np.sin(angle), z], axis=1)
