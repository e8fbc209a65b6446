"""What a run keeps of a surface that it is made from, and the bone as devices take it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from anatofit.app.prescription import Job
from anatofit.errors import AnatofitError, PrescriptionError, Reason, ScanUnsuitableError, refuse
from anatofit.model.anatomy import Anatomy
from anatofit.model.case import Waiver
from anatofit.model.finding import Finding
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.model.provenance import FileBalance, SurfaceFacts
from anatofit.model.surface_scan import SurfaceFrame

if TYPE_CHECKING:
    from anatofit.locate.located import LocatedBone
    from anatofit.model.surface_scan import SurfaceScan

TURNED = "surface and plan were turned from RAS to LPS: everything in the pack is in LPS"
FAR_MM = 150.0  # between a bone and what its plan keeps out of: no drill through the one comes near the other. Proposal
NO_IDENTITY = "a surface bears no patient identity: whose bone it is was not checked"


def surface_facts(scan: SurfaceScan) -> SurfaceFacts:
    """What the report says of the surface."""
    report = scan.report
    x, y, z = report.extent or (0.0, 0.0, 0.0)
    return SurfaceFacts(
        input=scan.input,
        identity=NO_IDENTITY,
        research=NO_IDENTITY,
        files=FileBalance(received=1, accepted=1),
        notes=[*report.notes, *([TURNED] if scan.frame is SurfaceFrame.RAS else [])],
        format=report.format,
        unit=report.unit.value if report.unit else "",
        unit_from=report.unit_from,
        frame=scan.frame.value,
        triangles=len(scan.mesh.faces),
        extent_mm=(x, y, z),
        area_mm2=round(float(report.area or 0.0), 3),
        volume_mm3=round(scan.mesh.volume_mm3, 3),
        mended=[repair.sentence for repair in report.repairs],
    )


def surface_findings(scan: SurfaceScan) -> list[Finding]:
    """What was measured of the surface: that no triangle was lost, and what a person waived."""
    balance = scan.report.balance
    lost = 0.0 if balance is not None and balance.holds else 1.0
    kept = Finding(
        id="surface-balance", what="triangles of the file that are neither kept nor told why not", measured=lost,
        unit="faults", limit_high=0.0, passed=lost == 0.0, basis="scan",
    )  # fmt: skip
    waived = [
        Finding(id=f.rule, what=f.message, measured=f.measured if f.measured is not None else 1.0, unit=f.unit or "faults",
                limit_high=f.limit, passed=False, waived=True, basis="scan")
        for f in scan.report.findings if f.waived
    ]  # fmt: skip
    return [kept, *waived]


def used_waivers(job: Job, scan: SurfaceScan) -> list[Waiver]:
    """The waivers that the surface needed."""
    needed = {f.rule for f in scan.report.findings if f.waived}
    return [w for w in job.prescription.waiver if w.rule in needed]


def locate_bone(mesh: Mesh, job: Job) -> Anatomy:
    """A bone as devices take it, with what was recognised of it and what the plan keeps out of.

    Raises ScanUnsuitableError for a surface that is not closed, is of the other side, or not of the bone that was named.
    """
    from anatofit.locate.long_bone import locate_long_bone

    ordered = job.prescription.order.laterality
    bone = closed_bone(mesh, ordered)
    found = locate_long_bone(mesh, ordered=ordered, bone=job.prescription.locate.bone)
    return with_keep_out(bone if found is None else recognised(bone, found), job)


def closed_bone(mesh: Mesh, laterality: Laterality) -> Anatomy:
    """The bone as it stands. Raises ScanUnsuitableError where it is open: inside and outside would be a guess."""
    from anatofit.geometry.canonical import unmatched_edges

    if open_edges := unmatched_edges(mesh.faces):
        said = f"the surface of the bone has {open_edges} open edges; a closed one is wanted. Export the whole bone, or close it where it was cut"
        raise ScanUnsuitableError(Reason("surface-open", said))
    return Anatomy(
        kind="bone", laterality=laterality, surfaces={"host": mesh}, figures={"bone_volume_mm3": mesh.volume_mm3}
    )


def recognised(anatomy: Anatomy, found: LocatedBone) -> Anatomy:
    """The bone with what its shape told."""
    figures = {**anatomy.figures, **found.figures}
    return replace(anatomy, bone=found.bone, landmarks=found.landmarks, planes=found.planes, figures=figures)


def bone_sentence(anatomy: Anatomy) -> str:
    """For the methods paragraph."""
    if not anatomy.bone:
        return "The bone was taken as it stands."
    return (
        f"Landmarks and axes of a {anatomy.bone} were found on the bone by its shape, and its side was judged by them."
    )


def with_models(anatomy: Anatomy, job: Job, plan: Mapping[str, Any]) -> Anatomy:
    """The anatomy with what the plan makes of it, as a corrected bone, among its surfaces: as it is filed and shown."""
    from anatofit.devices.base import models_of

    made = models_of(job.device, anatomy, job.device.read_plan(plan))
    return replace(anatomy, surfaces={**anatomy.surfaces, **made}) if made else anatomy


def with_neighbours(anatomy: Anatomy, others: Sequence[Mesh] | None) -> Anatomy:
    """The anatomy with the other bones of the scan as one surface, and how many they are; without, where nobody looked for them."""
    if others is None:
        return anatomy
    figures = {**anatomy.figures, "neighbours_count": float(len(others))}
    surfaces = {**anatomy.surfaces, **({"neighbours": _joined(others)} if others else {})}
    return replace(anatomy, surfaces=surfaces, figures=figures)


def with_keep_out(anatomy: Anatomy, job: Job) -> Anatomy:
    """The anatomy with the surfaces that the plan keeps out of, in the bone's own frame, as one. Raises ScanUnsuitableError."""
    if not job.keep_out:
        return anatomy
    meshes = [_kept_out(job, path, number) for number, path in enumerate(job.keep_out, start=1)]
    refuse(_elsewhere(anatomy.surfaces["host"], meshes))
    return replace(anatomy, surfaces={**anatomy.surfaces, "keep_out": _joined(meshes)})


