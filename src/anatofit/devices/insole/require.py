"""What must be proved of an insole, with its limits; verify/ measures each from the exported files."""

from __future__ import annotations

from collections.abc import Iterator

from anatofit.devices.asking import Asking
from anatofit.devices.base import SiteMaterial, SitePrinter
from anatofit.devices.envelope import Envelope
from anatofit.devices.insole.advice import ADVICE
from anatofit.devices.insole.body import PART
from anatofit.devices.insole.layout import InsolePlan
from anatofit.devices.insole.side import arch_share, told_by
from anatofit.devices.insole.spec import InsoleSpec
from anatofit.model.finding import Requirement

MEDIAN_MM, P99_MM = 0.05, 0.2  # of the top's distance from the foot with what the plan adds (issue 5)
SLOPE_DEG = 3.0  # what roundings, elements and facets may add to the steepest rise: proposal
THICK_MM = 0.1  # of the ordered thickness: what facets of the top may take
WALL_MM = 0.15  # what a ray that meets a wall at an angle may take
COVERED_PERCENT = (
    99.0  # of the sole that bears: what of a thumb's breadth at the rim is lost to a rounded outline, proposal
)
HOLE_MM = (
    4.0  # across: into a hole of the scan a top rises at 45 degrees, 2 mm high in the middle of one so wide (proposal)
)
# What is asked of a part whose plan differs by at least 4 mm in its arch, or 6 mm in its front end (side.py): less than noise of a scan turns.
ARCH_HIGHER_MM, FRONT_FURTHER_MM = 0.5, 2.0
FILLED_PERCENT = (
    6.0  # at the default 40 % that is a modulus a third higher: less than a zone differs from the next (proposal)
)
# A cube of two nodes of the flood a side (verify/trapped.py, 0.51 mm³) is the least room that it tells from a corner between nodes; it is as
# wide as the thinnest wall.
TRAPPED_MM3 = 0.5
REACHED_PERCENT = 99.5  # narrower ways let powder out too, more slowly: proposal
LAST_MM = 0.1  # what the last's own triangles may lack of its curve; felt by no one
MASS_LIMIT_G = 250.0  # a heavier insole is felt at every step: proposal

_requirement = Asking(PART, ADVICE)


def requirements(
    envelope: Envelope, spec: InsoleSpec, plan: InsolePlan, *, material: SiteMaterial, printer: SitePrinter
) -> list[Requirement]:
    """Every requirement of this insole, in the order of the report."""
    return [
        *_requirement.sound_mesh("IN"),
        *_top(spec, plan),
        *(_lattice(spec, material) if spec.fill == "lattice" else ()),
        *_thick(spec, plan, material),
        *_foot(spec, plan),
        *_whole(envelope, plan, material, printer),
    ]


def _top(spec: InsoleSpec, plan: InsolePlan) -> Iterator[Requirement]:
    yield _requirement(
        "IN-TOP-1",
        "distance of the top from the foot with what the plan adds, median",
        "insole_top_median",
        "mm",
        high=MEDIAN_MM,
    )
    yield _requirement(
        "IN-TOP-2",
        "distance of the top from the foot with what the plan adds, 99th percentile",
        "insole_top_p99",
        "mm",
        high=P99_MM,
    )
    posts = max((abs(post.value) for post in plan.posting), default=0.0)
    high = spec.steepest_deg + SLOPE_DEG + posts
    yield _requirement(
        "IN-SLOPE-1",
        f"greatest slope of the top, the walls of its cup included (limit: ordered {spec.steepest_deg:g}°, {SLOPE_DEG + posts:g}° more "
        "for roundings, elements and posting)",
        "insole_slope",
        "deg",
        high=round(high, 6),
    )


def _lattice(spec: InsoleSpec, material: SiteMaterial) -> Iterator[Requirement]:
    low = max(spec.skin_mm - THICK_MM, material.smallest_wall_mm)
    yield _requirement(
        "IN-SKIN-1",
        f"least thickness of the skin over the lattice (limit: ordered {spec.skin_mm:g} mm, less {THICK_MM:g} mm; of walls in {material.name})",
        "insole_thickness",
        "mm",
        low=round(low, 6),
        region="all",
    )
    said = f"enclosed room, that powder would stay in (limit: {TRAPPED_MM3:g} mm³, less than a room of 0.8 mm)"
    yield _requirement("IN-TRAP-1", said, "trapped", "mm³", high=TRAPPED_MM3)
    said = (
        f"greatest difference of what a zone's lattice fills from what is stated (limit: {FILLED_PERCENT:g} % of the room, that corners and the "
        "upright sheets at the ground may add)"
    )
    yield _requirement("IN-FILL-1", said, "insole_filled", "%", high=FILLED_PERCENT)
    yield _requirement(
        "IN-TRAP-2",
        f"share of the room in the lattice that a ball of {material.smallest_hole_mm:g} mm, the smallest hole of {material.name}, reaches from "
        "outside, of all that takes such a ball",
        "open_ways",
        "%",
        low=REACHED_PERCENT,
        ball_mm=material.smallest_hole_mm,
    )


