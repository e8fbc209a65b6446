"""The waist of the house: what every device is designed from, whatever the patient was scanned with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from anatofit.model.frame import FloatArray, Laterality, Plane
from anatofit.model.heights import HeightMap
from anatofit.model.mesh import Mesh

IN_AIR_LEAST_MM3 = 20.0  # a ball of 3.4 mm: less is the blur of skin at an open wound, or a bubble, and no sinus
# From a bone, or a drill's way into it, to what the plan names beside it. What lies farther off is of another frame, unit or place: it
# guards nothing, and looks as if it did. No drill through one bone comes near another that is so far away. Proposal.
ELSEWHERE_MM = 150.0


@dataclass(frozen=True)
class Anatomy:
    """Named surfaces, curves, landmarks, planes and numbers in LPS mm.

    A cranium with a restored defect holds
      surfaces: "host" (closed bone beside the defect), "missing_bone" (closed, before gap, edge and holes),
                "outer_contour" (closed: host and missing bone with the cranial cavity filled; its outside is the
                outer table that the implant must follow), "restored" (the skull made whole), "air_walls" (open: those
                triangles of the host that air lies on, as in a sinus; absent where there are none)
      curves: "rim" (n, 3) closed loop along the defect's edge, halfway between the tables
      landmarks: "defect_centre", "cavity_centre"; "missing_in_air" (n, 3) places spread evenly over what of the missing bone
                 lies where the scan shows air, of `missing_in_air_mm3` together (absent where none does);  planes: "midsagittal" (normal to the patient's left)
    A bone that was recognised (`bone` says which) holds
      surfaces: "host"
      landmarks: tibia: "medial_plateau", "lateral_plateau", "knee_centre", "ankle_centre", "tuberosity", "medial_malleolus";
                 femur: "hip_centre", "medial_condyle", "lateral_condyle", "knee_centre"
      planes: through the middle of the knee: "joint" (normal towards the head), and along the mechanical axis "coronal" (normal to
              the front) and "sagittal" (normal to the medial side)
    A bone that was not, beside one that was, holds the name of that one as `beside`
      planes: where it runs along that one, as a fibula does along its tibia: "beside_across" (normal towards the head, along the other's axis)
    A bone out of a CT also holds
      surfaces: "neighbours" (closed: the other bones of the scan near the plan, as one; absent where there are none)
      figures: "neighbours_count", "neighbours_nearest_mm" (from the plan's points; absent without them)
    A foot holds
      surfaces: "host" (as it was scanned: the whole, a sheet of the sole, or a block with its impression), "sole" (open, looks down),
        and where the order names one "last", the shoe's
      heights: "sole": over the plantar plane, x distally along the second ray from the level of the heel's rearmost point, y to the left
               of one who looks along x (medial on a right foot); nan beside the foot and above its flanks
      landmarks: "pternion", "toe_tip", "metatarsale_tibiale", "metatarsale_fibulare" (borders of the ball), on the sole "heel",
                 "first_metatarsal_head", "second_metatarsal_head", "fifth_metatarsal_head", "arch_apex"
      planes: "plantar" (normal dorsal), "sagittal" through the second ray (normal medial), "coronal" (normal distal)
      curves: "outline" (n, 3) closed, in the plantar plane, counter-clockwise seen from above
      node_values: on the nodes of the heights "sole": "footprint" (1 where the sole counts as footprint, toes left out), and where a
                   pressure map was laid on it "pressure_kpa"
      confidence: 0 to 1 of each landmark and figure, and of the "side"; it orders errors and is no probability
    A residual limb below the knee holds
      surfaces: "host" (its skin, open at the top), and of "tibia", "fibula", "patella", "femur" those that were scanned with it
      landmarks: on the skin: "patellar_tendon" (its middle), "tibial_tubercle", "distal_tibia" (front of the cut end), "distal_end",
                 "popliteal" (the back at the level of the tendon), "patella" where the skin reaches it; with a known side also
                 "fibular_head", "medial_flare", "lateral_flare"; "hamstring_medial" and "hamstring_lateral" where a person gave them.
                 "origin": on the long axis at the level of the distal end
      planes: through "origin": "across" (normal proximal, along the long axis), "coronal" (normal anterior) and, with a known side,
              "sagittal" (normal medial)
      curves: "crest" (n, 3) of the tibia, from the tubercle down; "rim" (n, 3) points of the open edge, in no order
      tables: "by_level" (n, 5): every 10 mm above the distal end: level, mm below the patellar tendon, area mm2, perimeter mm as a
              tape lies, volume below mm3
      figures: lengths, and `<landmark>_confidence_mm`: the distance within which each is expected to lie in two of three limbs
      laterality: U where neither shape nor order tells it

    All hold
      figures: numbers for the report, each name ends in its unit
      told_by: of each landmark of a foot or a limb, what told it, in words
      vertex_values: "missing_bone": (n,) disagreement of the restorations in mm at each vertex
      order_axes_lps: (3, 3) rows: what x, y, z of the order's own plan are in LPS
    """

    kind: str
    laterality: Laterality
    surfaces: Mapping[str, Mesh]
    curves: Mapping[str, FloatArray] = field(default_factory=dict)
    landmarks: Mapping[str, FloatArray] = field(default_factory=dict)
    planes: Mapping[str, Plane] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    vertex_values: Mapping[str, FloatArray] = field(default_factory=dict)
    bone: str = ""
    heights: Mapping[str, HeightMap] = field(default_factory=dict)
    node_values: Mapping[str, FloatArray] = field(default_factory=dict)
    confidence: Mapping[str, float] = field(default_factory=dict)
    told_by: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, FloatArray] = field(default_factory=dict)
    order_axes_lps: FloatArray = field(default_factory=lambda: np.eye(3))
    beside: str = ""

    @property
    def opens_into_air(self) -> bool:
        """Whether so much of the missing piece lies where the scan shows air that the defect opens into a sinus or cell."""
        return self.figures.get("missing_in_air_mm3", 0.0) >= IN_AIR_LEAST_MM3

    def as_ordered(self, direction_lps: FloatArray) -> FloatArray:
        """A direction in the axes of the order's own plan."""
        return np.asarray((self.order_axes_lps * direction_lps).sum(axis=1))

    def __post_init__(self) -> None:
        for name in (
            "surfaces",
            "curves",
            "landmarks",
            "planes",
            "figures",
            "vertex_values",
            "heights",
            "node_values",
            "confidence",
            "told_by",
            "tables",
        ):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        for name, values in self.vertex_values.items():
            if len(np.asarray(values)) != len(self.surfaces[name].vertices_lps_mm):
                raise ValueError(f"vertex_values of {name} do not match its vertices")
