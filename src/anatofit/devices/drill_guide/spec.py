"""What an order asks of a drill guide: the design inside its envelope, and the surgeon's plan in the source's own coordinates."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from anatofit.devices.envelope import Envelope
from anatofit.devices.forms import Direction, Form, Place
from anatofit.devices.guide.forms import MARK, Pin, Relief, rounded_away
from anatofit.devices.guide.idle import idle_keys, unengraved
from anatofit.errors import PrescriptionError, Reason

NEAREST_MM = 1.0  # between entry and target: nearer ones tell no direction

# Past the far cortex: a screw that holds both stands out by a thread or two, 2 mm, and the point of the widest drill is as long again;
# what lies deeper is another bone, vessel, nerve or gut, and nobody means it unsaid. Proposal.
BEYOND_MM = 5.0


class Trajectory(Form):
    """One planned axis: where the drill enters the bone, the place its tip is to reach, and the drill's diameter.

    drill_mm: the drill's length from its collar to its tip; the sleeve's top then stops it at the target. insert_mm: outer
    diameter of a metal insert that leads the drill. mark: words on the sleeve's plate. beyond_mm: how far past the end of the far
    cortex the tip may end.
    """

    entry: Place
    target: Place
    diameter_mm: float = Field(ge=0.8, le=8.0)
    sleeve_mm: float | None = None
    drill_mm: float | None = Field(default=None, gt=0.0, le=400.0)
    insert_mm: float | None = None
    mark: str | None = None
    beyond_mm: float = Field(default=BEYOND_MM, ge=0.0, le=200.0)

    @field_validator("mark")
    @classmethod
    def _engravable(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(MARK, value):
            raise ValueError("1 to 8 capitals, digits, spaces, dots, dashes or plus signs were wanted")
        return value

    @property
    def reach_mm(self) -> float:
        """From entry to target."""
        return math.dist(self.entry, self.target)


class KeepOut(Form):
    """What no drill may come near: a closed surface in a file beside the order, in the bone's own frame and unit, or a ball.

    The name of a file stays in the order as written: it may tell a patient.
    """

    surface: str | None = Field(default=None, exclude=True, min_length=1)
    point: Place | None = None
    radius_mm: float | None = Field(default=None, ge=0.0, le=200.0)

    @model_validator(mode="after")
    def _one(self) -> KeepOut:
        ball = self.point is not None and self.radius_mm is not None
        half = (self.point is None) != (self.radius_mm is None)
        if half or ball == (self.surface is not None):
            raise ValueError("either surface, or point and radius_mm were wanted")
        return self


class DrillPlan(Form):
    """The table [plan]: trajectories, and if need be the way in, pins, regions of relief and what is kept out of."""

    trajectory: tuple[Trajectory, ...] = Field(min_length=1, max_length=8)
    approach: Direction | None = None
    pin: tuple[Pin, ...] = Field(default=(), max_length=8)
    relief: tuple[Relief, ...] = Field(default=(), max_length=20)
    keep_out: tuple[KeepOut, ...] = Field(default=(), max_length=12)


class DrillGuideSpec(Form):
    """Every parameter of the design, resolved, and the plan. Made by `make_spec`, which alone checks the envelope."""

    drill_clearance_mm: float
    insert_mm: float
    insert_clearance_mm: float
    sleeve_mm: float
    sleeve_wall_mm: float
    base_thickness_mm: float
    contact_offset_mm: float
    foot_reach_mm: float
    steepest_deg: float
    bridge_width_mm: float
    tissue_mm: float
    keep_out_mm: float
    fillet_mm: float
    edge_radius_mm: float
    pin_count: int
    pin_diameter_mm: float
    pin_clearance_mm: float
    pin_wall_mm: float
    pin_sleeve_mm: float
    pin_angle_deg: float
    window_mm: float
    plate_mm: float
    plate_thickness_mm: float
    text: Literal["engraved", "none"]
    text_height_mm: float
    text_depth_mm: float
    surgery: DrillPlan

    def insert_of(self, trajectory: Trajectory) -> float:
        """Outer diameter of a trajectory's metal insert, 0 where it has none."""
        return self.insert_mm if trajectory.insert_mm is None else trajectory.insert_mm

    def hole_mm(self, trajectory: Trajectory) -> float:
        """Diameter of the channel: of the insert where there is one, else of the drill; each with its clearance."""
        insert = self.insert_of(trajectory)
        return insert + self.insert_clearance_mm if insert else trajectory.diameter_mm + self.drill_clearance_mm

    def top_mm(self, trajectory: Trajectory) -> float:
        """Height of the sleeve's top above the entry as ordered, along the axis."""
        if trajectory.drill_mm is not None:
            return trajectory.drill_mm - trajectory.reach_mm
        return self.sleeve_mm if trajectory.sleeve_mm is None else trajectory.sleeve_mm

    def play_deg(self, trajectory: Trajectory, top_mm: float) -> float:
        """By how much a drill can lean in its sleeve: its clearance, and that of an insert, over the sleeve's length."""
        play = self.drill_clearance_mm + (self.insert_clearance_mm if self.insert_of(trajectory) else 0.0)
        return math.degrees(math.atan(play / top_mm))


