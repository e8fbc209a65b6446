"""Surfaces beside the bone's own: other bones, of the scan or named by the order, and what the plan keeps out of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from anatofit.app.prescription import Job
from anatofit.errors import AnatofitError, PrescriptionError, Reason, ScanUnsuitableError, refuse
from anatofit.geometry.joined import joined
from anatofit.model.anatomy import ELSEWHERE_MM, Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.model.surface_scan import WELDED, SurfaceReport, SurfaceScan

# Two bones share no corner; a file that holds the bone again, written by another program, has it to its digits.
SAME_MM, SAME_SHARE = 0.01, 0.5


@dataclass(frozen=True)
class _Role:
    """What a surface is to the bone, the key that names it, and what may be given in its place."""

    said: str
    key: str
    instead: str


_KEPT_OUT = _Role(
    "that the plan keeps out of", "[[plan.keep_out]] surface", ", or give balls ([[plan.keep_out]] point, radius_mm)"
)
_OTHER_BONE = _Role("of a bone beside", "[source] neighbours", "")


def with_companions(anatomy: Anatomy, job: Job) -> tuple[Anatomy, Sequence[Mesh], tuple[str, ...]]:
    """The anatomy with the other bones that the order names, and with what the plan keeps out of, each as one surface in the bone's
    own frame; those bones one by one; and a sentence for each file of them that was mended.

    Raises ScanUnsuitableError or PrescriptionError for one that is missing, open or elsewhere."""
    bone = anatomy.surfaces["host"]
    others, told_of_others = _read(job, job.neighbours, _OTHER_BONE, bone)
    kept_out, told_of_kept_out = _read(job, job.keep_out, _KEPT_OUT, bone)
    anatomy = with_named(anatomy, others)
    if kept_out:
        anatomy = replace(anatomy, surfaces={**anatomy.surfaces, "keep_out": joined(kept_out)})
    return anatomy, others, (*told_of_others, *told_of_kept_out)


def with_named(anatomy: Anatomy, others: Sequence[Mesh]) -> Anatomy:
    """The anatomy with other bones that somebody named, as one surface; as it was without any."""
    if not others:
        return anatomy
    away = max(_away_mm(anatomy.surfaces["host"], other) for other in others)
    figures = {**anatomy.figures, "neighbours_given_count": float(len(others)), "neighbours_farthest_mm": away}
    return replace(anatomy, surfaces={**anatomy.surfaces, "neighbours": joined(others)}, figures=figures)


def with_scanned(anatomy: Anatomy, others: Sequence[Mesh] | None, places_lps_mm: Sequence[Sequence[float]]) -> Anatomy:
    """The anatomy with the other bones of the scan as one surface, how many they are, and how far the nearest lies from places of the plan;
    without, where nobody looked for them."""
    if others is None:
        return anatomy
    figures = {**anatomy.figures, "neighbours_count": float(len(others))}
    if others and places_lps_mm:
        figures["neighbours_nearest_mm"] = min(_nearest_mm(other, places_lps_mm) for other in others)
    surfaces = {**anatomy.surfaces, **({"neighbours": joined(others)} if others else {})}
    return replace(anatomy, surfaces=surfaces, figures=figures)


def _read(job: Job, paths: Sequence[Path], role: _Role, bone: Mesh) -> tuple[list[Mesh], list[str]]:
    scans = [_closed(job, path, role, number) for number, path in enumerate(paths, start=1)]
    meshes = [scan.mesh for scan in scans]
    refuse([*_elsewhere(bone, meshes, role), *_itself(bone, meshes, role)])
    return meshes, [said for n, scan in enumerate(scans, start=1) for said in _mended(scan.report, role, n)]


def _mended(report: SurfaceReport, role: _Role, number: int) -> Iterator[str]:
    """What was done to a file that no page of the report shows: mended as the bone's own is, noted, or let pass by a waiver."""
    repairs = [repair.sentence for repair in report.repairs if repair.what != WELDED]
    waived = [f"waived ({finding.rule}): {finding.message}" for finding in report.findings if finding.waived]
    if told := [f"{said[:1].lower()}{said[1:]}".rstrip(".") for said in (*repairs, *report.notes, *waived)]:
        yield f"surface {number} {role.said} ({role.key}) is not as its file has it: {'; '.join(told)}. See that it is still what was meant"


