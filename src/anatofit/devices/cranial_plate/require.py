"""What must be proved of a cranial plate, with its limits; verify/ measures each from the exported files.

Where a limit follows from the order, the requirement's text says how; docs/reference/rules.md has them all.
"""

from __future__ import annotations

from collections.abc import Iterator

from anatofit.devices.asking import Asking
from anatofit.devices.base import SiteMaterial, SitePrinter
from anatofit.devices.cranial_plate.advice import ADVICE
from anatofit.devices.cranial_plate.layout import CranialPlatePlan
from anatofit.devices.cranial_plate.spec import CranialPlateSpec
from anatofit.devices.envelope import Envelope
from anatofit.model.finding import Requirement

MEASURE_MM = 0.05  # what measuring triangles against triangles, and saving triangles, may cost
WALL_MEASURE_MM = 0.15  # the same for a wall, which a ray meets at an angle on a curved body
WITHIN_RIM_MM = 2.0  # the body begins here, inside the rim: its edges are rounded by at most 1.2 mm, proposal
RIM_SLACK_MM = 1.5  # an oblique or undercut edge of the bone opens the gap on one side by about half its run: proposal
PATH_CLEARANCE_MM = 0.05  # nothing may touch on the way in: contact and wedging begin at zero
STEP_LIMIT_MM = 1.0  # a step across the rim that a finger feels through the scalp: proposal
# An opening of 8 mm across, half the area of the smallest usual burr hole (11 mm, 95 mm²), which surgeons cover: proposal
OPEN_LIMIT_MM2 = 50.0
MASS_LIMIT_G = 250.0  # heavier than the bone of half a vault: something is wrong with the body, proposal
HOLE_TOLERANCE_MM = 0.15  # from a hole's polygon and the printer's own tolerance, proposal
TEXT_TOLERANCE_MM = 0.1  # of the engraved depth: a quarter of the grid's step, proposal
PLATE = "plate"

_requirement = Asking(PLATE, ADVICE)


def requirements(
    envelope: Envelope, spec: CranialPlateSpec, plan: CranialPlatePlan, *, material: SiteMaterial, printer: SitePrinter
) -> list[Requirement]:
    """Every requirement of this plate, in the order of the report."""
    return [
        *_requirement.sound_mesh("CR"),
        *_walls(envelope, spec, plan, material),
        *_fit(plan),
        *_whole(envelope, plan, material, printer),
        *_details(spec, plan),
        _requirement("CR-FILE-1", "STL and 3MF read back to the same triangles", "stl_3mf_same", "differences", high=0),
    ]


def _walls(
    envelope: Envelope, spec: CranialPlateSpec, plan: CranialPlatePlan, material: SiteMaterial
) -> Iterator[Requirement]:
    # The engraving takes its depth from the body, nothing else may: so much must be left beneath the letters.
    engraved = plan.text.depth_mm if plan.text else 0.0
    yield _requirement(
        "CR-WALL-1",
        f"smallest thickness of the body more than {WITHIN_RIM_MM:g} mm inside the rim (limit: ordered {spec.thickness_mm:g} mm"
        f"{f', less the engraving of {engraved:g} mm' if engraved else ''}, less {WALL_MEASURE_MM:g} mm for measuring)",
        "min_wall",
        "mm",
        low=round(spec.thickness_mm - engraved - WALL_MEASURE_MM, 6),
        region="body",
        inside_rim_mm=WITHIN_RIM_MM,
    )
    yield _requirement(
        "CR-WALL-2",
        f"smallest wall anywhere (limit: of walls in {material.name})",
        "min_wall",
        "mm",
        low=material.smallest_wall_mm,
        region="all",
    )
    # A plate may be as thick as the envelope allows, whatever was asked: a wall is measured along its own normal.
    thickest = envelope.rows["thickness_max_mm"].max or spec.thickness_max_mm
    yield _requirement(
        "CR-WALL-3",
        f"greatest thickness of the body (limit: the envelope's {thickest:g} mm, and {2 * WALL_MEASURE_MM:g} mm for measuring)",
        "max_wall",
        "mm",
        high=round(thickest + 2 * WALL_MEASURE_MM, 6),
        region="body",
        inside_rim_mm=WITHIN_RIM_MM,
    )


