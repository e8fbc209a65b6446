"""A residual limb as devices take it: found in the surface of the order, with what a person overruled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from anatofit.app import bones, holes
from anatofit.app.pose import pose_remarks
from anatofit.app.prescription import Job
from anatofit.app.sides import LIMB, LIMB_UNTOLD
from anatofit.model.anatomy import Anatomy
from anatofit.model.case import Waiver
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.level import LevelRow
from anatofit.model.provenance import SurfaceFacts
from anatofit.model.surface_scan import MM_PER_UNIT, SurfaceFrame, SurfaceScan, Unit

if TYPE_CHECKING:
    from anatofit.locate.limb.held import Held
    from anatofit.locate.limb.located import LocatedLimb
    from anatofit.model.part import Part
    from anatofit.model.pictures import Pictures

NO_IDENTITY = "a surface bears no patient identity: whose limb it is was not checked"
SIDE_RULE, MARK_RULE, SIZE_RULE = "limb-side", "limb-landmark", "surface-size"
_MISTAKEN = {
    "cm": (Unit.INCH, "inches"),
    "in": (Unit.CM, "centimetres"),
}  # for each other, by programs that bear no unit
_TOLD = {
    "skin": "found by the skin",
    "bones": "found on the bones, and carried to the skin",
    "order": "given by hand ([locate] landmark)",
}


def surface_facts(scan: SurfaceScan) -> SurfaceFacts:
    """What the report says of the surface."""
    return bones.surface_facts(scan).model_copy(update={"identity": NO_IDENTITY, "research": NO_IDENTITY})


def locate_limb(scan: SurfaceScan, job: Job) -> Anatomy:
    """The limb of an order. Raises ScanUnsuitableError, PrescriptionError."""
    return anatomy_of(found_limb(scan, job))


def found_limb(scan: SurfaceScan, job: Job) -> LocatedLimb:
    """The same before it is put into the waist's words."""
    from anatofit.locate.limb.find import locate_limb as found

    order = job.prescription
    return found(
        scan.mesh,
        ordered=order.order.laterality,
        inner=scan.inner,
        by_hand=by_hand(job, scan.frame),
        side_confirmed=bones.waives(job, SIDE_RULE),
        marks_confirmed=bones.waives(job, MARK_RULE),
        size_confirmed=bones.waives(job, SIZE_RULE),
    )


def stop_at_holes(job: Job, scan: SurfaceScan, anatomy: Anatomy, plan: Mapping[str, Any]) -> None:
    """Raises ScanUnsuitableError for holes that the planned part would face and nothing tells well enough."""
    brim = np.array(plan["brim_lps_mm"]) if "brim_lps_mm" in plan else None
    holes.below_brim(scan, anatomy, brim).stop(waived=bones.waives(job, holes.HOLE_RULE))


def told_by(limb: LocatedLimb) -> str:
    """What told the side (see `remarks`)."""
    return LIMB if limb.side.laterality is limb.laterality else LIMB_UNTOLD


def used_waivers(job: Job, scan: SurfaceScan, limb: LocatedLimb) -> list[Waiver]:
    """The waivers that the surface needed, and those that confirm a side, a mark, a girth or a hole that the shape does not."""
    from anatofit.locate.limb.find import thick_as_limbs

    needed = {
        SIDE_RULE: told_by(limb) == LIMB_UNTOLD,
        MARK_RULE: any(mark.against for mark in limb.marked.values()),
        SIZE_RULE: not thick_as_limbs(limb.figures["mean_girth_mm"]),
        holes.HOLE_RULE: bool(holes.of_limb(scan).unsure),
    }
    return bones.used_waivers(job, scan, [rule for rule, was in needed.items() if was])


def noticed(job: Job, anatomy: Anatomy, limb: LocatedLimb, scan: SurfaceScan) -> tuple[str, ...]:
    """What a person must know of the limb as it came: the frame that it contradicts, how its marked places were held, and its holes."""
    source = job.prescription.source
    units = unit_remark(limb.figures["mean_girth_mm"], source.unit)
    told = holes.of_limb(scan).told(waived=bones.waives(job, holes.HOLE_RULE))
    return (*pose_remarks(anatomy, source.frame), *units, *mark_remarks(limb.marked), *told)


