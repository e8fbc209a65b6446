"""A foot as devices take it: recognised by its shape, with the pressures under it where the order names a map of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anatofit.app import bones, holes
from anatofit.app.holes import HOLE_RULE
from anatofit.app.pose import pose_remarks
from anatofit.app.prescription import Job
from anatofit.app.sides import FOOT, FOOT_UNTOLD
from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.model.anatomy import Anatomy
from anatofit.model.case import Waiver
from anatofit.model.frame import Laterality
from anatofit.model.provenance import SurfaceFacts

if TYPE_CHECKING:
    from anatofit.locate.foot.last import LaidLast
    from anatofit.locate.foot.located import LocatedFoot
    from anatofit.model.part import Part
    from anatofit.model.pictures import Pictures
    from anatofit.model.pressure import Gait, PressureOnFoot
    from anatofit.model.surface_scan import SurfaceScan

NO_IDENTITY = "a surface bears no patient identity: whose foot it is was not checked"
_SIDES = {"R": "right", "L": "left"}


def surface_facts(scan: SurfaceScan) -> SurfaceFacts:
    """What the report says of the surface."""
    return bones.surface_facts(scan).model_copy(update={"identity": NO_IDENTITY, "research": NO_IDENTITY})


def found_foot(scan: SurfaceScan, job: Job) -> LocatedFoot:
    """The foot of an order. Raises ScanUnsuitableError for what is no foot, is of the other side, or has holes beneath that stop it."""
    from anatofit.locate.foot.find import locate_foot as located

    foot = located(scan.mesh, ordered=job.prescription.order.laterality, up_lps=scan.up)
    holes.of_foot(scan, foot).stop(waived=bones.waives(job, HOLE_RULE))
    return foot


def anatomy_of(foot: LocatedFoot, job: Job) -> tuple[Anatomy, str]:
    """The foot in the waist's words, and a sentence about it. Raises ScanUnsuitableError for a map or a last that does not lie on it."""
    from anatofit.locate.foot.waist import anatomy_of as put

    pressure, of_map = (None, "") if job.pressure is None else _pressure(foot, job.pressure)
    last, of_last = (None, "") if job.last is None else _last(foot, job.last, job)
    return put(foot, pressure, last), " ".join(filter(None, (_sentence(foot), of_map, of_last)))


def told_by(foot: LocatedFoot) -> str:
    """What told the side (see `remarks`)."""
    return FOOT if foot.side.laterality is foot.laterality else FOOT_UNTOLD


def used_waivers(job: Job, scan: SurfaceScan, foot: LocatedFoot) -> list[Waiver]:
    """The waivers that the surface needed, and one of holes beneath the foot."""
    return bones.used_waivers(job, scan, [HOLE_RULE] if holes.of_foot(scan, foot).unsure else [])


def noticed(job: Job, anatomy: Anatomy, foot: LocatedFoot, scan: SurfaceScan) -> tuple[str, ...]:
    """What a person must know of the foot as it came: the frame that it contradicts, and its holes beneath."""
    told = holes.of_foot(scan, foot).told(waived=bones.waives(job, HOLE_RULE))
    return (*pose_remarks(anatomy, job.prescription.source.frame), *told)


def _pressure(foot: LocatedFoot, path: Path) -> tuple[PressureOnFoot, str]:
    from anatofit.ingest.surface.pressure_map import read_pressure_map
    from anatofit.locate.foot.pressure import lay_on

    read = read_pressure_map(path)
    laid = lay_on(foot, read)
    return laid, (
        f"A map of plantar pressure (SHA-256 {read.sha256}) was laid on the sole: {laid.by}; loaded cells and sole share "
        f"{laid.overlap:.0%} of what they cover together; greatest pressure {laid.peak_kpa:.0f} kPa on the sole ({read.kpa.max():.0f} kPa in its greatest "
        f"cell).{_of_frames(read.gait)}"
    )


def _of_frames(gait: Gait | None) -> str:
    if gait is None:
        return ""
    return (
        f" The map is the greatest of each cell over the {gait.frames} frames of one step ({gait.step_s:.2f} s at {gait.rate_hz:g} Hz); "
        f"pressure by time is {gait.integral_kpa_s.max():.0f} kPa·s, and contact {gait.contact_s.max():.2f} s, at most."
    )


def _last(foot: LocatedFoot, path: Path, job: Job) -> tuple[LaidLast, str]:
    """The last in a file, in the unit of the foot's, laid under the foot. Raises ScanUnsuitableError."""
    from anatofit.ingest.surface.read import read_surface
    from anatofit.locate.foot.last import lay_last

    try:
        scan = read_surface(path, unit=job.prescription.source.unit)
        laid = lay_last(foot, scan.mesh)
    except ScanUnsuitableError as error:
        raise ScanUnsuitableError(Reason(r.rule, f"the last: {r.message}") for r in error.reasons) from error
    side = "its bottom does not tell its side" if laid.side is Laterality.UNPAIRED else "it is of the foot's side"
    return laid, (
        f"A shoe last (SHA-256 {scan.sha256}) was laid under the foot, heel behind heel and ball beneath ball; {side}; its bottom reaches "
        f"{laid.longer_mm:.1f} mm beyond the foremost toe."
    )


def _sentence(foot: LocatedFoot) -> str:
    side, sure = _SIDES[foot.laterality.value], foot.side.confidence
    by = (
        f"by its shape (confidence {sure:.2f})"
        if foot.side.laterality is foot.laterality
        else "by the order: its shape does not tell"
    )
    return (
        f"The surface was recognised as a {foot.form} and stood on its plantar plane, its axis from the heel along the second ray; it is of the "
        f"{side} side {by}. Landmarks and measures were found by rule, each with a confidence."
    )


def depict(
    job: Job, anatomy: Anatomy, parts: tuple[Part, ...], plan: Mapping[str, Any], *, patient_axes: bool
) -> Pictures:
    """What the report shows of a device under its foot."""
    from anatofit.devices.base import lifted_of, pressures_of, zone_at_of
    from anatofit.report.data import Scene
    from anatofit.report.on_foot import depict as drawn

    made = job.device.read_plan(plan)
    return drawn(
        Scene(anatomy, {p.name: p.mesh for p in parts}, plan),
        pressures_of(job.device, anatomy, made),
        lifted_mm=lifted_of(job.device, anatomy, made),
        zone_at=zone_at_of(job.device, made),
        patient_axes=patient_axes,
    )
