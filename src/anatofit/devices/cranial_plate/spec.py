"""What an order asks of a cranial plate: every parameter, inside the envelope and in agreement with the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from anatofit.devices.envelope import Envelope
from anatofit.errors import PrescriptionError, Reason

BRIDGE_MM = (
    2.0  # wall between perforations, as wide as the default hole, so that a pattern keeps its strength: proposal
)
TAB_WALL_MM = (
    3.0  # both walls beside a screw hole together: of 1.5 mm each, rounded edges take up to 0.65, and 0.8 stays
)
SCREW_IN_BONE_MM = 3.0  # from the edge of the bone to the middle of the screw, proposal


class CranialPlateSpec(BaseModel):
    """Every parameter of the design, resolved. Made by `make_spec`, which alone checks the envelope."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    thickness_mode: Literal["host", "set"]
    thickness_mm: float
    thickness_max_mm: float
    gap_mm: float
    edge_radius_mm: float
    perforations: Literal["on", "off"]
    perforation_diameter_mm: float
    perforation_pitch_mm: float
    perforation_rim_mm: float
    fixation: Literal["tabs", "recess", "none"]
    screw_diameter_mm: float
    screw_bone_mm: float
    tab_count: int
    tab_thickness_mm: float
    tab_width_mm: float
    tab_length_mm: float
    text: Literal["engraved", "none"]
    text_height_mm: float
    text_depth_mm: float


def make_spec(envelope: Envelope, design: Mapping[str, Any]) -> CranialPlateSpec:
    """The checked spec. Raises PrescriptionError with every violated row, and every violated rule between rows that hold."""
    reasons = envelope.reasons_against(design)
    wrong = {reason.rule.removeprefix("design.") for reason in reasons}
    sound = {name: value for name, value in design.items() if name not in wrong}
    values = envelope.resolve(sound)
    if "thickness_max_mm" not in sound:
        values["thickness_max_mm"] = max(values["thickness_max_mm"], values["thickness_mm"])
    spec = CranialPlateSpec(**values)
    reasons += [
        reason for other, reason in _disagreements(spec) if not wrong & {other, reason.rule.removeprefix("design.")}
    ]
    if reasons:
        raise PrescriptionError(reasons)
    return spec


def _disagreements(spec: CranialPlateSpec) -> Iterator[tuple[str, Reason]]:
    """Each with the parameter that the reason's own one does not agree with."""
    if spec.thickness_max_mm < spec.thickness_mm:
        yield _at_least("thickness_max_mm", spec.thickness_max_mm, spec.thickness_mm, other="thickness_mm")
    least = spec.perforation_diameter_mm + BRIDGE_MM
    if spec.perforations == "on" and spec.perforation_pitch_mm < least:
        yield _at_least(
            "perforation_pitch_mm",
            spec.perforation_pitch_mm,
            least,
            "the diameter plus a bridge of 2 mm",
            other="perforation_diameter_mm",
        )
    if spec.fixation != "tabs":
        return
    least = spec.screw_diameter_mm + TAB_WALL_MM
    if spec.tab_width_mm < least:
        yield _at_least(
            "tab_width_mm", spec.tab_width_mm, least, "the screw's diameter plus 3 mm", other="screw_diameter_mm"
        )
    least = spec.tab_width_mm / 2 + SCREW_IN_BONE_MM
    if spec.tab_length_mm < least:
        yield _at_least(
            "tab_length_mm", spec.tab_length_mm, least, "half the tab's width plus 3 mm", other="tab_width_mm"
        )


def _at_least(name: str, was: float, least: float, what: str = "", *, other: str) -> tuple[str, Reason]:
    said = f"was {was:g} mm; at least {least:g} mm is wanted ({what or other}). Raise it, or lower {other}"
    return other, Reason(f"design.{name}", said)
