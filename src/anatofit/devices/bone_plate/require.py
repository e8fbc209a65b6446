"""What must be proved of a bone plate, with its limits; verify/ measures each from the exported files."""

from __future__ import annotations

from collections.abc import Iterator

from anatofit.devices.asking import Asking
from anatofit.devices.base import SiteMaterial, SitePrinter
from anatofit.devices.bone_plate.advice import ADVICE
from anatofit.devices.bone_plate.build import PART
from anatofit.devices.bone_plate.layout import BonePlatePlan
from anatofit.devices.bone_plate.spec import BonePlateSpec
from anatofit.devices.envelope import Envelope
from anatofit.model.finding import Requirement

AXIS_MM, AXIS_DEG = 0.05, 0.05  # of axes on the exported triangles (issue 4)
HOLE_MM = 0.1  # of a hole's diameter: half of what its polygon and the printer may take, proposal
MEDIAN_MM, P99_MM = 0.02, 0.1  # of the underside's distance from the ordered offset (issue 4)
REACH_MM = 0.05  # what the bone's facets against the plate's may take of the clearance
THICK_MM = 0.1  # of the thickness anywhere along the plate: a printed layer, proposal
LENGTH_MM = 0.25  # between the length that a screw needs in the plan and as measured on the files: an eighth of a catalogue's step of 2 mm
PATH_CLEARANCE_MM = 0.05  # nothing may touch on the way in: contact and wedging begin at zero
CONTACTS = 12  # docking robustness 0.74 with 12 contacts, 0.18 with 6 (Mattheijer)
FEWEST_CONTACTS = 3  # on fewer a plate rocks
CONTACT_MM2 = (
    2 * 4.0**2
)  # of footing to a place: they are counted 4 mm apart, and half of a footing must be contact at least
MASS_LIMIT_G = 150.0  # heavier than any plate of the hand or leg, proposal

_requirement = Asking(PART, ADVICE)


def requirements(
    envelope: Envelope, spec: BonePlateSpec, plan: BonePlatePlan, *, material: SiteMaterial, printer: SitePrinter
) -> list[Requirement]:
    """Every requirement of this plate, in the order of the report."""
    return [
        *_requirement.sound_mesh("BP"),
        *_holes(envelope, plan),
        *_body(plan, material),
        *_fit(plan),
        *_whole(envelope, plan, material, printer),
    ]


def _holes(envelope: Envelope, plan: BonePlatePlan) -> Iterator[Requirement]:
    if plan.screws:
        yield from _round(plan)
    if plan.oblongs:
        yield _requirement(
            "BP-OBLONG-1",
            "distance of an oblong hole's middle from its plan, at the bone",
            "oblong_middle",
            "mm",
            high=AXIS_MM,
            of="oblongs",
        )
        yield _requirement(
            "BP-OBLONG-2",
            "angle between an oblong hole and its planned axis",
            "oblong_deg",
            "deg",
            high=AXIS_DEG,
            of="oblongs",
        )
        yield _requirement(
            "BP-OBLONG-3",
            "difference of an oblong hole's width and stretch from its plan",
            "oblong_sizes",
            "mm",
            high=HOLE_MM,
            of="oblongs",
        )
    least = envelope.rows["bone_mm"].min
    for number, of in enumerate(("screws", "oblongs"), start=1):
        if getattr(plan, of):
            yield _requirement(
                f"BP-BONE-{number}",
                f"depth of the bone along each screw in a {'round or locking' if of == 'screws' else 'oblong'} hole, also where the screw ends before",
                "screw_held",
                "mm",
                low=least,
                of=of,
            )
            yield _requirement(
                f"BP-LENGTH-{number}",
                "difference between the length that a screw needs as planned and as measured, and no tip is wrong",
                "screw_lengths",
                "mm",
                high=LENGTH_MM,
                of=of,
            )
    if plan.keeps:
        yield _requirement(
            "BP-LINE-1",
            "least distance of a hole or a screw from a fracture or cut line, beyond the ordered margin",
            "line_room",
            "mm",
            low=0.0,
        )


