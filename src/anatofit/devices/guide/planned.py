"""What the plans of all guides say alike, and the lattice around all that is built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Protocol

import numpy as np
from pydantic import ConfigDict, Field

from anatofit.devices.guide.beside import room_of
from anatofit.devices.guide.footprint import latticed, plane_axes
from anatofit.devices.guide.forms import Relief
from anatofit.devices.guide.hold import least_mm2
from anatofit.devices.guide.layout import Bridge, Frozen, Letters, Pad, Relieved, Seat, Sleeve, Triple, Window, triple
from anatofit.errors import Reason
from anatofit.geometry.field import FieldArray
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray

FAR_MM = 30.0  # beyond the guide's own height the way out is free: no bone of one patient is followed further


class GuidePlan(Frozen):
    """What the build of any guide needs beside the bone."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True, validate_by_name=True
    )

    schema_version: Literal[1] = Field(default=1, alias="schema")
    device: str
    case: str
    laterality: str
    insertion_direction_lps: Triple
    insertion_length_mm: float
    approach_from: Literal["order", "search"]
    contact_offset_mm: float
    base_thickness_mm: float
    steepest_deg: float
    fillet_mm: float
    edge_radius_mm: float
    footing_mm2: float
    beside_mm: float | None = None
    pads: tuple[Pad, ...]
    bridges: tuple[Bridge, ...]
    pins: tuple[Sleeve, ...]
    windows: tuple[Window, ...]
    reliefs: tuple[Relieved, ...]
    texts: tuple[Letters, ...]
    seat: Seat
    notes: tuple[str, ...]

    @property
    def openings(self) -> tuple[str, ...]:
        """What is cut out of the base, in words."""
        return (*(["channels"] if self.pins else []), *(["windows"] if self.windows else []))


class _Surgery(Protocol):
    @property
    def relief(self) -> tuple[Relief, ...]: ...


class GuideSpec(Protocol):
    """What the specs of all guides have."""

    @property
    def contact_offset_mm(self) -> float: ...
    @property
    def base_thickness_mm(self) -> float: ...
    @property
    def steepest_deg(self) -> float: ...
    @property
    def fillet_mm(self) -> float: ...
    @property
    def edge_radius_mm(self) -> float: ...
    @property
    def surgery(self) -> _Surgery: ...


def base_of_plan(anatomy: Anatomy, spec: GuideSpec, *, way: FloatArray, ordered: bool, seat: Seat) -> dict[str, Any]:
    """The fields of a plan that follow from bone, spec and seat alone."""
    return {
        "laterality": anatomy.laterality.value,
        "insertion_direction_lps": triple(way),
        "insertion_length_mm": round(seat.shape_kji[0] * seat.step_mm + FAR_MM, 6),
        "approach_from": "order" if ordered else "search",
        "contact_offset_mm": spec.contact_offset_mm,
        "base_thickness_mm": spec.base_thickness_mm,
        "steepest_deg": spec.steepest_deg,
        "fillet_mm": spec.fillet_mm,
        "edge_radius_mm": spec.edge_radius_mm,
        "beside_mm": room_of(anatomy),
        "reliefs": tuple(
            Relieved(point_lps_mm=triple(r.point), radius_mm=r.radius_mm, offset_mm=r.offset_mm)
            for r in spec.surgery.relief
        ),
        "seat": seat,
    }


def ground_mm2(seat: Seat, ground: FieldArray) -> float:
    """The ground that a base stands on, seen along the way in."""
    return float((ground < 0).sum()) * seat.step_mm**2


def too_little(area_mm2: float, *, of_mm2: float) -> Iterator[Reason]:
    """A reason where a base, of which `of_mm2` would lie on a flat bone, finds too little ground."""
    wanted = least_mm2(of_mm2)
    if area_mm2 < wanted:
        said = (
            f"along the way in the bone offers {area_mm2:.0f} mm² of ground; {wanted:.0f} mm² at least are wanted. Give another approach, or raise "
            "foot_reach_mm"
        )
        yield Reason("no-footing", said)


def around(bare: Seat, corners_mm: Sequence[FloatArray], height: FloatArray, ground: FieldArray) -> Seat:
    """The seat with a lattice around its ground and all that stands on it. corners_mm: `(n, 3)` of each body, in the seat's frame."""
    x, y = plane_axes(bare)
    j, i = np.nonzero(ground < 0)
    stands = np.stack([x[i], y[j], height[j, i]], axis=1)
    found = np.array([[body.min(axis=0), body.max(axis=0)] for body in (stands, *corners_mm)])
    return latticed(bare, found[:, :, :2], low_z_mm=float(found[:, 0, 2].min()), high_z_mm=float(found[:, 1, 2].max()))


def tube_corners_mm(bare: Seat, tube: Sleeve) -> FloatArray:
    """`(n, 3)` corners around a sleeve from its entry up, in the seat's frame."""
    ends = [bare.to_seat(np.array(tube.entry_lps_mm) + t * np.array(tube.axis_lps)) for t in (0.0, tube.top_mm)]
    radius = tube.outer_diameter_mm / 2
    wide = np.array([radius, radius, 0.0])
    return np.array([*(e + s * wide for e in ends for s in (-1, 1)), ends[1] + np.array([0.0, 0.0, radius])])


def box_corners_mm(bare: Seat, middle_lps_mm: FloatArray, frame_lps: FloatArray, half_mm: FloatArray) -> FloatArray:
    """(8, 3) corners of a box with its axes as columns of `frame_lps`, in the seat's frame."""
    signs = np.stack(np.meshgrid([-1, 1], [-1, 1], [-1, 1], indexing="ij"), axis=-1).reshape(-1, 3)
    return np.array([bare.to_seat(middle_lps_mm + (s * half_mm * frame_lps).sum(axis=1)) for s in signs])
