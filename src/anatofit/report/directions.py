"""Where a viewer stands and which letters of the patient stand at the edges of the picture (LPS)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.report.numbers import triple

RIGHT, LEFT = np.array([-1.0, 0, 0]), np.array([1.0, 0, 0])
FRONT, BACK = np.array([0, -1.0, 0]), np.array([0, 1.0, 0])
HEAD, FOOT = np.array([0, 0, 1.0]), np.array([0, 0, -1.0])

# What the ends of the axes x, y, z are called: the patient's sides in LPS, or the axes of a source that states no frame.
PATIENT_AXES = (("L", "R"), ("P", "A"), ("H", "F"))
SOURCE_AXES = (("+x", "-x"), ("+y", "-y"), ("+z", "-z"))
_WORDS = (("left", "right"), ("back", "front"), ("above", "below"))
_MOVES = (("left", "right"), ("back", "forward"), ("up", "down"))
_UPRIGHT = 0.97  # within 14 degrees of the vertical an angle to the side says nothing
_STRAIGHT_DEG = 3.0  # less is not worth an angle
_SMALLEST_PART = 0.3  # a direction is named after an axis that is at least this part of it (17 degrees off the plane)


@dataclass(frozen=True)
class View:
    """A direction to look from. `toward_lps` points from the body to the viewer, `up_lps` to the top of the picture.

    names: what the ends of the axes are called at the edges of the picture.
    """

    toward_lps: FloatArray
    up_lps: FloatArray
    names: tuple[tuple[str, str], ...] = PATIENT_AXES

    def __post_init__(self) -> None:
        toward = unit_vector(self.toward_lps)
        up = self.up_lps - toward * float(self.up_lps @ toward)
        object.__setattr__(self, "toward_lps", toward)
        object.__setattr__(self, "up_lps", unit_vector(up))

    @property
    def right_lps(self) -> FloatArray:
        """The patient's direction at the right edge of the picture."""
        return np.asarray(np.cross(self.up_lps, self.toward_lps))


def view_from(toward_lps: FloatArray) -> View:
    """A view with the head up, or the forehead up where one looks from above or below."""
    toward = unit_vector(toward_lps)
    return View(toward, FRONT if abs(toward[2]) > 0.9 else HEAD)


def letters(direction_lps: FloatArray, names: tuple[tuple[str, str], ...] = PATIENT_AXES) -> str:
    """The names of a direction, the main one first: the patient's letters R L A P H F, or a source's own axes."""
    direction = unit_vector(direction_lps)
    order = np.argsort(-np.abs(direction), kind="stable")
    named = [names[i][0 if direction[i] > 0 else 1] for i in order if abs(direction[i]) >= _SMALLEST_PART]
    return "".join(named)


def outward_lps(plan: Mapping[str, Any], anatomy: Anatomy) -> FloatArray:
    """The way out of the skull at the implant: the plan's insertion direction, else from the cavity to the defect."""
    direction = plan.get("insertion_direction_lps")
    if direction is not None:
        return unit_vector(np.asarray(direction, dtype=np.float64))
    marks = anatomy.landmarks
    if "defect_centre" in marks and "cavity_centre" in marks:
        return unit_vector(np.asarray(marks["defect_centre"]) - np.asarray(marks["cavity_centre"]))
    return HEAD


def way_in(outward_lps: FloatArray) -> str:
    """Where a part is put in from, in words and degrees, and how it moves: what a hand needs beside the numbers."""
    out = unit_vector(outward_lps)
    order = [i for i in np.argsort(-np.abs(out), kind="stable") if abs(out[i]) >= _SMALLEST_PART]
    moves = ", ".join(_MOVES[i][0 if out[i] < 0 else 1] for i in order)
    return f"{_from_where(out)}; the part moves along {triple(-out, 2)} LPS, mainly {moves}"


def _from_where(out: FloatArray) -> str:
    """The side and the two angles of a unit vector that points out of the head."""
    tilt = float(np.degrees(np.arcsin(np.clip(out[2], -1.0, 1.0))))
    height = _WORDS[2][0 if tilt > 0 else 1]
    if abs(out[2]) > _UPRIGHT:
        return f"put in from {height} ({90.0 - abs(tilt):.0f}\u00b0 off the vertical)"
    front = _WORDS[1][0 if out[1] > 0 else 1]
    turn = float(np.degrees(np.arctan2(abs(out[0]), abs(out[1]))))
    side = _WORDS[0][0 if out[0] > 0 else 1]
    flat = [side, front] if abs(out[0]) > abs(out[1]) else [front, side]
    named = [word for word in flat if word == flat[0] or _STRAIGHT_DEG < turn < 90.0 - _STRAIGHT_DEG]
    aside = f"{turn:.0f}\u00b0 to the patient's {side} of straight {'ahead' if front == 'front' else 'behind'}"
    up = f"{abs(tilt):.0f}\u00b0 {height} the horizontal"
    angles = [a for a, wide in ((aside, turn > _STRAIGHT_DEG), (up, abs(tilt) > _STRAIGHT_DEG)) if wide]
    return f"put in from the {' and the '.join(named)} ({', '.join(angles) or 'level and straight'})"


def three_quarter(outward: FloatArray) -> View:
    """From the implant's side, in front and a little above."""
    side = RIGHT if outward[0] < 0 else LEFT
    return view_from(side + FRONT * (1.0 if outward[1] < 0.4 else -1.0) + 0.6 * HEAD)
