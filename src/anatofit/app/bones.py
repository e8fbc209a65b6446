"""What a run keeps of a surface that it is made from, and the bone as devices take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anatofit.app.prescription import Job
from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.model.anatomy import Anatomy
from anatofit.model.case import Waiver
from anatofit.model.finding import Finding
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.model.provenance import FileBalance, SurfaceFacts

if TYPE_CHECKING:
    from anatofit.model.surface_scan import SurfaceScan

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
        notes=list(report.notes),
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


def closed_bone(mesh: Mesh, laterality: Laterality) -> Anatomy:
    """The bone as it stands. Raises ScanUnsuitableError where it is open: inside and outside would be a guess."""
    from anatofit.geometry.canonical import unmatched_edges

    if open_edges := unmatched_edges(mesh.faces):
        said = f"the surface of the bone has {open_edges} open edges; a closed one is wanted. Export the whole bone, or close it where it was cut"
        raise ScanUnsuitableError(Reason("surface-open", said))
    return Anatomy(
        kind="bone", laterality=laterality, surfaces={"host": mesh}, figures={"bone_volume_mm3": mesh.volume_mm3}
    )
