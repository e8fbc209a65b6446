"""What an order asks of a socket: the design inside its envelope, a rectification, and points and regions of its own."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import Field

from anatofit.devices.envelope import Envelope
from anatofit.devices.forms import Form
from anatofit.errors import PrescriptionError, Reason
from anatofit.model.rectification import Region, Template

_ROOM_MM = 5.0  # of the block beside a hole
_BESIDE_MM = 2.0  # between a bore and the holes
# What is made where the order leaves wall_mm and hole_depth_mm open (0) and the screening of strength wants no more. The wall: the middle one of the
# parameter table of sockets; the threads: more than twice their diameter, in plastics. LEAST: of what is ordered.
USUAL_WALL_MM, USUAL_DEPTH_MM = 4.0, 14.0
LEAST_WALL_MM, LEAST_DEPTH_MM = 3.0, 8.0


class TrimPoint(Form):
    """The trim line passes here: medial_deg from the front to the medial side (on a limb of unknown side: counter-clockwise seen from
    above), above_tendon_mm over the middle of the patellar tendon."""

    medial_deg: float = Field(ge=-180.0, le=180.0)
    above_tendon_mm: float = Field(ge=-80.0, le=100.0)


class SocketPlanForm(Form):
    """The table [plan] of an order. template: a file beside the order, in place of the library's."""

    template: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*\.toml$", max_length=80)
    region: tuple[Region, ...] = Field(default=(), max_length=12)
    trim: tuple[TrimPoint, ...] = Field(default=(), max_length=24)


class SocketSpec(Form):
    """Every parameter of the design, resolved, and the plan. Made by `make_spec`, which alone checks the envelope. material_mpa: strength of
    the material that it is made of, 0 before that is known."""

    variant: Literal["test", "definitive"]
    template: str
    strength_percent: float
    liner_mm: float
    liner_stretch_percent: float
    distal_gap_mm: float
    smoothing_mm: float
    wall_mm: float
    distal_wall_mm: float
    trim_front_mm: float
    trim_side_mm: float
    trim_back_mm: float
    hamstring_dip_mm: float
    flare_mm: float
    flare_along_mm: float
    flexion_deg: float
    adduction_deg: float
    offset_front_mm: float
    offset_medial_mm: float
    hole_pitch_mm: float
    hole_mm: float
    hole_depth_mm: float
    block_mm: float
    bore_mm: float
    slots: int
    slot_width_mm: float
    slot_length_mm: float
    body_mass_kg: float
    text: Literal["engraved", "none"]
    text_height_mm: float
    text_depth_mm: float
    material_mpa: float = 0.0
    rectification: Template
    surgery: SocketPlanForm


def make_spec(
    envelope: Envelope, design: Mapping[str, Any], surgery: SocketPlanForm, template: Template | None = None
) -> SocketSpec:
    """The checked spec; template: of the order's own file. Raises PrescriptionError with every violated row, and every rule between
    rows that hold."""
    reasons = envelope.reasons_against(design)
    wrong = {reason.rule.removeprefix("design.") for reason in reasons}
    values = envelope.resolve({name: value for name, value in design.items() if name not in wrong})
    own = library(values["template"]) if template is None else template
    spec = SocketSpec(**values, rectification=own, surgery=surgery)
    reasons += [*_disagreements(spec, wrong), *_twice(spec)]
    if reasons:
        raise PrescriptionError(reasons)
    return spec


@cache
def library(name: str) -> Template:
    """A rectification of the package's own library."""
    text = files(__package__).joinpath("templates", f"{name}.toml").read_text(encoding="utf-8")
    return Template.model_validate(tomllib.loads(text))


def _twice(spec: SocketSpec) -> Iterator[Reason]:
    taken = {region.name for region in spec.rectification.region}
    for number, region in enumerate(spec.surgery.region, start=1):
        if region.name in taken:
            yield Reason(f"plan.region[{number}].name", "is the name of another region; a name of its own is wanted")
        taken.add(region.name)


def _disagreements(spec: SocketSpec, wrong: set[str]) -> Iterator[Reason]:
    """What contradicts itself, unless one of those compared is wrong in itself."""
    room = spec.hole_pitch_mm + spec.hole_mm + 2 * _ROOM_MM
    wall = spec.wall_mm or USUAL_WALL_MM
    between = spec.hole_pitch_mm * 2**0.5 - spec.hole_mm - 2 * _BESIDE_MM
    rules = (
        (
            "block_mm",
            ("hole_pitch_mm", "hole_mm"),
            spec.block_mm < room,
            f"at least {room:g} mm are wanted around the holes",
        ),
        (
            "bore_mm",
            ("hole_pitch_mm", "hole_mm"),
            spec.bore_mm > between,
            f"{between:.1f} mm at most lie between the holes",
        ),
        (
            "distal_wall_mm",
            ("wall_mm",),
            spec.distal_wall_mm < wall,
            f"wall_mm ({wall:g} mm) at least is wanted",
        ),
        ("wall_mm", (), 0 < spec.wall_mm < LEAST_WALL_MM, _or_open(LEAST_WALL_MM)),
        ("hole_depth_mm", (), 0 < spec.hole_depth_mm < LEAST_DEPTH_MM, _or_open(LEAST_DEPTH_MM)),
        (
            "slot_length_mm",
            ("slot_width_mm",),
            spec.slot_length_mm < 2 * spec.slot_width_mm,
            "twice slot_width_mm at least is wanted",
        ),
    )
    for name, others, against, why in rules:
        if against and not wrong & {name, *others}:
            yield Reason(f"design.{name}", f"was {getattr(spec, name):g} mm; {why}")


def _or_open(least_mm: float) -> str:
    return f"{least_mm:g} mm at least is wanted, or 0: what the screening of strength wants"
