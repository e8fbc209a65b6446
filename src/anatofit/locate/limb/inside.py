"""Bones inside a limb: which is which, where its parts lie, and what of them the skin covers.

Tubercle, fibular head and lower pole of the patella are found on the bones themselves and carried to the nearest skin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.geometry.field import BoolArray
from anatofit.geometry.nearest import Nearest
from anatofit.locate.ends import furthest
from anatofit.locate.limb.skin import Place
from anatofit.model.frame import FloatArray, Laterality, unit_vector
from anatofit.model.mesh import Mesh

# How well each part is told by its bone: a tubercle is a long rise, an end or a head is a point.
CONFIDENCE_MM: Mapping[str, float] = {
    "patella": 3.0, "patellar_tendon": 4.0, "tibial_tubercle": 5.0, "fibular_head": 3.0, "medial_flare": 4.0,
    "lateral_flare": 4.0, "distal_tibia": 3.0,
}  # fmt: skip
_TUBERCLE_MM = (12.0, 60.0)  # below the highest of the tibia: spines, joint and what is under it; the shaft below
_SPINES_MM, _PLATEAU_MM = 8.0, 25.0  # below the highest: the spines, and plateau with flares
_HEAD_MM = 40.0  # of the fibula from above: its head
_SHORTER_MM = 50.0  # one of tibia and fibula may be cut so much shorter than the other
_SLENDER = 3.0  # a fibula is longer than so many times its width
_BEFORE_PATELLA_MM = 20.0  # from the middle of the patella to the skin before it, or beyond: then to the nearest skin
_TENDON_MM = 12.0  # the tendon lies so far before the line from pole to tubercle
_FEW_MM = 6.0  # from the lower end of the tibia


@dataclass(frozen=True, eq=False)
class Bones:
    """The bones of a limb by name: "tibia" always, "femur", "patella", "fibula" where they are there."""

    named: Mapping[str, Mesh]
    up_lps: FloatArray

    def points(self, name: str) -> FloatArray:
        """(n, 3) the points of a bone's surface."""
        return self.named[name].vertices_lps_mm

    @property
    def front_lps(self) -> FloatArray | None:
        """(3,) from the tibia's head to the patella, across the limb; None without a patella."""
        if "patella" not in self.named:
            return None
        head = self._head()
        return self._across(self.points("patella").mean(axis=0) - head.mean(axis=0))

    @property
    def lateral_lps(self) -> FloatArray | None:
        """(3,) from the tibia's head to the fibula's, across the limb; None without a fibula."""
        if "fibula" not in self.named:
            return None
        return self._across(
            self.points("fibula")[self.upper("fibula", _HEAD_MM)].mean(axis=0) - self._head().mean(axis=0)
        )

    def laterality(self, front_lps: FloatArray) -> Laterality | None:
        """Of which side the limb is, by the fibula; None without one."""
        lateral = self.lateral_lps
        if lateral is None:
            return None
        turned = float(np.dot(np.cross(lateral, front_lps), self.up_lps))
        return Laterality.RIGHT if turned > 0 else Laterality.LEFT

    def _head(self) -> FloatArray:
        return self.points("tibia")[self.upper("tibia", _PLATEAU_MM)]

    def upper(self, name: str, deep_mm: float) -> BoolArray:
        """(n,) which points lie no deeper than so much below the highest of that bone."""
        height = self.points(name) @ self.up_lps
        return np.asarray(height > height.max() - deep_mm)

    def _across(self, direction: FloatArray) -> FloatArray:
        return unit_vector(direction - self.up_lps * float(direction @ self.up_lps))


