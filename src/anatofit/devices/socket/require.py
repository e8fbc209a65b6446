"""What must be proved of a socket, with its limits; verify/ measures each from the exported files."""

from __future__ import annotations

from collections.abc import Iterator

from anatofit.devices.asking import Asking
from anatofit.devices.base import SiteMaterial, SitePrinter
from anatofit.devices.envelope import Envelope
from anatofit.devices.socket.advice import ADVICE
from anatofit.devices.socket.body import PART
from anatofit.devices.socket.layout import SocketPlan
from anatofit.devices.socket.spec import SocketSpec
from anatofit.devices.socket.strength import FACTORS, LEVER_MM, WEIGHTS, force_n, thread_mm
from anatofit.model.finding import Requirement

MEDIAN_MM, P99_MM = 0.05, 0.2  # of the inner face's distance from limb, liner and rectification (issue 5)
EVENED_MM = (
    0.6  # of the evened limb's distance from the scan, 95th percentile: twice a hand-held scanner's noise, proposal
)
WALL_MM = 0.15  # what facets may take of the wall: proposal
GAP_MM = 0.6  # what noise of the scan may take of the distal gap: proposal
TRIM_MM = 0.5  # of the brim's distance from the planned line: a finger does not feel it, proposal
VOLUME_PERCENT = 0.3  # of the room inside, told against measured: proposal
DONNING_PERCENT = 8.0  # of girth that limb and liner give way by on the way in: proposal
AXIS_DEG, AXIS_MM, BORE_MM = (
    0.1,
    0.05,
    0.1,
)  # of the adapter's face and of its holes: what a printer never keeps, proposal
MASS_LIMIT_G = 1200.0  # a heavier socket than that of lamination is not worn: proposal
_requirement = Asking(PART, ADVICE)


def requirements(
    envelope: Envelope, spec: SocketSpec, plan: SocketPlan, *, material: SiteMaterial, printer: SitePrinter
) -> list[Requirement]:
    """Every requirement of this socket, in the order of the report."""
    return [
        *_requirement.sound_mesh("SK"),
        *_fit(spec, plan),
        *_walls(plan, material),
        *_form(plan),
        *_adapter(spec, plan, material),
        *_whole(envelope, spec, plan, material, printer),
    ]


def _fit(spec: SocketSpec, plan: SocketPlan) -> Iterator[Requirement]:
    said = "distance of the inner face from limb, liner and rectification"
    yield _requirement("SK-FIT-1", f"{said}, median", "socket_inner_median", "mm", high=MEDIAN_MM)
    yield _requirement("SK-FIT-2", f"{said}, 99th percentile", "socket_inner_p99", "mm", high=P99_MM)
    what = f"distance of the limb, evened by {plan.shape.smoothing_mm:g} mm, from the scan, 95th percentile"
    yield _requirement("SK-LIMB-1", what, "socket_evened", "mm", high=EVENED_MM)
    if spec.distal_gap_mm:
        what = f"room below the liner's distal end (limit: ordered {spec.distal_gap_mm:g} mm, less {GAP_MM:g} mm for the scan's noise)"
        yield _requirement("SK-GAP-1", what, "socket_gap", "mm", low=round(spec.distal_gap_mm - GAP_MM, 6))


def _walls(plan: SocketPlan, material: SiteMaterial) -> Iterator[Requirement]:
    thin, thick = (f(s.value_mm for s in plan.shape.wall) for f in (min, max))
    what = f"what the wall has over its plan ({thin:g} to {thick:g} mm and what regions add) where it has least"
    yield _requirement("SK-WALL-1", what, "socket_wall", "mm", low=-WALL_MM)
    what = f"smallest wall anywhere, letters and holes included (limit: of walls in {material.name})"
    yield _requirement("SK-WALL-2", what, "min_wall", "mm", low=material.smallest_wall_mm, region="all")


