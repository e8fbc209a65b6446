"""What an order asks of an insole: the design inside its envelope, and elements on places of the foot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from anatofit.devices.envelope import Envelope
from anatofit.devices.forms import Form
from anatofit.devices.insole.stiffness import HARDNESS_SHORE_A, Stiffness
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.gyroid import density_of

ROOM_MM = 2.5  # under the skin of a lattice: with less it has no cells, only posts (proposal)

Landmark = Literal["heel", "first_metatarsal_head", "second_metatarsal_head", "fifth_metatarsal_head", "arch_apex"]


class Element(Form):
    """An oval that is raised (pad) or lowered (pocket) at a landmark, or at a place in the foot's own frame.

    x_mm: from the heel's rearmost point distally; medial_mm: from the second ray to the medial side; both move a place that a
    landmark names. length_mm along the foot, width_mm across it, turned by turn_deg to the medial side at its front.
    """

    at: Landmark | None = None
    x_mm: float | None = None
    medial_mm: float | None = None
    length_mm: float
    width_mm: float
    height_mm: float
    turn_deg: float = Field(default=0.0, ge=-90.0, le=90.0)

    @model_validator(mode="after")
    def _somewhere(self) -> Element:
        if self.at is None and (self.x_mm is None or self.medial_mm is None):
            raise ValueError("a place: at, or x_mm and medial_mm")
        return self


class InsoleElements(Form):
    """The table [plan] of an order."""

    element: tuple[Element, ...] = Field(default=(), max_length=12)


class InsoleSpec(Form):
    """Every parameter of the design, resolved, and the elements. Made by `make_spec`, which alone checks the envelope."""

    length: Literal["full", "sulcus", "three-quarter"]
    thickness_mm: float
    floor_mm: float
    heel_cup_mm: float
    arch_height_mm: float
    arch_raise_mm: float
    lateral_wall_mm: float
    forefoot_depth_mm: float
    smoothing_mm: float
    steepest_deg: float
    rearfoot_post_deg: float
    forefoot_post_deg: float
    heel_lift_mm: float
    metatarsal_pad_mm: float
    edge_offset_mm: float
    toe_room_mm: float
    bevel_deg: float
    edge_radius_mm: float
    shoe_length_mm: float
    shoe_width_mm: float
    target_kpa: float
    offload: Literal["pockets", "none"]
    shore_a: float
    fill: Literal["solid", "lattice", "zones"]
    cell_mm: float
    sheet_mm: float
    skin_mm: float
    fill_density: float
    solid_mpa: float
    text: Literal["engraved", "none"]
    text_height_mm: float
    text_depth_mm: float
    solid: Stiffness = Stiffness(kpa=None, said="no material was named")
    surgery: InsoleElements


def make_spec(envelope: Envelope, design: Mapping[str, Any], surgery: InsoleElements) -> InsoleSpec:
    """The checked spec. Raises PrescriptionError with every violated row, and every rule between rows that hold."""
    reasons = envelope.reasons_against(design)
    wrong = {reason.rule.removeprefix("design.") for reason in reasons}
    values = envelope.resolve({name: value for name, value in design.items() if name not in wrong})
    spec = InsoleSpec(**values, surgery=surgery)
    reasons += [*_elements(envelope, spec), *_disagreements(spec, wrong)]
    if reasons:
        raise PrescriptionError(reasons)
    return spec


def _elements(envelope: Envelope, spec: InsoleSpec) -> Iterator[Reason]:
    deepest = spec.thickness_mm - spec.floor_mm
    rows = {"length_mm": "element_size_mm", "width_mm": "element_size_mm", "height_mm": "element_height_mm"}
    for number, element in enumerate(spec.surgery.element, start=1):
        for key, row in rows.items():
            if against := envelope.rows[row].reason_against(getattr(element, key)):
                yield Reason(f"plan.element[{number}].{key}", against)
        if -element.height_mm > deepest:
            said = (
                f"a pocket of {-element.height_mm:g} mm was asked for; {deepest:g} mm at most leave floor_mm of thickness_mm. "
                "Make it shallower, or raise thickness_mm"
            )
            yield Reason(f"plan.element[{number}].height_mm", said)


def _disagreements(spec: InsoleSpec, wrong: set[str]) -> Iterator[Reason]:
    """What contradicts itself, unless one of those compared is wrong in itself."""
    left = spec.thickness_mm - spec.floor_mm
    said = {}
    if left < 0:
        said["floor_mm"] = f"thickness_mm ({spec.thickness_mm:g} mm) at most is wanted. Lower it"
    elif spec.text == "engraved" and spec.text_depth_mm > left:
        said["text_depth_mm"] = f"{left:g} mm at most leave floor_mm of thickness_mm. Lower it, or raise thickness_mm"
    for name, why in said.items():
        if not wrong & {name, "floor_mm", "thickness_mm"}:
            yield Reason(f"design.{name}", f"was {getattr(spec, name):g} mm; {why}")
    yield from _unclear_stiffness(spec, wrong)
    if spec.fill == "lattice":
        yield from _no_lattice(spec)


def _unclear_stiffness(spec: InsoleSpec, wrong: set[str]) -> Iterator[Reason]:
    """Why nothing tells how stiff the material is meant to be."""
    low, high = HARDNESS_SHORE_A
    said = {}
    if spec.shore_a and spec.solid_mpa:
        said["shore_a"] = "was given beside solid_mpa; each tells how stiff the material is. Give one of them"
    elif 0 < spec.shore_a < low:
        said["shore_a"] = f"was {spec.shore_a:g}; {low:g} to {high:g} is wanted, or 0 for that of the material"
    for name, why in said.items():
        if not wrong & {"shore_a", "solid_mpa"}:
            yield Reason(f"design.{name}", why)


def _no_lattice(spec: InsoleSpec) -> Iterator[Reason]:
    """Why there is no such lattice."""
    least = density_of(spec.sheet_mm, cell_mm=spec.cell_mm)
    said = {}
    if spec.thickness_mm - spec.skin_mm < ROOM_MM:
        said["thickness_mm"] = f"a lattice wants {ROOM_MM:g} mm beneath skin_mm. Raise it, or lower skin_mm"
    if spec.fill_density < least:
        said["fill_density"] = (
            f"the thinnest sheet fills {least:.2f} of its cell. Raise it or cell_mm, or lower sheet_mm"
        )
    for name, why in said.items():
        yield Reason(f"design.{name}", f"was {getattr(spec, name):g}; {why}")
