"""The plan of a socket: few numbers, rounded, on the limb's own chart (geometry/capsule.py)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import ConfigDict, Field

from anatofit.devices.guide.layout import Frozen, Letters, Pair, Triple, orthonormal
from anatofit.model.frame import FloatArray


class LimbFrame(Frozen):
    """Where the limb stands: origin on its long axis at the level of the distal end; x to the front, z proximal, y square to both.

    medial_sign: 1 where y points to the medial side (a right limb), -1 on a left one, 0 where the side is not known. Angles count from
    x to y. ball_mm: of the chart.
    """

    origin_lps_mm: Triple
    axes_lps: tuple[Triple, Triple, Triple]
    medial_sign: Literal[1, 0, -1]
    ball_mm: float

    @property
    def axes(self) -> FloatArray:
        """(3, 3) rows x, y, z in LPS, orthonormal to the last digit."""
        return np.asarray(orthonormal(np.array(self.axes_lps).T).T)


class Station(Frozen):
    """A value at a place along the limb (v of the chart); straight between places, even beyond the first and the last."""

    v_mm: float
    value_mm: float


class Patch(Frozen):
    """A region on the chart: along the line from `start` to `end` (v in mm, angle in degrees), even within half_mm (along, around), eased
    to nothing over falloff_mm. radius_mm: what an angle is turned into mm by; 0: all around. depth_mm, thicker_mm: see Region."""

    name: str
    source: str
    start: Pair
    end: Pair
    half_mm: Pair
    falloff_mm: float
    radius_mm: float
    depth_mm: float
    thicker_mm: float


class Trim(Frozen):
    """A point of the trim line: angle from the front in degrees, v in mm. A smooth closed curve runs through all."""

    angle_deg: float
    v_mm: float


class Flare(Frozen):
    """The brim bends outwards by out_mm, over along_mm below the trim line."""

    out_mm: float
    along_mm: float


class Hole(Frozen):
    """A round hole from the adapter's face inwards, as verify/ reads channels: entry on the face, axis out of it. depth_mm: of a blind one."""

    entry_lps_mm: Triple
    axis_lps: Triple
    diameter_mm: float
    low_mm: float
    top_mm: float
    depth_mm: float | None


class Adapter(Frozen):
    """The block that the prosthesis is screwed to. centre_lps_mm: middle of its face; axis_lps: out of the face, along the pylon;
    front_lps: in the face. half_mm: half its width; tall_mm: of its straight sides; neck_mm: radius of the disc that it narrows to, at
    neck_lps_mm inside the socket."""

    centre_lps_mm: Triple
    axis_lps: Triple
    front_lps: Triple
    half_mm: float
    corner_mm: float
    tall_mm: float
    neck_lps_mm: Triple
    neck_mm: float


class Slot(Frozen):
    """A long hole with round ends through the wall: its middle there, the way out of it and the way along it. wall_mm: thickness there."""

    centre_lps_mm: Triple
    axis_lps: Triple
    along_lps: Triple
    width_mm: float
    length_mm: float
    wall_mm: float


class Changed(Frozen):
    """What a region, or the reduction as a whole, changes between liner and socket below the trim line."""

    name: str
    area_mm2: float
    volume_mm3: float


class Shape(Frozen):
    """The form of inner face, wall and trim line on the limb: all of a socket but its distal adapter and what is cut into it.

    liner_mm: as it lies on the limb. inset: by how much the limb is taken in all around, by level.
    """

    frame: LimbFrame
    smoothing_mm: float
    liner_mm: float
    inset: tuple[Station, ...]
    patches: tuple[Patch, ...]
    trim: tuple[Trim, ...]
    flare: Flare
    wall: tuple[Station, ...]

    @property
    def top_mm(self) -> float:
        """v of the highest point of the trim line."""
        return max(t.v_mm for t in self.trim)


class SocketPlan(Frozen):
    """All that the build needs beside the limb. tendon_mm: level of the middle of the patellar tendon.
    brim_lps_mm: places of the inner face along the trim line, for the eye. room_level_mm: above the distal end; the volumes of limb and socket
    are those below it."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True, validate_by_name=True
    )

    schema_version: Literal[1] = Field(default=1, alias="schema")
    device: Literal["socket"] = "socket"
    case: str
    laterality: Literal["R", "L", "U"]
    variant: Literal["test", "definitive"]
    template: str
    template_source: str
    shape: Shape
    tendon_mm: float
    adapter: Adapter
    holes: tuple[Hole, ...]
    bores: tuple[Hole, ...]
    vents: tuple[Slot, ...]
    texts: tuple[Letters, ...]
    brim_lps_mm: tuple[Triple, ...]
    room_level_mm: float
    limb_volume_mm3: float
    socket_volume_mm3: float
    changed: tuple[Changed, ...]
    notes: tuple[str, ...] = ()
