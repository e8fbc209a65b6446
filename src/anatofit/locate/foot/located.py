"""What is found on a foot: its sole as heights over the plantar plane, landmarks and measures, each with how sure it is and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from anatofit.model.frame import FloatArray, Laterality, Plane
from anatofit.model.heights import BoolArray, HeightMap
from anatofit.model.mesh import Mesh


class FootForm(StrEnum):
    """What a surface shows of a foot."""

    FULL = "full foot"
    SHEET = "plantar sheet"  # of the sole alone: a plantar scan, or a height map
    IMPRESSION = "impression"  # the sole as a hollow in the flat surface of a block


@dataclass(frozen=True, eq=False)
class Found:
    """A landmark. confidence: 0 to 1; it orders errors and is no probability. by: the rule, with its source."""

    point_lps_mm: FloatArray
    confidence: float
    by: str


@dataclass(frozen=True)
class Measured:
    """A figure; its name ends in its unit, or in _index for a share of two alike."""

    value: float
    confidence: float
    by: str


@dataclass(frozen=True)
class Side:
    """The side by the hand of the shape. laterality: U where the signs do not agree. signs: each from -1 (left) to 1 (right)."""

    laterality: Laterality
    confidence: float
    signs: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class LocatedFoot:
    """A foot that was recognised. laterality: R or L, by the shape (`side`) or, where that does not tell, by the order.

    sole: heights over the plantar plane; its x runs distally along the second ray, from the level of the heel's rearmost point,
    its y to the left of one who looks along x with z, dorsal, up: to the medial side of a right foot. planes: "plantar" (normal
    dorsal), "sagittal" through the second ray (normal medial), "coronal" at the heel's
    rearmost point (normal distal). curves: "outline" (n, 3) closed, in the plantar plane. footprint: (nj, ni) of the sole's lattice, what
    counts as footprint without the toes, which begin `toes_from_mm` in front of the line of the ball. not_told: what was looked for in vain, and why.
    """

    form: FootForm
    mesh: Mesh
    sole_mesh: Mesh
    sole: HeightMap
    laterality: Laterality
    side: Side
    landmarks: Mapping[str, Found]
    figures: Mapping[str, Measured]
    planes: Mapping[str, Plane]
    curves: Mapping[str, FloatArray]
    footprint: BoolArray
    toes_from_mm: float
    not_told: Mapping[str, str] = field(default_factory=dict)

    @property
    def medial_lps(self) -> FloatArray:
        """(3,) unit vector to the medial side."""
        left = self.sole.axes_lps[1]
        return np.asarray(left if self.laterality is not Laterality.LEFT else -left)
