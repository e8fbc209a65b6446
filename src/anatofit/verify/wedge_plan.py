"""The wedge of a plan, as numbers, and where the planes of its cuts meet the bone: of the exported bone, by its triangles alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.verify.slot_walls import SlotFit, slot_fits
from anatofit.verify.subject import Subject
from anatofit.verify.surface import Surface

_SPAN_MM = 200.0  # a hinge line leaves every bone within that


@dataclass(frozen=True)
class Wedge:
    """The ordered wedge: its angle, a point and the direction of its hinge line, and the numbers of its slots."""

    kind: str
    angle_deg: float
    hinge_lps_mm: FloatArray
    axis_lps: FloatArray
    cuts: tuple[int, ...]

    def out_of(self, normal_lps: FloatArray, towards_lps_mm: FloatArray) -> FloatArray:
        """In a plane through the hinge line, square to the line: the direction to the side on which a place lies."""
        out = unit_vector(np.cross(self.axis_lps, normal_lps))
        return out if float((towards_lps_mm - self.hinge_lps_mm) @ out) > 0 else -out


def wedge_of(subject: Subject) -> Wedge:
    """The plan's wedge. Raises ValueError where it has none."""
    entry: Any = subject.plan.get("wedge")
    if not entry:
        raise ValueError("the plan has no wedge; this requirement is made only where it has one")
    return Wedge(
        kind=str(entry["kind"]),
        angle_deg=float(entry["angle_deg"]),
        hinge_lps_mm=np.asarray(entry["hinge_lps_mm"], dtype=np.float64),
        axis_lps=unit_vector(np.asarray(entry["axis_lps"], dtype=np.float64)),
        cuts=tuple(int(n) for n in entry["cuts"]),
    )


def cut_fits(subject: Subject, wedge: Wedge) -> list[SlotFit]:
    """How the slots of the wedge's cuts lie in the part. Raises ValueError where one is not there."""
    by_number = {fit.slot.number: fit for fit in slot_fits(subject)}
    fits = [by_number[n] for n in wedge.cuts]
    missing = [f"slot {fit.slot.number}: {fit.missing}" for fit in fits if not fit.found]
    if missing:
        raise ValueError("; ".join(missing))
    return fits


def outline_points(mesh: Mesh, point_lps_mm: FloatArray, normal_lps: FloatArray) -> FloatArray:
    """`(n, 3)` places where a plane goes through the edges of a mesh. Raises ValueError where it meets none."""
    away = (mesh.vertices_lps_mm - point_lps_mm) @ normal_lps
    a, b = mesh.faces.ravel(), np.roll(mesh.faces, -1, axis=1).ravel()
    cut = (away[a] < 0) != (away[b] < 0)
    if not cut.any():
        raise ValueError("the plane of a cut does not meet the bone")
    a, b = a[cut], b[cut]
    share = (away[a] / (away[a] - away[b]))[:, None]
    return np.asarray(mesh.vertices_lps_mm[a] * (1 - share) + mesh.vertices_lps_mm[b] * share)


def hinge_ends(subject: Subject, wedge: Wedge) -> FloatArray:
    """`(2, 3)` where the hinge line leaves the bone. Raises ValueError where it does not run through it."""
    if subject.host is None:
        raise subject.absent("models/host.stl")
    host = Surface(subject.host)
    starts = wedge.hinge_lps_mm + np.outer([_SPAN_MM, -_SPAN_MM], wedge.axis_lps)
    away, _ = host.first_hits(starts, starts[::-1])
    if not np.isfinite(away).all():
        raise ValueError("the hinge line does not run through the bone")
    return np.asarray(starts + np.outer(away * [-1.0, 1.0], wedge.axis_lps))
