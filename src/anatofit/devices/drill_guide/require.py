"""What must be proved of a drill guide, with its limits; verify/ measures each from the exported files."""

from __future__ import annotations

from collections.abc import Iterator

from anatofit.devices.asking import Asking
from anatofit.devices.base import SiteMaterial, SitePrinter
from anatofit.devices.drill_guide.advice import ADVICE
from anatofit.devices.drill_guide.build import PART
from anatofit.devices.drill_guide.layout import DrillGuidePlan
from anatofit.devices.drill_guide.lines import STEEPEST_ENTRY_DEG
from anatofit.devices.drill_guide.spec import DrillGuideSpec
from anatofit.devices.envelope import Envelope
from anatofit.devices.guide.fixation import BETWEEN_MM
from anatofit.devices.guide.own_bone import PIN_BONE_MM
from anatofit.devices.guide.telling import WRONG_SEAT_RATIO
from anatofit.model.finding import Requirement

AXIS_MM, AXIS_DEG = 0.05, 0.05  # of axes on the exported triangles (issue 4)
HOLE_MM = 0.1  # of a channel's diameter: half of what its polygon of 48 sides and the printer may take, proposal
TOP_MM = 0.1  # of where a collar stops: a fifth of what a drill's mark is read to, proposal
MEDIAN_MM, P99_MM = 0.02, 0.1  # of the contact's distance from the ordered offset (issue 4)
REACH_MM = 0.05  # what the bone's facets against the guide's may take of the clearance
WALL_MM = 0.15  # what a ray that meets a wall at an angle may take
PATH_CLEARANCE_MM = 0.05  # nothing may touch on the way in: contact and wedging begin at zero
MASS_LIMIT_G = 400.0  # heavier than any hand-held guide, proposal

_requirement = Asking(PART, ADVICE)


def requirements(
    envelope: Envelope, spec: DrillGuideSpec, plan: DrillGuidePlan, *, material: SiteMaterial, printer: SitePrinter
) -> list[Requirement]:
    """Every requirement of this guide, in the order of the report."""
    return [
        *_requirement.sound_mesh("DG"),
        *_sleeves(envelope),
        *_safe(spec, plan),
        *_pins(plan),
        *_walls(spec, plan, material),
        *_fit(envelope, plan),
        *_whole(envelope, plan, material, printer),
    ]


def _sleeves(envelope: Envelope) -> Iterator[Requirement]:
    said = "distance of a sleeve's channel from its planned axis, at the bone"
    yield _requirement("DG-SLEEVE-1", said, "channel_axis_mm", "mm", high=AXIS_MM, of="sleeves")
    said = "angle between a sleeve's channel and its planned axis"
    yield _requirement("DG-SLEEVE-2", said, "channel_axis_deg", "deg", high=AXIS_DEG, of="sleeves")
    said = "every sleeve is open right through and above, and as wide as planned"
    yield _requirement("DG-SLEEVE-3", said, "channels", "mm", high=HOLE_MM, of="sleeves")
    said = "difference of the height at which a sleeve's top stops a drill's collar from its plan"
    yield _requirement("DG-SLEEVE-4", said, "sleeve_tops", "mm", high=TOP_MM, of="sleeves")
    said = f"slope of the bone around an entry as the drill meets it on its way in (limit: {STEEPEST_ENTRY_DEG:g}°; more is bone in its way)"
    yield _requirement("DG-WAY-1", said, "drill_way", "deg", high=STEEPEST_ENTRY_DEG, of="sleeves")
    said = "bone along each axis, from its entry to where it leaves the bone for good"
    least = envelope.rows["bone_along_mm"].min
    yield _requirement("DG-BONE-1", said, "channel_bone", "mm", low=least, of="sleeves")


def _safe(spec: DrillGuideSpec, plan: DrillGuidePlan) -> Iterator[Requirement]:
    if not plan.keep_out_surface and not plan.keep_outs:
        return
    said = "distance of a drilled hole, down to its target, or of a pin's, down to the end of the far cortex, from what is kept out of"
    yield _requirement("DG-SAFE-1", said, "keep_out_mm", "mm", low=spec.keep_out_mm)
    said = "lean of a drill about its entry that would reach what is kept out of, beyond what its sleeve lets it lean"
    yield _requirement("DG-SAFE-2", said, "keep_out_deg", "deg", low=0.0)


