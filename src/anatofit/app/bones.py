"""What a run keeps of a surface that it is made from, and the bone as devices take it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from anatofit.app.anatomical import plan_marks, plan_places, with_order_axes
from anatofit.app.companions import with_companions
from anatofit.app.pose import pose_remarks
from anatofit.app.prescription import Job
from anatofit.app.sides import BESIDE, HALF, HALF_UNTOLD, HALVES, untold_side
from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.model.anatomy import Anatomy
from anatofit.model.case import Waiver
from anatofit.model.finding import Finding
from anatofit.model.frame import Laterality, Plane
from anatofit.model.mesh import Mesh
from anatofit.model.provenance import FileBalance, SurfaceFacts
from anatofit.model.surface_scan import SurfaceFrame

if TYPE_CHECKING:
    from anatofit.locate.halves import Places
    from anatofit.locate.located import LocatedBone
    from anatofit.model.surface_scan import SurfaceScan

TURNED = "surface and plan were turned from RAS to LPS: everything in the pack is in LPS"
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


def used_waivers(job: Job, scan: SurfaceScan, needed: Iterable[str] = ()) -> list[Waiver]:
    """The waivers that the surface needed, and of `needed` those that what was found in it did."""
    rules = {f.rule for f in scan.report.findings if f.waived} | set(needed)
    return [w for w in job.prescription.waiver if w.rule in rules]


def waives(job: Job, rule: str) -> bool:
    """Whether a person waived the rule."""
    return any(waiver.rule == rule for waiver in job.prescription.waiver)


def locate_bone(mesh: Mesh, job: Job) -> tuple[Anatomy, tuple[str, ...]]:
    """A bone as devices take it, with what was recognised of it, other bones that the order names, and what the plan keeps out of;
    and what a person must know of how they came.

    Raises ScanUnsuitableError for a surface that is not closed, is of the other side, or not of the bone that was named, and for marks of
    the other side.
    """
    from anatofit.app.beside import axis_beside, known_beside
    from anatofit.app.named_sides import check_named_sides
    from anatofit.locate.long_bone import OTHER, locate_long_bone

    ordered = job.prescription.order.laterality
    bone = closed_bone(mesh, ordered)
    named = job.prescription.locate.bone
    found = locate_long_bone(mesh, ordered=ordered, bone=named)
    anatomy = bone if found is None else recognised(bone, found)
    whole, others, mended = with_companions(with_order_axes(job, anatomy), job)
    beside = known_beside(mesh, others, ordered) if found is None and named != OTHER else None
    if beside is not None:
        planes = {**whole.planes, **axis_beside(mesh, beside)}
        whole = replace(whole, beside=beside.bone, planes=planes)
        anatomy = replace(recognised(bone, beside), bone=f"{beside.bone} beside the bone")
    known = found or beside
    check_named_sides(plan_marks(job), ordered, known)
    unsided = [] if known is None else untold_side(known.bone, known.laterality, ordered, beside=found is None)
    return whole, (*pose_remarks(anatomy, job.prescription.source.frame), *unsided, *mended)


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


def recognised_as(bone: Anatomy, job: Job) -> str:
    """Which bone was recognised, or which beside it; of another in the patient's own frame, what the plan was judged to be by the bone's halves.

    Raises ScanUnsuitableError where the plan, one of its trajectories, or what is marked with a side, lies on the other half.
    """
    from anatofit.locate.halves import check_marks, middle_plane, side_in

    source, side = job.prescription.source, job.prescription.order.laterality
    if bone.bone or bone.beside or (source.surface is not None and source.frame is None):
        return bone.bone or (BESIDE + bone.beside if bone.beside else "")
    places = plan_places(job) if side in (Laterality.LEFT, Laterality.RIGHT) else []
    items = [item for item in plan_marks(job) if item.places]
    marked = [(mark, item.places) for item in items for mark in item.marks if side_in(mark)]
    middle = middle_plane(bone.surfaces["host"]) if places or marked else None
    if middle is None:
        return ""
    check_marks(middle, marked)
    return _of_halves(middle, places, [(item.what, item.places) for item in items], side) if places else ""


def _of_halves(middle: Plane, places: Places, named: Sequence[tuple[str, Places]], side: Laterality) -> str:
    """What a plan's places, and the named things of it, are judged to be by a bone's middle plane."""
    from anatofit.locate.halves import check_each, lies_on_ordered_half, reaches_over

    told = HALF if lies_on_ordered_half(middle, places, side) else HALF_UNTOLD
    check_each(middle, named, side)
    all_places = [*places, *(at for _, found in named for at in found)]
    return HALVES if reaches_over(middle, all_places, side) else told


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