def _thick(spec: InsoleSpec, plan: InsolePlan, material: SiteMaterial) -> Iterator[Requirement]:
    over = "plane" if spec.fill == "lattice" else "ground"
    yield _requirement(
        "IN-THICK-1",
        f"least thickness beside pockets and thinned ends (limit: ordered {spec.thickness_mm:g} mm, less {THICK_MM:g} mm for facets)",
        "insole_thickness",
        "mm",
        low=round(spec.thickness_mm - THICK_MM, 6),
        region="bed",
        over=over,
    )
    cut = spec.text_depth_mm if plan.texts else 0.0
    low = max(min(spec.floor_mm, spec.thickness_mm - cut) - THICK_MM, material.smallest_wall_mm)
    yield _requirement(
        "IN-THICK-2",
        f"least thickness anywhere (limit: ordered {spec.floor_mm:g} mm, less {THICK_MM:g} mm; of walls in {material.name})",
        "insole_thickness",
        "mm",
        low=round(low, 6),
        region="all",
        over=over,
    )
    yield _requirement(
        "IN-WALL-1",
        f"smallest wall anywhere, the rim of the cup included (limit: of walls in {material.name})",
        "min_wall",
        "mm",
        low=material.smallest_wall_mm,
        region="all",
    )


def _foot(spec: InsoleSpec, plan: InsolePlan) -> Iterator[Requirement]:
    yield _requirement(
        "IN-COVER-1", "share of the sole that bears and lies over the insole", "insole_cover", "%", low=COVERED_PERCENT
    )
    what = f"widest place without surface that models/sole.stl encloses over the part (limit: into {HOLE_MM:g} mm a top rises by 2)"
    yield _requirement("IN-COVER-2", what, "insole_sole_holes", "mm", high=HOLE_MM)
    yield from _side(plan)
    if plan.last:
        what = f"how far the part reaches beyond the bottom of the shoe last, seen from above (limit: {LAST_MM:g} mm, a facet of the curve)"
        yield _requirement("IN-LAST-1", what, "insole_last", "mm", high=LAST_MM)
    shoe = (("IN-SHOE-1", "length", spec.shoe_length_mm), ("IN-SHOE-2", "width", spec.shoe_width_mm))
    for id_, along, inner in shoe:
        if inner > 0:
            what = f"what the shoe's inner {along} of {inner:g} mm leaves"
            yield _requirement(id_, what, "insole_room", "mm", low=0.0, along=along, shoe_mm=inner)


def _side(plan: InsolePlan) -> Iterator[Requirement]:
    """By what of its own shape its side is proved; nothing where nothing tells it, which the plan's notes say."""
    by = told_by(plan)
    if by == "arch":
        yield _requirement(
            "IN-SIDE-1",
            "by how much its arch rises higher on the ordered foot's medial side than on the other, by the part's own shape",
            "insole_side",
            "mm",
            low=ARCH_HIGHER_MM,
            laterality=plan.laterality,
            arch_share=arch_share(plan),
        )
    if by == "front":
        yield _requirement(
            "IN-SIDE-2",
            "by how much its front end reaches further on the ordered foot's medial half than on the other, by the part's own shape",
            "insole_front",
            "mm",
            low=FRONT_FURTHER_MM,
            laterality=plan.laterality,
        )


def _whole(envelope: Envelope, plan: InsolePlan, material: SiteMaterial, printer: SitePrinter) -> Iterator[Requirement]:
    yield from _requirement.printed("IN", envelope, material, printer, most_g=MASS_LIMIT_G)
    if plan.texts:
        yield _requirement.letters("IN", plan.texts[0].depth_mm)
    if plan.filling is not None and plan.filling.kind == "zones":
        said = "the zones of the 3MF are closed, meet in the same triangles, and together are the part of the STL"
        yield _requirement("IN-FILE-1", said, "zones_same", "differences", high=0)
    else:
        yield _requirement.same_files("IN")
