"""What an order asks of a cutting guide: the design inside its envelope, and the surgeon's plan in the source's own coordinates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, Literal

import numpy as np
from pydantic import Field, ValidationInfo, field_validator, model_validator

from anatofit.devices.cutting_guide.wedge_form import Wedge
from anatofit.devices.envelope import Envelope
from anatofit.devices.forms import Direction, Form, Place
from anatofit.devices.guide.forms import Pin, Relief, rounded_away, two_marks
from anatofit.devices.guide.idle import idle_keys, unengraved
from anatofit.errors import PrescriptionError, Reason
from anatofit.model.frame import FloatArray

LEAST_MM = {"slot_length_mm": 6.0, "foot_width_mm": 8.0}  # of what 0 leaves to the bone: for a phalanx

_GOES_WITH = {
    "open_toward": "open",
    "rest": "one-sided",
}  # what tells an end or a side goes with the one slot that has it


class Cut(Form):
    """One planned cut: a point of its plane, which is also the middle of its slot, and the plane's normal.

    slot: closed all round; open at the end that `open_toward` points to; or one-sided: one wall, on which the blade rests, on
    the side of the plane that `rest` names (of its normal, or the other; without it the other). marks: words on the normal's side
    and on the other.
    """

    point: Place
    normal: Direction
    slot: Literal["closed", "open", "one-sided"] = "closed"
    open_toward: Direction | None = None
    rest: Literal["normal", "other"] | None = None
    length_mm: float | None = None
    height_mm: float | None = None
    marks: tuple[str, str] | None = None

    @property
    def movable_along_lps(self) -> FloatArray | None:
        """The direction in the plane along which the slot may stand elsewhere than at the point; None where it may not."""
        return None

    _check_marks = field_validator("marks")(two_marks)

    @field_validator(*_GOES_WITH)
    @classmethod
    def _no_idle_key(cls, value: Any, info: ValidationInfo) -> Any:
        slot, needed = info.data.get("slot"), _GOES_WITH[str(info.field_name)]
        if value is not None and slot not in (None, needed):
            raise ValueError(
                f'{info.field_name} is wanted beside slot = "{needed}" alone, and slot is "{slot}". Remove or correct one of both'
            )
        return value


class WedgeCut(Cut):
    """A cut of a wedge; no order has it.

    out: in its plane, square to the hinge line, to the side where the saw enters; front: of the bone, where that was located;
    to_front: cosine to it that a way out has at least. by_anatomy: no place of the slot was ordered.
    """

    out: Direction
    front: Direction | None = None
    to_front: float = 0.0
    by_anatomy: bool = False

    @property
    def movable_along_lps(self) -> FloatArray | None:
        """Along the hinge line, where no place of the slot was ordered."""
        return np.cross(self.out, self.normal) if self.by_anatomy else None


class CuttingPlan(Form):
    """The table [plan]: cuts or a wedge or both, and if need be the way in, pins and regions of relief."""

    cut: tuple[Cut, ...] = Field(default=(), max_length=6)
    wedge: tuple[Wedge, ...] = Field(default=(), max_length=1)
    approach: Direction | None = None
    pin: tuple[Pin, ...] = Field(default=(), max_length=8)
    relief: tuple[Relief, ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _something_to_cut(self) -> CuttingPlan:
        if not self.cut and not self.wedge:
            raise ValueError("a cut ([[plan.cut]]) or a wedge ([[plan.wedge]])")
        return self


class CuttingGuideSpec(Form):
    """Every parameter of the design, resolved, and the plan. Made by `make_spec`, which alone checks the envelope."""

    blade_mm: float
    blade_clearance_mm: float
    slot_length_mm: float
    slot_height_mm: float
    slot_wall_mm: float
    lead_in_mm: float
    base_thickness_mm: float
    contact_offset_mm: float
    foot_reach_mm: float
    foot_width_mm: float
    steepest_deg: float
    bridge_width_mm: float
    fillet_mm: float
    edge_radius_mm: float
    pin_count: int
    pin_diameter_mm: float
    pin_clearance_mm: float
    pin_wall_mm: float
    sleeve_mm: float
    pin_angle_deg: float
    window_mm: float
    text: Literal["engraved", "none"]
    text_height_mm: float
    text_depth_mm: float
    surgery: CuttingPlan

    @property
    def opening_mm(self) -> float:
        """Width of a slot: the blade and what it needs around it."""
        return self.blade_mm + self.blade_clearance_mm

    @property
    def block_mm(self) -> float:
        """From a cut's plane to the outside of its slot's wall."""
        return self.opening_mm / 2 + self.slot_wall_mm


def make_spec(envelope: Envelope, design: Mapping[str, Any], surgery: CuttingPlan) -> CuttingGuideSpec:
    """The checked spec. Raises PrescriptionError with every violated row, and every rule between rows that hold."""
    reasons = envelope.reasons_against(design)
    wrong = {reason.rule.removeprefix("design.") for reason in reasons}
    asked = {name: value for name, value in design.items() if name not in wrong}
    spec = CuttingGuideSpec(**envelope.resolve(asked), surgery=surgery)
    reasons += [*_own_sizes(envelope, surgery), *_disagreements(spec, wrong), *idle_keys(asked, spec)]
    if spec.text == "none":
        reasons += [*unengraved("cut", "marks", surgery.cut), *unengraved("wedge", "marks", surgery.wedge)]
    if reasons:
        raise PrescriptionError(reasons)
    return spec


def _own_sizes(envelope: Envelope, surgery: CuttingPlan) -> Iterator[Reason]:
    """What cuts ask for themselves is held against the rows of the design that it stands in for."""
    sizes = (("length_mm", "slot_length_mm"), ("height_mm", "slot_height_mm"))
    tables = [("cut", surgery.cut, sizes), ("wedge", surgery.wedge, (*sizes, ("angle_deg", "wedge_deg")))]
    for table, entries, keys in tables:
        for (number, entry), (key, row) in product(enumerate(entries, start=1), keys):
            value = getattr(entry, key)
            against = None if value is None else envelope.rows[row].reason_against(value) or _too_short(row, value)
            if against:
                yield Reason(f"plan.{table}[{number}].{key}", against)


def _too_short(row: str, value_mm: float) -> str | None:
    least = LEAST_MM.get(row, 0.0)
    return (
        f"was {value_mm:g} mm; at least {least:g} mm is wanted, or 0: by the width of the bone"
        if 0.0 < value_mm < least
        else None
    )


def _disagreements(spec: CuttingGuideSpec, wrong: set[str]) -> Iterator[Reason]:
    for name in LEAST_MM:
        if name not in wrong and (short := _too_short(name, getattr(spec, name))):
            yield Reason(f"design.{name}", short)
    room = spec.block_mm + spec.edge_radius_mm
    if spec.foot_reach_mm < room:
        said = f"at least {room:g} mm is wanted (half the slot, its wall and an edge). Raise it, or lower slot_wall_mm"
        yield from _unless(wrong, spec, "foot_reach_mm", said, "slot_wall_mm", "blade_mm")
    for name in ("slot_wall_mm", "pin_wall_mm"):
        if said := rounded_away(getattr(spec, name), spec.edge_radius_mm):
            yield from _unless(wrong, spec, name, said, "edge_radius_mm")
    if spec.text == "engraved" and spec.text_depth_mm > spec.slot_wall_mm / 3:
        said = (
            f"at most a third of slot_wall_mm ({spec.slot_wall_mm / 3:g} mm) is wanted. Lower it, or raise slot_wall_mm"
        )
        yield from _unless(wrong, spec, "text_depth_mm", said, "slot_wall_mm")


def _unless(wrong: set[str], spec: CuttingGuideSpec, name: str, said: str, *others: str) -> Iterator[Reason]:
    """The reason against a parameter, unless it or one that it is compared with is wrong in itself."""
    if not wrong & {name, *others}:
        yield Reason(f"design.{name}", f"was {getattr(spec, name):g} mm; {said}")
