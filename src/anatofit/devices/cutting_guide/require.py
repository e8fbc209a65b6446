"""What must be proved of a cutting guide, with its limits; verify/ measures each from the exported files."""

from __future__ import annotations

from collections.abc import Iterator

from anatofit.devices.asking import Asking
from anatofit.devices.base import SiteMaterial, SitePrinter
from anatofit.devices.cutting_guide.advice import ADVICE
from anatofit.devices.cutting_guide.build import PART
from anatofit.devices.cutting_guide.layout import CuttingGuidePlan
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec
from anatofit.devices.envelope import Envelope
from anatofit.devices.guide.fixation import BETWEEN_MM
from anatofit.devices.guide.own_bone import PIN_BONE_MM
from anatofit.devices.guide.telling import WRONG_SEAT_RATIO
from anatofit.model.finding import Requirement

AXIS_MM, AXIS_DEG = 0.05, 0.05  # of planes and axes on the exported triangles (issue 4)
OPENING_MM = 0.03  # of a slot's width: what float32 and a facet may take
HOLE_MM = 0.1  # of a channel's diameter: half of what its polygon of 48 sides and the printer may take, proposal
MEDIAN_MM, P99_MM = 0.02, 0.1  # of the contact's distance from the ordered offset (issue 4)
REACH_MM = 0.05  # what the bone's facets against the guide's may take of the clearance
STOP_MM = 0.3  # of a blade's depth: marks on blades stand 5 mm apart and are read to half a millimetre, proposal
WALL_MM = 0.15  # what a ray that meets a wall at an angle may take
PATH_CLEARANCE_MM = 0.05  # nothing may touch on the way in: contact and wedging begin at zero
BLADE_FREE_MM = 0.0  # of a blade as thick as ordered, anywhere in its slot
MASS_LIMIT_G = 400.0  # heavier than any hand-held guide, proposal

_requirement = Asking(PART, ADVICE)


def requirements(
    envelope: Envelope, spec: CuttingGuideSpec, plan: CuttingGuidePlan, *, material: SiteMaterial, printer: SitePrinter
) -> list[Requirement]:
    """Every requirement of this guide, in the order of the report."""
    return [
        *_requirement.sound_mesh("CG"),
        *_slots(),
        *_wedge(envelope, plan),
        *_pins(plan),
        *_walls(spec, material),
        *_fit(envelope, plan),
        *_whole(envelope, plan, material, printer),
    ]


def _slots() -> Iterator[Requirement]:
    yield _requirement(
        "CG-SLOT-1",
        "distance of a slot's middle from its planned plane, over its whole length and height",
        "slot_plane_mm",
        "mm",
        high=AXIS_MM,
    )
    yield _requirement(
        "CG-SLOT-2", "angle between a slot and its planned plane", "slot_plane_deg", "deg", high=AXIS_DEG
    )
    yield _requirement("CG-SLOT-3", "difference of a slot's width from its plan", "slot_opening", "mm", high=OPENING_MM)
    yield _requirement(
        "CG-BLADE-1",
        "room to spare on each side of a blade swept through its slot, down to the bone",
        "blade_free",
        "mm",
        low=BLADE_FREE_MM,
    )


def _wedge(envelope: Envelope, plan: CuttingGuidePlan) -> Iterator[Requirement]:
    wedge = plan.wedge
    if wedge is None:
        return
    if len(wedge.cuts) == 2:
        yield _requirement(
            "CG-WEDGE-1",
            f"difference of the angle between the two slots of the wedge from the ordered {wedge.angle_deg:g}°",
            "wedge_angle",
            "deg",
            high=AXIS_DEG,
        )
    yield _requirement(
        "CG-WEDGE-2",
        "distance of the ordered hinge line, in the bone, from the plane of the wedge's slot or the line where its two meet",
        "wedge_hinge",
        "mm",
        high=AXIS_MM,
    )
    bridge = envelope.rows["hinge_bridge_mm"]
    yield _requirement(
        "CG-WEDGE-3",
        "bone from the hinge line to the other cortex, in the plane of the slot, seen along the hinge line",
        "hinge_bridge",
        "mm",
        low=bridge.min,
    )
    yield _requirement(
        "CG-WEDGE-4",
        "difference of the blade's way from the slot's mouth to the hinge line from the plan",
        "blade_stop",
        "mm",
        high=STOP_MM,
    )
    yield _requirement(
        "CG-WEDGE-5",
        f"difference of the turn of the distal part of the corrected bone from the ordered {wedge.angle_deg:g}°",
        "correction_deg",
        "deg",
        high=AXIS_DEG,
    )
    yield _requirement(
        "CG-WEDGE-6",
        "distance by which that turn moves the ordered hinge line in the bone",
        "correction_hinge",
        "mm",
        high=AXIS_MM,
    )