def _fit(plan: CranialPlatePlan) -> Iterator[Requirement]:
    gap = plan.gap_mm
    yield _requirement(
        "CR-GAP-1",
        f"smallest clearance to the host bone (limit: ordered {gap:g} mm, less {MEASURE_MM:g} mm for measuring)",
        "clearance_min",
        "mm",
        low=round(gap - MEASURE_MM, 6),
    )
    # Rounded edges stand back from the bone by up to their radius; beyond that the gap is a cleft.
    widest = gap + plan.body_radius_mm + RIM_SLACK_MM
    yield _requirement(
        "CR-GAP-2",
        f"clearance along the rim, 95th percentile (limit: ordered {gap:g} mm, and {plan.body_radius_mm:g} mm for the rounded "
        f"edge, and {RIM_SLACK_MM:g} mm for an oblique edge of the bone)",
        "clearance_rim_p95",
        "mm",
        high=round(widest, 6),
    )
    yield _requirement("CR-HOST-1", "deepest reach into the host bone", "penetration", "mm", high=0)
    yield _requirement(
        "CR-INSERT-1",
        "smallest distance to the host bone on the way in",
        "insertion",
        "mm",
        low=PATH_CLEARANCE_MM,
        length_mm=plan.insertion_length_mm,
    )
    yield _requirement(
        "CR-STEP-1", "step of the outer face across the rim, 95th percentile", "outer_step", "mm", high=STEP_LIMIT_MM
    )
    yield _requirement(
        "CR-COVER-1", "largest opening left beside the part in the skull", "coverage", "mm²", high=OPEN_LIMIT_MM2
    )


def _whole(
    envelope: Envelope, plan: CranialPlatePlan, material: SiteMaterial, printer: SitePrinter
) -> Iterator[Requirement]:
    yield _requirement(
        "CR-MASS-1", f"mass in {material.name}", "mass_g", "g", high=MASS_LIMIT_G, density_g_cm3=material.density_g_cm3
    )
    extent = envelope.rows["extent_mm"]
    yield _requirement("CR-SIZE-1", "greatest extent of the part", "extent", "mm", low=extent.min, high=extent.max)
    if plan.midsagittal is not None and plan.laterality in ("R", "L"):
        yield _requirement(
            "CR-SIDE-1", "the part lies on the ordered side", "side", "mm", low=0.0, laterality=plan.laterality
        )
    yield _requirement(
        "CR-BOX-1",
        f"the part fits the printer {printer.name}",
        "fits_printer",
        "mm",
        low=0.0,
        build_volume_mm=list(printer.build_volume_mm),
    )


def _details(spec: CranialPlateSpec, plan: CranialPlatePlan) -> Iterator[Requirement]:
    if plan.perforations or plan.screws:
        yield _requirement(
            "CR-HOLE-1", "every hole is open and as wide as planned", "holes", "mm", high=HOLE_TOLERANCE_MM
        )
    if plan.tabs:
        yield _requirement(
            "CR-SCREW-1", "bone beneath every screw, diploe counted, before it ends or air begins (limit: ordered "
            f"{spec.screw_bone_mm:g} mm, less {MEASURE_MM:g} mm for measuring)", "screw_bone", "mm",
            low=round(spec.screw_bone_mm - MEASURE_MM, 6),
        )  # fmt: skip
    if plan.text is not None:
        low, high = plan.text.depth_mm - TEXT_TOLERANCE_MM, plan.text.depth_mm + TEXT_TOLERANCE_MM
        yield _requirement(
            "CR-TEXT-1",
            f"depth of the engraved case number (limit: ordered {plan.text.depth_mm:g} mm, {TEXT_TOLERANCE_MM:g} mm more or less)",
            "engraving",
            "mm",
            low=round(low, 6),
            high=round(high, 6),
        )