def _pins(plan: DrillGuidePlan) -> Iterator[Requirement]:
    if not plan.pins:
        return
    said = "distance of a pin's channel from its planned axis, at the bone"
    yield _requirement("DG-PIN-1", said, "channel_axis_mm", "mm", high=AXIS_MM, of="pins")
    said = "angle between a pin's channel and its planned axis"
    yield _requirement("DG-PIN-2", said, "channel_axis_deg", "deg", high=AXIS_DEG, of="pins")
    said = "every pin's channel is open right through, and as wide as planned"
    yield _requirement("DG-PIN-3", said, "channels", "mm", high=HOLE_MM, of="pins")
    said = "bone along each pin, both cortices and what lies between"
    yield _requirement("DG-PIN-4", said, "channel_bone", "mm", low=PIN_BONE_MM, of="pins")
    yield _requirement.pins_apart("DG", BETWEEN_MM)


def _walls(spec: DrillGuideSpec, plan: DrillGuidePlan, material: SiteMaterial) -> Iterator[Requirement]:
    least = min(spec.sleeve_wall_mm, spec.pin_wall_mm) if plan.pins else spec.sleeve_wall_mm
    yield _requirement(
        "DG-WALL-1",
        f"smallest wall around channels (limit: ordered {least:g} mm, less {WALL_MM:g} mm for measuring)",
        "feature_wall",
        "mm",
        low=round(max(least - WALL_MM, material.smallest_wall_mm), 6),
    )
    yield _requirement(
        "DG-WALL-2",
        f"smallest wall anywhere (limit: of walls in {material.name})",
        "min_wall",
        "mm",
        low=material.smallest_wall_mm,
        region="all",
    )


def _fit(envelope: Envelope, plan: DrillGuidePlan) -> Iterator[Requirement]:
    offset = plan.contact_offset_mm
    yield _requirement(
        "DG-FIT-1",
        f"distance of the contact surface from the bone, median (limit: ordered {offset:g} mm, {MEDIAN_MM:g} mm more or less)",
        "contact_median",
        "mm",
        low=round(offset - MEDIAN_MM, 6),
        high=round(offset + MEDIAN_MM, 6),
    )
    said = f"difference of the contact surface's distance from the ordered {offset:g} mm, 99th percentile"
    yield _requirement("DG-FIT-2", said, "contact_p99", "mm", high=P99_MM)
    contacts = envelope.rows["contacts"].min
    said = "well spread places on which the guide rests"
    yield _requirement("DG-FIT-3", said, "contact_places", "places", low=contacts)
    yield _requirement("DG-HOST-1", "deepest reach into the bone", "penetration", "mm", high=0)
    yield _requirement(
        "DG-INSERT-1",
        "smallest distance to the bone on the way in, and out again after drilling",
        "insertion",
        "mm",
        low=min(PATH_CLEARANCE_MM, max(offset - REACH_MM, 0.0)),
        length_mm=plan.insertion_length_mm,
    )
    paired = plan.laterality != "U"  # of a midline bone there is no other side whose guide could be taken for this one
    how = "put on mirrored or turned round" if paired else "turned round"
    yield _requirement(
        "DG-SEAT-1",
        f"how many times further from the bone the guide stands when it is {how}",
        "wrong_seat",
        "times",
        low=WRONG_SEAT_RATIO,
        **({} if paired else {"mirrored": False}),
    )
    if plan.beside_mm is not None:
        yield _requirement.other_bones("DG", plan.beside_mm, length_mm=plan.insertion_length_mm)


def _whole(
    envelope: Envelope, plan: DrillGuidePlan, material: SiteMaterial, printer: SitePrinter
) -> Iterator[Requirement]:
    yield from _requirement.printed("DG", envelope, material, printer, most_g=MASS_LIMIT_G)
    if plan.texts:
        yield _requirement.letters("DG", plan.texts[0].depth_mm)
        yield _requirement.legible("DG")
    yield _requirement.same_files("DG")
