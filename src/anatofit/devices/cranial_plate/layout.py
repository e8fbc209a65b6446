"""The plan of a cranial plate: the few numbers that a clinician approves and a build carries out."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid

Triple = tuple[float, float, float]
TAB_ROOT_MM = 7.0  # how far a tab's footprint reaches inside the rim: over so much it ramps down into the body's face


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Perforation(_Frozen):
    """A hole through the body; centre on the outer face, axis outward."""

    centre_lps_mm: Triple
    axis_lps: Triple
    diameter_mm: float


class Screw(_Frozen):
    """A screw hole, centre on the bone's (tab) or the body's (recess) outer face; recess_depth_mm 0 means no countersink."""

    centre_lps_mm: Triple
    axis_lps: Triple
    diameter_mm: float
    recess_diameter_mm: float
    recess_depth_mm: float
    kind: Literal["tab", "recess"]


class Tab(_Frozen):
    """A rounded ear. centre: middle of its footprint on the outer face; length: of the whole footprint, from inside the rim to the tip."""

    centre_lps_mm: Triple
    outward_lps: Triple
    normal_lps: Triple
    width_mm: float
    length_mm: float
    thickness_mm: float


class Text(_Frozen):
    """Engraving on the inner face. origin: middle of the block of lines; right and up as read from inside the skull."""

    string: str
    lines: tuple[str, ...]
    origin_lps_mm: Triple
    right_lps: Triple
    up_lps: Triple
    height_mm: float
    depth_mm: float
    width_mm: float
    block_height_mm: float


class Midsagittal(_Frozen):
    """The plane that tells the sides apart; normal to the patient's left."""

    point_lps_mm: Triple
    normal_lps: Triple


BALL_STEPS = 4 / 3  # of the lattice: what a smaller ball leaves of a barb is drawn with a point, not round


class Lattice(_Frozen):
    """The grid on which the body is built; its last axis is the insertion direction."""

    shape_kji: tuple[int, int, int]
    origin_lps_mm: Triple
    step_mm: float
    axes_lps: tuple[Triple, Triple, Triple]

    def grid(self) -> Grid:
        return Grid(
            self.shape_kji,
            np.array(self.origin_lps_mm),
            np.full(3, self.step_mm),
            _orthonormal(np.array(self.axes_lps).T),
        )


def _orthonormal(columns: FloatArray) -> FloatArray:
    """Axes that were rounded to 1e-6, orthonormal again to the last digit; the third is kept."""
    w = columns[:, 2] / np.linalg.norm(columns[:, 2])
    u = columns[:, 0] - w * (columns[:, 0] @ w)
    u /= np.linalg.norm(u)
    return np.column_stack([u, np.cross(w, u), w])


class CranialPlatePlan(_Frozen):
    """Everything that the build needs beside the anatomy."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True, validate_by_name=True
    )

    schema_version: Literal[1] = Field(default=1, alias="schema")
    device: Literal["cranial-plate"] = "cranial-plate"
    case: str
    laterality: str
    insertion_direction_lps: Triple
    insertion_length_mm: float
    insertion_loss_share: float
    gap_mm: float
    thickness_mode: Literal["host", "set"]
    thickness_mm: float
    thickness_max_mm: float
    edge_radius_mm: float
    fixation: Literal["tabs", "recess", "none"]
    perforations: tuple[Perforation, ...]
    screws: tuple[Screw, ...]
    tabs: tuple[Tab, ...]
    text: Text | None
    rim_lps_mm: tuple[Triple, ...]
    midsagittal: Midsagittal | None
    lattice: Lattice
    notes: tuple[str, ...]

    @property
    def body_radius_mm(self) -> float:
        """The radius of the body's edges: as planned, and no less than the lattice can draw."""
        return drawn_radius_mm(self.edge_radius_mm, self.lattice)


def drawn_radius_mm(wanted_mm: float, lattice: Lattice) -> float:
    """The radius, or the smallest ball that a lattice draws round."""
    return max(wanted_mm, round(BALL_STEPS * lattice.step_mm, 6))


def triple(vector: Any) -> Triple:
    """Three numbers rounded to 1e-6, without negative zeros."""
    x, y, z = (round(float(v), 6) + 0.0 for v in vector)
    return (x, y, z)
