"""What an order asks of a bone plate: the design inside its envelope, and the surgeon's plan in the source's own coordinates."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from anatofit.devices.envelope import Envelope
from anatofit.devices.forms import Direction, Form, Place
from anatofit.errors import PrescriptionError, Reason
from anatofit.model.stock import StockPlate

Kind = Literal["round", "locking", "oblong"]
LEAST_SHOULDER_MM = 1.0  # of plate that is left beneath a screw's head, where the plate is thick enough, and around it by the bevel: proposal
LEAST_PITCH_MM = 6.0  # that can be ordered: heads of 1.5 mm screws and their walls
SAME_MM = 1.0  # two points of a path nearer to each other than this are one


class Axis(Form):
    """A straight line along the bone whose shadow on the surface is the plate's path.

    toward: the side of the bone on which the plate lies; none: each place of the line goes to the bone's nearest place.
    """

    start: Place = Field(alias="from")
    end: Place = Field(alias="to")
    toward: Direction | None = None


class PlannedScrew(Form):
    """A screw of the surgeon's own: a length along the path or a place on the bone, and the point that it aims at.

    Without `target` it stands normal to the bone. reach: as the design says (`screw_hold`) unless named here.
    """

    at_mm: float | None = Field(default=None, ge=0.0)
    at_point: Place | None = None
    target: Place | None = None
    kind: Kind | None = None
    diameter_mm: float | None = None
    hold: Literal["bicortical", "monocortical"] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> PlannedScrew:
        if (self.at_mm is None) == (self.at_point is None):
            raise ValueError("exactly one of at_mm, at_point")
        return self


class Line(Form):
    """A fracture or a cut: a plane through the bone, or a line over its surface. No screw comes near it."""

    point: Place | None = None
    normal: Direction | None = None
    points: tuple[Place, ...] | None = Field(default=None, min_length=2, max_length=200)
    margin_mm: float | None = Field(default=None, ge=0.0, le=40.0)

    @model_validator(mode="after")
    def _one_form(self) -> Line:
        plane = self.point is not None and self.normal is not None
        if plane == (self.points is not None) or (self.points is not None and (self.point or self.normal)):
            raise ValueError("point and normal of a plane, or points of a line over the surface, and not both")
        return self


class PlatePlan(Form):
    """The table [plan]: the path, and if need be its widths and thicknesses, screws, lines that screws keep off, and a folder of
    stock plates that are ranked by their fit."""

    path: tuple[Place, ...] | None = Field(default=None, min_length=2, max_length=60)
    axis: Axis | None = None
    width_mm: tuple[float, ...] | None = None
    thickness_mm: tuple[float, ...] | None = None
    screw: tuple[PlannedScrew, ...] = Field(default=(), max_length=24)
    line: tuple[Line, ...] = Field(default=(), max_length=8)
    catalogue: str | None = Field(default=None, min_length=1, max_length=400)

    @field_validator("path")
    @classmethod
    def _apart(cls, value: tuple[Place, ...] | None) -> tuple[Place, ...] | None:
        for one, other in zip(value or (), (value or ())[1:], strict=False):
            if math.dist(one, other) < SAME_MM:
                raise ValueError(f"points at least {SAME_MM:g} mm from the one before were wanted")
        return value

    @model_validator(mode="after")
    def _one_path(self) -> PlatePlan:
        if (self.path is None) == (self.axis is None):
            raise ValueError("exactly one of path, axis")
        for key in ("width_mm", "thickness_mm"):
            profile = getattr(self, key)
            if profile is not None and len(profile) != len(self.places):
                raise ValueError(f"one {key} for each of the {len(self.places)} points of the path")
        return self

    @property
    def places(self) -> tuple[Place, ...]:
        """The points that tell which bone is meant."""
        if self.path is not None:
            return self.path
        assert self.axis is not None
        return self.axis.start, self.axis.end


class BonePlateSpec(Form):
    """Every parameter of the design, resolved, and the plan. Made by `make_spec`, which alone checks the envelope."""

    width_mm: float
    thickness_mm: float
    end_thickness_mm: float
    runout_mm: float
    bevel_share: float
    edge_radius_mm: float
    contact_offset_mm: float
    wrap_deg: float
    hole_kind: Kind
    hole_count: int
    hole_pitch_mm: float
    hole_wall_mm: float
    hole_clearance_mm: float
    screw_diameter_mm: float
    head_diameter_mm: float
    countersink_deg: float
    cone_deg: float
    oblong_mm: float
    lean_deg: float
    line_margin_mm: float
    screw_hold: Literal["bicortical", "monocortical"]
    screw_step_mm: float
    screw_beyond_mm: float
    screw_in_bone_mm: float
    screw_longest_mm: float
    hollow_mm: float
    text: Literal["engraved", "none"]
    text_height_mm: float
    text_depth_mm: float
    surgery: PlatePlan
    stock: tuple[StockPlate, ...] = ()


def make_spec(
    envelope: Envelope, design: Mapping[str, Any], surgery: PlatePlan, stock: tuple[StockPlate, ...] = ()
) -> BonePlateSpec:
    """The checked spec. Raises PrescriptionError with every violated row, and every rule between rows that hold."""
    reasons = envelope.reasons_against(design)
    wrong = {reason.rule.removeprefix("design.") for reason in reasons}
    values = envelope.resolve({name: value for name, value in design.items() if name not in wrong})
    spec = BonePlateSpec(**values, surgery=surgery, stock=stock)
    reasons += [*_own_sizes(envelope, surgery), *_disagreements(spec, wrong)]
    if reasons:
        raise PrescriptionError(reasons)
    return spec


def _own_sizes(envelope: Envelope, surgery: PlatePlan) -> Iterator[Reason]:
    """What points and screws ask for themselves is held against the rows of the design that it stands in for."""
    for key in ("width_mm", "thickness_mm"):
        for number, value in enumerate(getattr(surgery, key) or (), start=1):
            if against := envelope.rows[key].reason_against(value):
                yield Reason(f"plan.{key}[{number}]", against)
    for number, screw in enumerate(surgery.screw, start=1):
        row = envelope.rows["screw_diameter_mm"]
        if screw.diameter_mm is not None and (against := row.reason_against(screw.diameter_mm)):
            yield Reason(f"plan.screw[{number}].diameter_mm", against)


def _disagreements(spec: BonePlateSpec, wrong: set[str]) -> Iterator[Reason]:
    if 0.0 < spec.hole_pitch_mm < LEAST_PITCH_MM:
        said = f"at least {LEAST_PITCH_MM:g} mm is wanted, or 0: by the screws' diameter"
        yield from _unless(wrong, spec, "hole_pitch_mm", said)
    thinnest = min([spec.thickness_mm, *(spec.surgery.thickness_mm or ())])
    hole = spec.screw_diameter_mm + spec.hole_clearance_mm
    if spec.head_diameter_mm < hole + 0.4:
        said = f"at least {hole + 0.4:g} mm is wanted (the hole, and 0.2 mm on which the head rests). Raise it, or lower screw_diameter_mm"
        yield from _unless(wrong, spec, "head_diameter_mm", said, "screw_diameter_mm", "hole_clearance_mm")
    if spec.end_thickness_mm > thinnest:
        said = f"at most the plate's own thickness ({thinnest:g} mm) is wanted. Lower it"
        yield from _unless(wrong, spec, "end_thickness_mm", said, "thickness_mm")
    if 2 * spec.edge_radius_mm > 0.8 * min(spec.end_thickness_mm, thinnest):
        said = (
            f"at most {0.4 * min(spec.end_thickness_mm, thinnest):g} mm is wanted (two edges leave a fifth of the thinnest "
            "place flat). Lower it, or raise end_thickness_mm"
        )
        yield from _unless(wrong, spec, "edge_radius_mm", said, "end_thickness_mm", "thickness_mm")
    if spec.text == "engraved" and spec.text_depth_mm > thinnest / 4:
        said = f"at most a quarter of the thickness ({thinnest / 4:g} mm) is wanted. Lower it, or raise thickness_mm"
        yield from _unless(wrong, spec, "text_depth_mm", said, "thickness_mm")


def _unless(wrong: set[str], spec: BonePlateSpec, name: str, said: str, *others: str) -> Iterator[Reason]:
    """The reason against a parameter, unless it or one that it is compared with is wrong in itself."""
    if not wrong & {name, *others}:
        yield Reason(f"design.{name}", f"was {getattr(spec, name):g} mm; {said}")