def recognised_bones(bodies: Sequence[Mesh], up_lps: FloatArray) -> Bones | None:
    """Which body is which, by where it lies along the limb; None where none can be the tibia.

    Of those that reach down the tibia is the largest, the femur reaches furthest up; the slender one beside the tibia is the fibula, the short one beside the
    femur the patella.
    """
    spans = [(float((b.vertices_lps_mm @ up_lps).min()), float((b.vertices_lps_mm @ up_lps).max())) for b in bodies]
    if not spans:
        return None
    lowest = min(low for low, _ in spans)
    deep = [i for i in range(len(spans)) if spans[i][0] < lowest + _SHORTER_MM]
    tibia = max(deep, key=lambda i: abs(bodies[i].volume_mm3))
    named = {"tibia": bodies[tibia]}
    above = [i for i in range(len(spans)) if i != tibia and spans[i][1] > spans[tibia][1] + _PLATEAU_MM]
    if above:
        femur = max(above, key=lambda i: spans[i][1])
        named["femur"] = bodies[femur]
    for i, (low, high) in enumerate(spans):
        if any(bodies[i] is bone for bone in named.values()):
            continue
        if (low + high) / 2 > spans[tibia][1] - _PLATEAU_MM:
            named.setdefault("patella", bodies[i])
        elif high - low > _SLENDER * _width(bodies[i], up_lps):
            named.setdefault("fibula", bodies[i])
    return Bones(named, up_lps)


def _width(body: Mesh, up_lps: FloatArray) -> float:
    flat = body.vertices_lps_mm - np.outer(body.vertices_lps_mm @ up_lps, up_lps)
    return float(2 * np.linalg.norm(flat - flat.mean(axis=0), axis=1).mean())


def bone_landmarks(bones: Bones, skin: Mesh, front_lps: FloatArray, lateral_lps: FloatArray) -> dict[str, Place]:
    """What the bones tell, on the skin. front_lps, lateral_lps: (3,) across the limb."""
    tibia, height = bones.points("tibia"), bones.points("tibia") @ bones.up_lps
    below = height.max() - height
    tubercle = _foremost(tibia, bones.up_lps, front_lps)
    plateau = tibia[(below > _SPINES_MM) & (below < _PLATEAU_MM)]
    low = tibia[height < height.min() + _FEW_MM]
    places = {
        "tibial_tubercle": tubercle,
        "medial_flare": furthest(plateau, -lateral_lps),
        "lateral_flare": furthest(plateau, lateral_lps),
        "distal_tibia": furthest(low, front_lps),
    }
    if "fibula" in bones.named:
        places["fibular_head"] = furthest(bones.points("fibula")[bones.upper("fibula", _HEAD_MM)], lateral_lps)
    if "patella" in bones.named:
        patella = bones.points("patella")
        places["patella"] = patella.mean(axis=0) + _BEFORE_PATELLA_MM * front_lps
        places["patellar_tendon"] = (furthest(patella, -bones.up_lps) + tubercle) / 2 + _TENDON_MM * front_lps
    on_skin, _ = Nearest(skin).asked(np.array(list(places.values())))
    return {name: Place(point, CONFIDENCE_MM[name]) for name, point in zip(places, on_skin, strict=True)}


def _foremost(tibia: FloatArray, up_lps: FloatArray, front_lps: FloatArray) -> FloatArray:
    """(3,) the tubercle: where the tibia stands out furthest before its own shaft, in front."""
    along = up_lps
    for _ in range(2):  # levels are counted along the shaft, which the levels themselves tell
        below = float((tibia @ along).max()) - tibia @ along
        end = float(below.max())
        head, foot = (
            tibia[(below > low) & (below < high)] for low, high in ((_SPINES_MM, _PLATEAU_MM), (end - 25.0, end - 5.0))
        )
        along = unit_vector(_middle(head) - _middle(foot))
    below = float((tibia @ along).max()) - tibia @ along
    near = (below > _TUBERCLE_MM[0]) & (below < _TUBERCLE_MM[1])
    return furthest(tibia[near], unit_vector(front_lps - along * float(front_lps @ along)))


def _middle(points: FloatArray) -> FloatArray:
    return np.asarray((points.min(axis=0) + points.max(axis=0)) / 2)