def make_spec(envelope: Envelope, design: Mapping[str, Any], surgery: DrillPlan) -> DrillGuideSpec:
    """The checked spec. Raises PrescriptionError with every violated row, and every rule between rows that hold."""
    reasons = envelope.reasons_against(design)
    wrong = {reason.rule.removeprefix("design.") for reason in reasons}
    asked = {name: value for name, value in design.items() if name not in wrong}
    spec = DrillGuideSpec(**envelope.resolve(asked), surgery=surgery)
    for number, trajectory in enumerate(surgery.trajectory, start=1):
        reasons += _own(envelope, spec, trajectory, f"plan.trajectory[{number}]")
    reasons += [*_disagreements(spec, wrong), *idle_keys(asked, spec), *_alike(surgery.trajectory)]
    reasons += unengraved("trajectory", "mark", surgery.trajectory) if spec.text == "none" else []
    if reasons:
        raise PrescriptionError(reasons)
    return spec


def _own(envelope: Envelope, spec: DrillGuideSpec, trajectory: Trajectory, key: str) -> Iterator[Reason]:
    """What a trajectory asks for itself is held against the rows of the design that it stands in for."""
    if trajectory.reach_mm < NEAREST_MM:
        said = f"entry and target lie less than {NEAREST_MM:g} mm apart; two places that tell a direction are wanted"
        yield Reason(key, said)
        return
    for name in ("sleeve_mm", "insert_mm"):
        value = getattr(trajectory, name)
        against = None if value is None else envelope.rows[name].reason_against(value)
        if against:
            yield Reason(f"{key}.{name}", against)
    if trajectory.drill_mm is not None:
        yield from _stopped(envelope, spec, trajectory, key)
    insert, least = spec.insert_of(trajectory), trajectory.diameter_mm + 0.4
    if 0.0 < insert < least:
        said = f"an insert of {insert:g} mm around a drill of {trajectory.diameter_mm:g} mm has no wall; {least:g} mm at least are wanted, or 0 for none"
        yield Reason(f"{key}.insert_mm", said)


def _alike(trajectories: Sequence[Trajectory]) -> Iterator[Reason]:
    """A reason for each mark that an earlier sleeve bears too, its number where it has none: nobody can tell the two apart."""
    first: dict[str, int] = {}
    for number, trajectory in enumerate(trajectories, start=1):
        mark = trajectory.mark or str(number)
        if (earlier := first.setdefault(mark, number)) != number:
            said = (
                f'trajectories {earlier} and {number} would both bear "{mark}", and could not be told apart in the theatre; a mark for each is '
                "wanted (without one a trajectory bears its number)"
            )
            yield Reason(f"plan.trajectory[{number}].mark", said)


def _stopped(envelope: Envelope, spec: DrillGuideSpec, trajectory: Trajectory, key: str) -> Iterator[Reason]:
    """A drill that its collar stops: the sleeve between collar and bone must be one that can be built."""
    row, top = envelope.rows["sleeve_mm"], spec.top_mm(trajectory)
    if trajectory.sleeve_mm is not None:
        yield Reason(f"{key}.drill_mm", "sleeve_mm was given beside it; one of them alone sets the sleeve's top")
    elif row.reason_against(top):
        said = (
            f"a drill of {trajectory.drill_mm:g} mm from collar to tip leaves a sleeve of {top:.1f} mm above the bone; {row.min:g} to {row.max:g} mm "
            "are wanted. Choose another drill"
        )
        yield Reason(f"{key}.drill_mm", said)


def _disagreements(spec: DrillGuideSpec, wrong: set[str]) -> Iterator[Reason]:
    widest = max(spec.hole_mm(t) for t in spec.surgery.trajectory) / 2
    room = round(widest + spec.sleeve_wall_mm + spec.edge_radius_mm, 6)
    if spec.foot_reach_mm < room:
        said = f"at least {room:g} mm is wanted (half the widest channel, its wall and an edge). Raise it, or lower sleeve_wall_mm"
        yield from _unless(wrong, spec, "foot_reach_mm", said, "sleeve_wall_mm", "edge_radius_mm", "insert_mm")
    for name in ("sleeve_wall_mm", "pin_wall_mm"):
        if said := rounded_away(getattr(spec, name), spec.edge_radius_mm):
            yield from _unless(wrong, spec, name, said, "edge_radius_mm")
    deepest = spec.plate_thickness_mm / 4
    if spec.text == "engraved" and spec.text_depth_mm > deepest:
        said = (
            f"at most a quarter of plate_thickness_mm ({deepest:g} mm) is wanted. Lower it, or raise plate_thickness_mm"
        )
        yield from _unless(wrong, spec, "text_depth_mm", said, "plate_thickness_mm")


def _unless(wrong: set[str], spec: DrillGuideSpec, name: str, said: str, *others: str) -> Iterator[Reason]:
    """The reason against a parameter, unless it or one that it is compared with is wrong in itself."""
    if not wrong & {name, *others}:
        yield Reason(f"design.{name}", f"was {getattr(spec, name):g} mm; {said}")