def _round(plan: BonePlatePlan) -> Iterator[Requirement]:
    yield _requirement(
        "BP-HOLE-1",
        "distance of a hole from its planned axis, at the bone",
        "channel_axis_mm",
        "mm",
        high=AXIS_MM,
        of="screws",
    )
    yield _requirement(
        "BP-HOLE-2", "angle between a hole and its planned axis", "channel_axis_deg", "deg", high=AXIS_DEG, of="screws"
    )
    yield _requirement(
        "BP-HOLE-3",
        "every hole is open right through, and as wide as planned",
        "channels",
        "mm",
        high=HOLE_MM,
        of="screws",
    )


def _body(plan: BonePlatePlan, material: SiteMaterial) -> Iterator[Requirement]:
    yield _requirement(
        "BP-WALL-1",
        f"smallest wall anywhere (limit: of walls in {material.name})",
        "min_wall",
        "mm",
        low=material.smallest_wall_mm,
        region="all",
    )
    yield _requirement(
        "BP-THICK-1",
        "difference of the thickness along the plate's middle from its plan",
        "plate_thickness",
        "mm",
        high=THICK_MM,
    )


def _fit(plan: BonePlatePlan) -> Iterator[Requirement]:
    offset = plan.contact_offset_mm
    yield _requirement(
        "BP-FIT-1",
        f"distance of the underside from the bone, median (limit: ordered {offset:g} mm, {MEDIAN_MM:g} mm more or less)",
        "contact_median",
        "mm",
        low=round(offset - MEDIAN_MM, 6),
        high=round(offset + MEDIAN_MM, 6),
    )
    yield _requirement(
        "BP-FIT-2",
        f"difference of the underside's distance from the ordered {offset:g} mm, 99th percentile",
        "contact_p99",
        "mm",
        high=P99_MM,
    )
    yield _requirement(
        "BP-FIT-3",
        f"well spread places on which the plate lies (limit: one to {CONTACT_MM2:g} mm² of its footing, {CONTACTS} at most)",
        "contact_places",
        "places",
        low=contacts(plan.footing_mm2),
    )
    yield _requirement("BP-HOST-1", "deepest reach into the bone", "penetration", "mm", high=0)
    yield _requirement(
        "BP-GAP-1",
        "smallest distance between plate and bone",
        "clearance_min",
        "mm",
        low=round(max(offset - 2 * REACH_MM, 0.0), 6),
    )
    if plan.comes_off:
        yield _requirement(
            "BP-INSERT-1",
            "smallest distance to the bone on the way in",
            "insertion",
            "mm",
            low=round(min(PATH_CLEARANCE_MM, max(offset - REACH_MM, 0.0)), 6),
            length_mm=plan.insertion_length_mm,
        )
    if plan.beside_mm is not None:
        yield _requirement.other_bones(
            "BP", plan.beside_mm, length_mm=plan.insertion_length_mm if plan.comes_off else 0.0
        )


def contacts(footing_mm2: float) -> int:
    """How many places a plate must rest on: as many as half its footing has room for, where that is less than a guide needs.

    A miniplate of 20 mm has no room for twelve, 4 mm apart; screws, not its form, tell where it lies.
    """
    return int(min(max(footing_mm2 // CONTACT_MM2, FEWEST_CONTACTS), CONTACTS))


def _whole(
    envelope: Envelope, plan: BonePlatePlan, material: SiteMaterial, printer: SitePrinter
) -> Iterator[Requirement]:
    yield from _requirement.printed("BP", envelope, material, printer, most_g=MASS_LIMIT_G)
    if plan.text is not None:
        yield _requirement.letters("BP", plan.text.depth_mm, check="engraving")
    yield _requirement.same_files("BP")
