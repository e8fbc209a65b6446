"""What is found on a residual limb: its frame, landmarks with how sure each is, its side, and measures by level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from anatofit.locate.limb.held import Held
from anatofit.model.frame import FloatArray, Laterality, Plane
from anatofit.model.mesh import Mesh


class Origin(StrEnum):
    """What tells a landmark."""

    SKIN = "skin"
    BONES = "bones"
    ORDER = "order"


@dataclass(frozen=True, eq=False)
class LimbLandmark:
    """A place on the skin. confidence_mm: the distance within which it is expected to lie in two of three limbs."""

    point_lps_mm: FloatArray
    confidence_mm: float
    origin: Origin


@dataclass(frozen=True)
class LimbSide:
    """laterality: R or L, U where shape and bones do not tell. confidence: 0.5 (either) to 1."""

    laterality: Laterality
    confidence: float
    origin: Origin


@dataclass(frozen=True, eq=False)
class LimbFrame:
    """origin_lps_mm: (3,) on the long axis at the level of the distal end. Unit vectors (3,): proximal along the long axis, anterior
    across it; medial is None as long as the side is not known."""

    origin_lps_mm: FloatArray
    proximal_lps: FloatArray
    anterior_lps: FloatArray
    medial_lps: FloatArray | None

    def planes(self) -> dict[str, Plane]:
        """Through the origin: "across" (normal proximal), "coronal" (normal to the front), "sagittal" (normal medial)."""
        planes = {
            "across": Plane(self.origin_lps_mm, self.proximal_lps),
            "coronal": Plane(self.origin_lps_mm, self.anterior_lps),
        }
        return planes if self.medial_lps is None else planes | {"sagittal": Plane(self.origin_lps_mm, self.medial_lps)}


@dataclass(frozen=True, eq=False)
class ByLevel:
    """Cuts across the limb every 10 mm from the distal end up, as far as they are whole. All (n,).

    level_mm: above the distal end. below_tendon_mm: below the level of the patellar tendon, negative above it. perimeter_mm: as a tape
    lies, without going into hollows. volume_mm3: of the limb below.
    """

    level_mm: FloatArray
    below_tendon_mm: FloatArray
    area_mm2: FloatArray
    perimeter_mm: FloatArray
    volume_mm3: FloatArray

    def table(self) -> FloatArray:
        """(n, 5) the columns in that order."""
        return np.stack(
            [self.level_mm, self.below_tendon_mm, self.area_mm2, self.perimeter_mm, self.volume_mm3], axis=1
        )


@dataclass(frozen=True, eq=False)
class LocatedLimb:
    """A transtibial residual limb as it was found. side: by its shape or bones; laterality: of the order where those do not tell.

    landmarks: "patellar_tendon" (its middle), "tibial_tubercle", "distal_tibia" (front of the cut end), "distal_end", "popliteal" (the
    back at the level of the tendon), "patella" where the skin reaches it, and with a known side "fibular_head", "medial_flare",
    "lateral_flare". marked: those of a person, as they were held against what shape and bones tell. crest_lps_mm: (n, 3) from the tubercle
    down. rim_lps_mm: (n, 3) points of the open edge, in no order. not_told: what
    was looked for in vain, and why. figures: each name ends in its unit.
    """

    skin: Mesh
    bones: Mapping[str, Mesh]
    laterality: Laterality
    side: LimbSide
    frame: LimbFrame
    landmarks: Mapping[str, LimbLandmark]
    crest_lps_mm: FloatArray
    rim_lps_mm: FloatArray
    by_level: ByLevel
    figures: Mapping[str, float]
    not_told: Mapping[str, str]
    marked: Mapping[str, Held] = field(default_factory=dict)