def _nearest_mm(other: Mesh, places_lps_mm: Sequence[Sequence[float]]) -> float:
    """From the places to the nearest corner."""
    return min(float(np.linalg.norm(other.vertices_lps_mm - place, axis=1).min()) for place in places_lps_mm)


def _away_mm(bone: Mesh, other: Mesh) -> float:
    """From one surface to the other, corner to corner."""
    return float(corners_off_mm(bone, other).min())


def corners_off_mm(bone: Mesh, other: Mesh) -> FloatArray:
    """From each corner of the other to the bone's nearest."""
    from scipy.spatial import cKDTree

    return np.asarray(cKDTree(bone.vertices_lps_mm).query(other.vertices_lps_mm)[0])


def _itself(bone: Mesh, meshes: Sequence[Mesh], role: _Role) -> Iterator[Reason]:
    """A reason for each surface that is the bone once more: nothing could be set down on what is kept clear of."""
    for number, mesh in enumerate(meshes, start=1):
        share = float((corners_off_mm(bone, mesh) < SAME_MM).mean())
        if share > SAME_SHARE:
            said = (
                f"surface {number} {role.said} ({role.key}) is the bone itself: {100 * share:.0f} % of its corners are the bone's own. "
                "Name what stands beside it"
            )
            yield Reason("plan-surface", said)


def _elsewhere(bone: Mesh, meshes: Sequence[Mesh], role: _Role) -> Iterator[Reason]:
    """A reason for each surface whose box lies far from the bone's: what is kept clear of there guards nothing, and looks as if it did."""
    low, high = bone.bounds_lps_mm
    for number, mesh in enumerate(meshes, start=1):
        others_low, others_high = mesh.bounds_lps_mm
        gap = float(np.linalg.norm(np.maximum(0.0, np.maximum(others_low - high, low - others_high))))
        if gap > ELSEWHERE_MM:
            said = (
                f"surface {number} {role.said} ({role.key}) lies {gap:.0f} mm from the bone; {ELSEWHERE_MM:g} mm at most are wanted. "
                "Export it in the unit and frame of the bone's own file (mm and LPS beside a CT)"
            )
            yield Reason("plan-misses-bone", said)


def _closed(job: Job, path: Path, role: _Role, number: int) -> SurfaceScan:
    """A closed surface, read in the unit and frame of the bone's own; in mm and LPS beside a CT."""
    from anatofit.geometry.canonical import unmatched_edges
    from anatofit.ingest.surface.read import read_surface

    source = job.prescription.source
    unit = "mm" if source.surface is None else source.unit
    try:
        scan = read_surface(path, unit=unit, frame=source.frame, waivers=job.prescription.waiver)
    except ScanUnsuitableError as error:
        raise _told(error, role, number) from error
    if open_edges := unmatched_edges(scan.mesh.faces):
        said = f"surface {number} {role.said} ({role.key}) has {open_edges} open edges; a closed one is wanted. Close it{role.instead}"
        raise ScanUnsuitableError(Reason("surface-open", said))
    return scan


def _told(error: ScanUnsuitableError, role: _Role, number: int) -> AnatofitError:
    """The error with the surface that it is about; a file that is not there is a fault of the order and no property of a scan."""
    told = f"surface {number} {role.said} ({role.key}): "
    if any(reason.rule == "no-surface" for reason in error.reasons):
        return PrescriptionError(Reason("plan-surface", told + reason.message) for reason in error.reasons)
    return ScanUnsuitableError(Reason(reason.rule, told + reason.message) for reason in error.reasons)