def unit_remark(girth_mm: float, stated: str | None) -> Iterator[str]:
    """A sentence where centimetres and inches were mistaken for each other and nobody could tell: limbs have either girth."""
    from anatofit.locate.limb.find import thick_as_limbs

    if stated not in _MISTAKEN:
        return
    other, words = _MISTAKEN[stated]
    otherwise = girth_mm * MM_PER_UNIT[other] / MM_PER_UNIT[Unit(stated)]
    if thick_as_limbs(otherwise):
        yield (
            f"cm and inch are both possible: as stated ({stated}) the limb measures {girth_mm:.0f} mm around in the mean, in {words} it would measure "
            f"{otherwise:.0f} mm. Hold it against the patient's girth"
        )


def mark_remarks(marked: Mapping[str, Held]) -> Iterator[str]:
    """One sentence for each place that shape or bones contradict, and one for the others."""
    told = {name.replace("_", " "): mark for name, mark in marked.items()}
    for name, mark in told.items():
        if mark.against:
            yield f"{name}: marked by hand {_off(mark)}, taken by the waiver of limb-landmark: {'; '.join(mark.against)}"
        elif mark.far:
            yield f"{name}: marked by hand {_off(mark)}: further than two of the spreads that both have; look again"
    if near := [f"{name} {_off(mark)}" for name, mark in told.items() if not mark.far]:
        yield f"marked by hand: {', '.join(near)}"


def _off(mark: Held) -> str:
    if mark.off_mm is None:
        return "(nothing was found to hold it against)"
    return f"{mark.off_mm:.0f} mm from where it was found (known to {mark.confidence_mm:.0f} mm)"


def by_hand(job: Job, frame: SurfaceFrame) -> dict[str, FloatArray]:
    """The places of [locate.landmark], turned with the surface where that was turned."""
    from anatofit.ingest.surface.attitude import RAS_TO_LPS

    given = job.prescription.locate.landmark
    turn = RAS_TO_LPS if frame is SurfaceFrame.RAS else np.ones(3)
    return (
        {} if given is None else {name: turn * np.array(at) for name, at in given.model_dump(exclude_none=True).items()}
    )


def anatomy_of(limb: LocatedLimb) -> Anatomy:
    """The waist of the house, of kind "limb"."""
    marks = {name: mark.point_lps_mm for name, mark in limb.landmarks.items()}
    return Anatomy(
        kind=LIMB,
        laterality=limb.laterality,
        surfaces={"host": limb.skin, **limb.bones},
        curves={"crest": limb.crest_lps_mm, "rim": limb.rim_lps_mm},
        landmarks={**marks, "origin": limb.frame.origin_lps_mm},
        planes=limb.frame.planes(),
        figures=limb.figures,
        tables={"by_level": limb.by_level.table()},
        told_by={name: _TOLD[mark.origin] for name, mark in limb.landmarks.items()},
    )


def level_rows(anatomy: Anatomy) -> list[LevelRow]:
    """Measures of a limb by level, from the distal end up; none of what is no limb."""
    table = anatomy.tables.get("by_level", np.zeros((0, len(LevelRow.model_fields))))
    return [LevelRow(**dict(zip(LevelRow.model_fields, row, strict=True))) for row in np.round(table, 1).tolist()]


def limb_sentence(limb: Anatomy) -> str:
    """For the methods paragraph."""
    side = {Laterality.RIGHT: "a right limb", Laterality.LEFT: "a left limb"}.get(
        limb.laterality, "a limb of unknown side"
    )
    return (
        f"{side.capitalize()} was recognised by its unrolled skin; its middle patellar tendon is expected within "
        f"{limb.figures['patellar_tendon_confidence_mm']:.0f} mm of the place that was found in two of three limbs."
    )


def depict(
    job: Job, anatomy: Anatomy, parts: tuple[Part, ...], plan: Mapping[str, Any], *, patient_axes: bool
) -> Pictures:
    """What the report shows of a device on its limb."""
    from anatofit.devices.base import offsets_of
    from anatofit.report.data import Scene
    from anatofit.report.on_limb import depict as drawn

    rectified = offsets_of(job.device, anatomy, job.device.read_plan(plan))
    return drawn(Scene(anatomy, {p.name: p.mesh for p in parts}, plan), rectified, patient_axes=patient_axes)