def _elsewhere(bone: Mesh, kept_out: Sequence[Mesh]) -> Iterator[Reason]:
    """A reason for each surface whose box lies far from the bone's: what is kept out of there guards nothing, and looks as if it did."""
    low, high = bone.bounds_lps_mm
    for number, mesh in enumerate(kept_out, start=1):
        others_low, others_high = mesh.bounds_lps_mm
        gap = float(np.linalg.norm(np.maximum(0.0, np.maximum(others_low - high, low - others_high))))
        if gap > FAR_MM:
            said = (
                f"surface {number} that the plan keeps out of lies {gap:.0f} mm from the bone; {FAR_MM:g} mm at most are wanted. "
                "Export it in the unit and frame of the bone's own file (mm and LPS beside a CT)"
            )
            yield Reason("plan-misses-bone", said)


def _kept_out(job: Job, path: Path, number: int) -> Mesh:
    """A closed surface, read in the unit and frame of the bone's own; in mm and LPS beside a CT."""
    from anatofit.geometry.canonical import unmatched_edges
    from anatofit.ingest.surface.read import read_surface

    source = job.prescription.source
    unit = "mm" if source.surface is None else source.unit
    try:
        mesh = read_surface(path, unit=unit, frame=source.frame, waivers=job.prescription.waiver).mesh
    except ScanUnsuitableError as error:
        raise _of_kept_out(error, number) from error
    if open_edges := unmatched_edges(mesh.faces):
        said = (
            f"surface {number} that the plan keeps out of has {open_edges} open edges; a closed one is wanted. "
            "Close it, or give balls ([[plan.keep_out]] point, radius_mm)"
        )
        raise ScanUnsuitableError(Reason("surface-open", said))
    return mesh


def _of_kept_out(error: ScanUnsuitableError, number: int) -> AnatofitError:
    """The error with the surface that it is about; a file that is not there is a fault of the plan and no property of a scan."""
    told = f"surface {number} that the plan keeps out of ([[plan.keep_out]] surface): "
    if any(reason.rule == "no-surface" for reason in error.reasons):
        return PrescriptionError(Reason("plan-surface", told + reason.message) for reason in error.reasons)
    return ScanUnsuitableError(Reason(reason.rule, told + reason.message) for reason in error.reasons)


def _joined(meshes: Sequence[Mesh]) -> Mesh:
    starts = np.cumsum([0, *(len(m.vertices_lps_mm) for m in meshes[:-1])])
    faces = [m.faces + start for m, start in zip(meshes, starts, strict=True)]
    return Mesh(np.concatenate([m.vertices_lps_mm for m in meshes]), np.concatenate(faces))