def _pins(plan: CuttingGuidePlan) -> Iterator[Requirement]:
    if not plan.pins:
        return
    yield _requirement(
        "CG-PIN-1",
        "distance of a pin's channel from its planned axis, at the bone",
        "channel_axis_mm",
        "mm",
        high=AXIS_MM,
        of="pins",
    )
    yield _requirement(
        "CG-PIN-2",
        "angle between a pin's channel and its planned axis",
        "channel_axis_deg",
        "deg",
        high=AXIS_DEG,
        of="pins",
    )
    yield _requirement(
        "CG-PIN-3",
        "every channel is open right through, and as wide as planned",
        "channels",
        "mm",
        high=HOLE_MM,
        of="pins",
    )
    yield _requirement(
        "CG-PIN-4",
        "bone along each pin, both cortices and what lies between",
        "channel_bone",
        "mm",
        low=PIN_BONE_MM,
        of="pins",
    )
    if len(plan.pins) > 1:
        yield _requirement.pins_apart("CG", BETWEEN_MM)


def _walls(spec: CuttingGuideSpec, material: SiteMaterial) -> Iterator[Requirement]:
    least = min(spec.slot_wall_mm, spec.pin_wall_mm) - (spec.text_depth_mm if spec.text == "engraved" else 0.0)
    yield _requirement(
        "CG-WALL-1",
        f"smallest wall around slots and channels (limit: ordered {min(spec.slot_wall_mm, spec.pin_wall_mm):g} mm"
        f"{f', less the engraving of {spec.text_depth_mm:g} mm' if spec.text == 'engraved' else ''}, less {WALL_MM:g} mm for measuring)",
        "feature_wall",
        "mm",
        low=round(max(least - WALL_MM, material.smallest_wall_mm), 6),
    )
    yield _requirement(
        "CG-WALL-2",
        f"smallest wall anywhere (limit: of walls in {material.name})",
        "min_wall",
        "mm",
        low=material.smallest_wall_mm,
        region="all",
    )


def _fit(envelope: Envelope, plan: CuttingGuidePlan) -> Iterator[Requirement]:
    offset = plan.contact_offset_mm
    yield _requirement(
        "CG-FIT-1",
        f"distance of the contact surface from the bone, median (limit: ordered {offset:g} mm, {MEDIAN_MM:g} mm more or less)",
        "contact_median",
        "mm",
        low=round(offset - MEDIAN_MM, 6),
        high=round(offset + MEDIAN_MM, 6),
    )
    yield _requirement(
        "CG-FIT-2",
        f"difference of the contact surface's distance from the ordered {offset:g} mm, 99th percentile",
        "contact_p99",
        "mm",
        high=P99_MM,
    )
    contacts = envelope.rows["contacts"]
    yield _requirement(
        "CG-FIT-3", "well spread places on which the guide rests", "contact_places", "places", low=contacts.min
    )
    yield _requirement("CG-HOST-1", "deepest reach into the bone", "penetration", "mm", high=0)
    yield _requirement(
        "CG-INSERT-1",
        "smallest distance to the bone on the way in, and out again after the cut",
        "insertion",
        "mm",
        low=min(PATH_CLEARANCE_MM, max(offset - REACH_MM, 0.0)),
        length_mm=plan.insertion_length_mm,
    )
    yield _requirement(
        "CG-SEAT-1",
        "how many times further from the bone the guide stands when it is put on mirrored or turned round",
        "wrong_seat",
        "times",
        low=WRONG_SEAT_RATIO,
    )
    if plan.beside_mm is not None:
        yield _requirement.other_bones("CG", plan.beside_mm, length_mm=plan.insertion_length_mm)


def _whole(
    envelope: Envelope, plan: CuttingGuidePlan, material: SiteMaterial, printer: SitePrinter
) -> Iterator[Requirement]:
    yield from _requirement.printed("CG", envelope, material, printer, most_g=MASS_LIMIT_G)
    if plan.texts:
        yield _requirement.letters("CG", plan.texts[0].depth_mm)
        yield _requirement.legible("CG")
    yield _requirement.same_files("CG")
