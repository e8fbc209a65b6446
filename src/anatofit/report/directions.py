"""Where a viewer stands and which letters of the patient stand at the edges of the picture (LPS)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, unit_vector

RIGHT, LEFT = np.array([-1.0, 0, 0]), np.array([1.0, 0, 0])
FRONT, BACK = np.array([0, -1.0, 0]), np.array([0, 1.0, 0])
HEAD, FOOT = np.array([0, 0, 1.0]), np.array([0, 0, -1.0])

_LETTERS = (("L", "R"), ("P", "A"), ("H", "F"))
_SMALLEST_PART = 0.3  # a direction is named after an axis that is at least this part of it (17 degrees off the plane)


@dataclass(frozen=True)
class View:
    """A direction to look from. `toward_lps` points from the body to the viewer, `up_lps` to the top of the picture."""

    toward_lps: FloatArray
    up_lps: FloatArray

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


def letters(direction_lps: FloatArray) -> str:
    """The patient's letters for a direction, the main one first: R L A P H F."""
    direction = unit_vector(direction_lps)
    order = np.argsort(-np.abs(direction), kind="stable")
    named = [_LETTERS[i][0 if direction[i] > 0 else 1] for i in order if abs(direction[i]) >= _SMALLEST_PART]
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


def three_quarter(outward: FloatArray) -> View:
    """From the implant's side, in front and a little above."""
    side = RIGHT if outward[0] < 0 else LEFT
    return view_from(side + FRONT * (1.0 if outward[1] < 0.4 else -1.0) + 0.6 * HEAD)
