"""What an order says of a wedge osteotomy: by coordinates of its hinge, or by sides and distances at a located bone."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from anatofit.devices.forms import Direction, Form, Place
from anatofit.devices.guide.forms import two_marks

BY_PLACE = ("hinge", "hinge_axis", "start", "distal")
BY_ANATOMY = ("side", "start_mm", "hinge_from_cortex_mm", "hinge_below_joint_mm")


class Wedge(Form):
    """A wedge that is opened or closed about a hinge in the bone; the part of the bone away from the body turns.

    By coordinates: a point and the direction of the hinge line; start: where the saw enters, which with the hinge line spans
    the cut (of a closing wedge: the one of its two cuts from which the wedge is removed towards `removed`); distal: towards the
    part that turns. By anatomy, where the bone was recognised, and its joint line and axis found: side: the cortex where the saw enters;
    start_mm: from the joint line to there, along the mechanical axis; hinge_from_cortex_mm: from the hinge to the other cortex,
    in the cut; hinge_below_joint_mm: from the hinge to the plane of the joint, square to it. The hinge line then runs from
    front to back in the plane of the joint, so that the slope of the joint is kept.
    """

    kind: Literal["opening", "closing"]
    angle_deg: float
    hinge: Place | None = None
    hinge_axis: Direction | None = None
    start: Place | None = None
    distal: Direction | None = None
    side: Literal["medial", "lateral"] | None = None
    start_mm: float | None = Field(default=None, ge=5.0, le=150.0)
    hinge_from_cortex_mm: float | None = Field(default=None, ge=1.0, le=40.0)
    hinge_below_joint_mm: float | None = Field(default=None, ge=5.0, le=150.0)
    removed: Literal["distal", "proximal"] | None = None
    length_mm: float | None = None
    height_mm: float | None = None
    marks: tuple[str, str] | None = None

    _check_marks = field_validator("marks")(two_marks)

    @model_validator(mode="after")
    def _one_form(self) -> Wedge:
        placed, anatomical = self._given(BY_PLACE), self._given(BY_ANATOMY)
        if placed and anatomical:
            raise ValueError(f"{' and '.join(placed)} without {' and '.join(anatomical)}, or the other way round,")
        if placed and len(placed) < len(BY_PLACE):
            raise ValueError(f"{', '.join(k for k in BY_PLACE if k not in placed)} beside {' and '.join(placed)}")
        if not placed and self.side is None:
            raise ValueError(f'side = "medial" or "lateral", or all of {", ".join(BY_PLACE)},')
        if self.removed is not None and self.kind == "opening":
            raise ValueError("removed together with a closing wedge, and with nothing else,")
        return self

    def _given(self, keys: tuple[str, ...]) -> list[str]:
        return [key for key in keys if getattr(self, key) is not None]

    @property
    def places(self) -> list[Place]:
        """What of it lies on the bone."""
        return [at for at in (self.hinge, self.start) if at is not None]
