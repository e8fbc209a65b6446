"""The plan of a bone plate: the few numbers that a clinician approves and a build carries out."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from anatofit.devices.guide.layout import Frozen, Letters, Seat, Triple


class Station(Frozen):
    """A place of the path: how far along it, on the bone, the plate's own normal there, and its width and thickness."""

    at_mm: float
    point_lps_mm: Triple
    normal_lps: Triple
    width_mm: float
    thickness_mm: float


class Screw(Frozen):
    """A screw and its hole. entry: where its axis meets the bone; centre: where it leaves the outer face; axis outward.

    low_mm to top_mm: the straight part of the hole along the axis from the entry; above it the recess of the head. depth_mm: from
    the entry to where the axis leaves the far cortex. needed_mm: from the head's top to the tip as the hold asks; length_mm: the
    same in the catalogue's steps; beyond_mm: how far its tip then stands out of the far cortex, negative: how much bone is left.
    stretch_mm: by how much an oblong hole is longer than wide, along `along_lps`. lean_deg: from the plate's normal.
    """

    number: int
    kind: Literal["round", "locking", "oblong"]
    at_mm: float
    entry_lps_mm: Triple
    centre_lps_mm: Triple
    axis_lps: Triple
    along_lps: Triple
    aside_mm: float
    lean_deg: float
    screw_mm: float
    diameter_mm: float
    recess_diameter_mm: float
    recess_depth_mm: float
    recess_floor_mm: float
    stretch_mm: float
    low_mm: float
    top_mm: float
    depth_mm: float
    hold: Literal["bicortical", "monocortical"]
    needed_mm: float
    length_mm: float
    beyond_mm: float


class Keep(Frozen):
    """A line or plane that holes and screws keep off, and by how much. points: of a line; else the plane."""

    point_lps_mm: Triple | None
    normal_lps: Triple | None
    points_lps_mm: tuple[Triple, ...]
    margin_mm: float
    at_mm: float | None


class Ranked(Frozen):
    """A stock plate as it would rest on the bone, lifted clear of it: distance of its underside from it, how deep the deepest place still
    stands in it, how far its holes lie off the path at most, aside or beyond its ends; holes that cannot be used: over a line, or over
    less bone than least_bone_mm; bone beneath each. It lies at `points @ turn.T + move_mm` of its file's frame."""

    name: str
    sha256: str
    rms_mm: float
    median_mm: float
    most_mm: float
    sunk_mm: float
    off_path_mm: float
    holes: int
    holes_over_line: int
    holes_without_bone: int
    least_bone_mm: float
    depths_mm: tuple[float | None, ...]
    turn: tuple[Triple, Triple, Triple]
    move_mm: Triple


class BonePlatePlan(Frozen):
    """Everything that the build needs beside the bone."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True, validate_by_name=True
    )

    schema_version: Literal[1] = Field(default=1, alias="schema")
    device: Literal["bone-plate"] = "bone-plate"
    case: str
    laterality: str
    insertion_direction_lps: Triple
    insertion_length_mm: float
    comes_off: bool
    approach_from: Literal["order", "search"] = "search"
    contact_offset_mm: float
    footing_mm2: float
    beside_mm: float | None = None
    length_mm: float
    runout_mm: float
    end_thickness_mm: float
    bevel_share: float
    edge_radius_mm: float
    hole_wall_mm: float
    hollow_mm: float
    wrap_deg: float
    wrapped_deg: float
    stations: tuple[Station, ...]
    screws: tuple[Screw, ...]
    oblongs: tuple[Screw, ...]
    keeps: tuple[Keep, ...]
    text: Letters | None
    stock: tuple[Ranked, ...]
    seat: Seat
    notes: tuple[str, ...]

    @property
    def holes(self) -> list[Screw]:
        """All screws in the order of their numbers."""
        return sorted([*self.screws, *self.oblongs], key=lambda s: s.number)
