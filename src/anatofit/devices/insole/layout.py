"""The plan of an insole: few numbers, rounded, in the foot's own frame."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from anatofit.devices.guide.layout import Letters, orthonormal
from anatofit.model.frame import FloatArray

Pair = tuple[float, float]
PEAK = "a peak over the target"  # what asks for a pocket that no order names
Triple = tuple[float, float, float]


class Frozen(BaseModel):
    """A part of a plan."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FootFrame(Frozen):
    """Where the foot stands: x distally along the second ray from the heel's rearmost point, y to the left of one who looks along
    x, z dorsal from the plantar plane. medial_sign: 1 where y points to the medial side (a right foot), else -1."""

    origin_lps_mm: Triple
    axes_lps: tuple[Triple, Triple, Triple]
    medial_sign: Literal[1, -1]

    @property
    def axes(self) -> FloatArray:
        """(3, 3) rows x, y, z in LPS, orthonormal to the last digit."""
        return np.asarray(orthonormal(np.array(self.axes_lps).T).T)


class Bed(Frozen):
    """How the top follows the foot. smoothing_mm: standard deviation that the sole is evened out by. steepest_deg: it rises no
    steeper. round_mm: over so much height it runs into its ceiling. across_mm: half the width over which the ceiling goes over from the
    lateral to the medial side."""

    smoothing_mm: float
    steepest_deg: float
    round_mm: float
    across_mm: float


class Ceiling(Frozen):
    """How high the top follows the foot at a place along x, on the lateral and the medial side; even between places."""

    x_mm: float
    lateral_mm: float
    medial_mm: float


class Station(Frozen):
    """A value at a place along x; eased between places: of posting in degrees (positive: the medial side is raised), of lift in mm."""

    x_mm: float
    value: float


class Border(Frozen):
    """How far medial of the second ray both borders lie that posting turns about, at a place along x; even between places."""

    x_mm: float
    lateral_mm: float
    medial_mm: float


class Raised(Frozen):
    """An oval that is raised, or lowered where height_mm is negative; even over `flat` of its radius, eased to its edge.

    half_mm: half axes, the first along a direction turned by turn_deg from x towards y. why: what asked for it.
    """

    kind: Literal["pad", "pocket", "arch"]
    why: str
    at_mm: Pair
    half_mm: Pair
    turn_deg: float
    flat: float
    height_mm: float


class Skive(Frozen):
    """The front end thins out: over length_mm up to the line through at_mm along x turned by lean (dx/dy), where it is high_mm above the ground."""

    at_mm: Pair
    lean: float
    length_mm: float
    high_mm: float


class Edge(Frozen):
    """Of the sides: they lean inwards towards the ground by bevel_deg, and both their edges are rounded."""

    bevel_deg: float
    radius_mm: float


class Line(Frozen):
    """Through at_mm, across the foot; it leans by dx/dy."""

    at_mm: Pair
    lean: float

    def beyond(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """How far in front of the line places lie."""
        return np.asarray((x - self.at_mm[0] - self.lean * (y - self.at_mm[1])) / np.hypot(1.0, self.lean))


class Zone(Frozen):
    """A zone of the insole: the share of its room that is filled, the sheet of the lattice that does it, and greatest pressures in it."""

    name: str
    density: float
    sheet_mm: float | None = None
    measured_kpa: float | None = None
    predicted_kpa: float | None = None


class Filling(Frozen):
    """What is under the skin. across: behind and in front of them stand heel, midfoot, heads and toes. medial_mm: between the columns of the
    first, of the second and third, and of the outer rays. zones: by name."""

    kind: Literal["lattice", "zones"]
    across: tuple[Line, Line, Line]
    medial_mm: Pair
    zones: tuple[Zone, ...]
    skin_mm: float
    cell_mm: float


class Peak(Frozen):
    """A place that bears most around it, as it was measured, as the model predicts it on the insole without pockets, and with them."""

    at_mm: Pair
    measured_kpa: float
    bedded_kpa: float
    predicted_kpa: float


class Foretold(Frozen):
    """What the foundation model predicts. All pressures are greatest ones in kPa, measured_kpa as the map lies on the sole; force in N, of
    the springs and of the whole map; areas in mm² that bear more than 10 kPa. insole_by: what told the material's modulus.

    bedded: on the bed of solid material; zoned: filled by zones, without pockets; foam, upright: as planned, were its walls as
    soft as those of a foam, or as stiff as upright ones.
    """

    target_kpa: float
    insole_kpa: float
    insole_by: str
    tissue_kpa_per_mm: float
    force_n: float
    map_n: float
    overlap: float
    measured_kpa: float
    bedded_kpa: float
    predicted_kpa: float
    measured_mm2: float
    predicted_mm2: float
    peaks: tuple[Peak, ...]
    zoned_kpa: float | None = None
    foam_kpa: float | None = None
    upright_kpa: float | None = None


class InsolePlan(Frozen):
    """All that the build needs beside the foot. outline_mm: closed, counter-clockwise seen from above; a smooth curve runs through it.

    last: the outline is that of a shoe last's bottom. ground_mm: z of the flat face beneath, thickness_mm under the lowest place of the bed before pockets.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True, validate_by_name=True
    )

    schema_version: Literal[1] = Field(default=1, alias="schema")
    device: Literal["insole"] = "insole"
    case: str
    laterality: Literal["R", "L"]
    length: str
    frame: FootFrame
    outline_mm: tuple[Pair, ...]
    thickness_mm: float
    ground_mm: float
    floor_mm: float
    bed: Bed
    ceilings: tuple[Ceiling, ...]
    posting: tuple[Station, ...]
    borders: tuple[Border, ...]
    lift: tuple[Station, ...]
    raised: tuple[Raised, ...]
    skive: Skive | None
    edge: Edge
    texts: tuple[Letters, ...]
    filling: Filling | None = None
    foretold: Foretold | None = None
    last: bool = False
    notes: tuple[str, ...] = ()

    @property
    def posted_mm(self) -> Pair:
        """By how much posting raises the middle of the heel, and of the ball."""
        ends = zip(self.posting, (self.borders[0], self.borders[-1]), strict=False)
        rises = [float(np.tan(np.deg2rad(abs(s.value)))) * (b.medial_mm - b.lateral_mm) / 2 for s, b in ends]
        return (rises[0], rises[1]) if rises else (0.0, 0.0)

    @property
    def heel_mm(self) -> float:
        """What stands under the middle of the heel by thickness and posting, an ordered lift aside."""
        return self.thickness_mm + self.posted_mm[0]