def _form(plan: SocketPlan) -> Iterator[Requirement]:
    yield _requirement(
        "SK-TRIM-1", "distance of the brim from the planned trim line", "socket_trim", "mm", high=TRIM_MM
    )
    what = f"room inside, {plan.room_level_mm:.0f} mm up, against what is told ({plan.socket_volume_mm3 / 1000:.0f} ml)"
    told = {"told_mm3": plan.socket_volume_mm3, "level_mm": plan.room_level_mm}
    yield _requirement("SK-VOL-1", what, "socket_volume", "%", high=VOLUME_PERCENT, **told)
    what = "share of its girth by which the limb in its liner gives way on the way in"
    yield _requirement("SK-DON-1", what, "socket_donning", "%", high=DONNING_PERCENT)


def _adapter(spec: SocketSpec, plan: SocketPlan, material: SiteMaterial) -> Iterator[Requirement]:
    yield _requirement(
        "SK-ADAPT-1", "angle of the adapter's face against the plan", "adapter_deg", "deg", high=AXIS_DEG
    )
    yield _requirement("SK-ADAPT-2", "distance of the adapter's middle from the plan", "adapter_mm", "mm", high=AXIS_MM)
    what = f"alignment to the limb against the order (flexion {spec.flexion_deg:g}°, adduction {spec.adduction_deg:g}°)"
    angles = {"flexion_deg": spec.flexion_deg, "adduction_deg": spec.adduction_deg}
    yield _requirement("SK-ALIGN-1", what, "adapter_alignment", "deg", high=AXIS_DEG, **angles)
    yield _requirement(
        "SK-HOLE-1", "distance of the holes' axes from the plan", "channel_axis_mm", "mm", high=AXIS_MM, of="holes"
    )
    yield _requirement(
        "SK-HOLE-2", "angle of the holes' axes against the plan", "channel_axis_deg", "deg", high=AXIS_DEG, of="holes"
    )
    yield _requirement(
        "SK-HOLE-3", "difference of the holes' diameters from the plan", "channels", "mm", high=BORE_MM, of="holes"
    )
    if plan.bores:
        yield _requirement(
            "SK-BORE-1", "difference of the bore's diameter from the plan", "channels", "mm", high=BORE_MM, of="bores"
        )
    if plan.vents:
        yield _requirement(
            "SK-SLOT-1", "difference of the slots' sizes from the plan", "socket_slots", "mm", high=BORE_MM
        )
    yield _strength(spec, plan, material)


def unfit(material: SiteMaterial) -> str:
    """Why no socket can be made of a material: its strength is screened, and a shell of rubber carries nobody."""
    if material.shore_a is not None:
        return "is an elastomer, and a socket carries the body by its shape; name a stiff material"
    if material.strength_mpa is None:
        return "has no strength_mpa, by which a socket is screened; state it with its source in the site's anatofit.toml, or name another material"
    return ""


def _strength(spec: SocketSpec, plan: SocketPlan, material: SiteMaterial) -> Requirement:
    strength = material.strength_mpa or 0.0
    what = (
        f"screening of strength: factor of {strength:g} MPa ({material.name}, by the site's materials) over the stress of "
        f"{force_n(spec):.0f} N ({WEIGHTS:g} times {spec.body_mass_kg:g} kg) at a "
        f"lever of {LEVER_MM:g} mm. It compares designs of this kind and is not the test that ISO 10328 asks for"
    )
    return _requirement(
        "SK-STRONG-1", what, "socket_strength", "times", low=FACTORS[spec.variant], force_n=round(force_n(spec), 3), lever_mm=LEVER_MM,
        strength_mpa=strength, thread_mm=thread_mm(spec), thread_long_mm=plan.holes[0].depth_mm,
        pitch_mm=spec.hole_pitch_mm,
    )  # fmt: skip


def _whole(
    envelope: Envelope, spec: SocketSpec, plan: SocketPlan, material: SiteMaterial, printer: SitePrinter
) -> Iterator[Requirement]:
    yield from _requirement.printed("SK", envelope, material, printer, most_g=MASS_LIMIT_G)
    if plan.texts:
        yield _requirement.letters("SK", spec.text_depth_mm)
    yield _requirement.same_files("SK")
