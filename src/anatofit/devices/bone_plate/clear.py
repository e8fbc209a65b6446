"""What a screw keeps clear of: lines, other screws in plate and bone, and the knee."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from anatofit.devices.bone_plate.knee import ends_at_knee
from anatofit.devices.bone_plate.layout import Keep, Screw
from anatofit.devices.bone_plate.lines import screw_body, too_near
from anatofit.devices.bone_plate.spec import BonePlateSpec
from anatofit.devices.guide.joint import Joint
from anatofit.errors import Reason
from anatofit.geometry.pieces import apart_mm

MEET_MM = 0.5  # between the threads of two screws in the bone


def met_by(
    screw: Screw, spec: BonePlateSpec, keeps: Sequence[Keep], joint: Joint | None, others: Sequence[Screw]
) -> list[str]:
    """All that a screw of its length comes too near to, in words; empty where it keeps clear."""
    return [
        *(f"line {number}" for number, keep in enumerate(keeps, start=1) if too_near(screw, [keep]) > 0.0),
        *(f"screw {other.number}" for other in others if any(_too_close(spec, other, screw))),
        *(["the knee"] if ends_at_knee(joint, screw) else []),
    ]


def crowded(spec: BonePlateSpec, screws: Sequence[Screw]) -> list[Reason]:
    """A reason for each pair of screws whose heads leave no wall between them, or whose threads meet in the bone."""
    pairs = combinations(screws, 2)
    return [Reason("no-room", said) for one, other in pairs for said in _too_close(spec, one, other)]


def _too_close(spec: BonePlateSpec, one: Screw, other: Screw) -> Iterator[str]:
    apart = float(np.linalg.norm(np.array(one.centre_lps_mm) - np.array(other.centre_lps_mm)))
    wall = apart - sum((s.recess_diameter_mm + s.stretch_mm) / 2 for s in (one, other))
    if wall < spec.hole_wall_mm - 0.01:
        yield (
            f"between the heads of screws {one.number} and {other.number} {max(wall, 0.0):.1f} mm of plate would be left; "
            f"{spec.hole_wall_mm:g} mm at least are wanted. Move them apart"
        )
    gap = apart_mm(screw_body(one)[0][1:], screw_body(other)[0][1:]) - (one.screw_mm + other.screw_mm) / 2
    if gap < MEET_MM:
        shorter = ", or let it stop before (hold)" if "bicortical" in (one.hold, other.hold) else ""
        yield (
            f"screws {one.number} and {other.number} meet in the bone: {max(gap, 0.0):.1f} mm would lie between their "
            f"threads. Aim one of them away{shorter}"
        )
