"""A transtibial residual limb is found in a surface: frame, landmarks, side and measures, in any pose and of either side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from anatofit.errors import PrescriptionError, Reason, ScanUnsuitableError
from anatofit.geometry.nearest import Nearest
from anatofit.locate.limb.held import Told, believed, held
from anatofit.locate.limb.inside import Bones, bone_landmarks, recognised_bones
from anatofit.locate.limb.located import LimbFrame, LimbLandmark, LimbSide, LocatedLimb, Origin
from anatofit.locate.limb.measures import lengths, mean_girth_mm, measured
from anatofit.locate.limb.recognise import Match
from anatofit.locate.limb.skin import TENDON_LATERAL_DEG, Knee, Landmarks, Place, recognised_knee, skin_landmarks
from anatofit.locate.limb.standing import Standing, stand
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh

# Likeness to a knee below which nothing is taken for one, and the margin over the other hand from which the side is told: on limbs that
# the project computes, trimmed and noisy, the least were 0.66 and 0.08, on a limb without a side 0.0. Proposals, to be confirmed.
LEAST_LIKENESS, LEAST_MARGIN = 0.6, 0.04
_MARGIN_SCALE = 0.015  # margins of wrong sides are spread so: the side's confidence is a logistic of the margin
BONES_CONFIDENCE = 0.99  # of a side that the fibula tells
# Mean girth of a limb below and about the knee: calves of adults measure some 300 to 430 mm, a toddler's 170; half as much again for
# oedema and the knee. Proposal, to be confirmed.
GIRTH_MM = (150.0, 650.0)
BY_HAND_MM = 3.0  # a place that a person marked
OFF_SKIN_MM = 20.0  # a place beyond is in another frame or unit, or on another limb
_JOINT_BELOW_SPINES_MM = 8.0  # the plateau, below the highest of the tibia
SIDES = {Laterality.RIGHT: "right", Laterality.LEFT: "left"}
SIDED = ("fibular_head", "medial_flare", "lateral_flare")
_NO_SIDE = "the side is not known"


def locate_limb(
    skin: Mesh,
    *,
    ordered: Laterality,
    inner: Sequence[Mesh] = (),
    by_hand: Mapping[str, FloatArray] | None = None,
    side_confirmed: bool = False,
    marks_confirmed: bool = False,
    size_confirmed: bool = False,
) -> LocatedLimb:
    """The limb in a surface that is open at the top, mm. inner: bones as bodies of their own. by_hand: (3,) places that a person
    gives, by landmark. side_confirmed: the order's side is taken where the shape does not tell one. marks_confirmed: places that a person
    gives are taken though the shape tells them elsewhere. size_confirmed: a limb may be thinner or thicker than any is.

    Raises ScanUnsuitableError where the shape is that of no transtibial limb, thinner or thicker than any, of the other side, or tells no side though one was
    ordered; PrescriptionError for places that do not lie on the skin, or not where they can.
    """
    limb = stand(skin)
    if limb is not None and not size_confirmed:
        _as_thick_as_limbs(limb)
    knee = None if limb is None else recognised_knee(limb)
    placed = _on_skin(skin, by_hand or {})
    bones = None if knee is None else recognised_bones(inner, knee.limb.up_lps)
    if knee is None or (
        knee.found.best.likeness < LEAST_LIKENESS and bones is None and "patellar_tendon" not in placed
    ):
        raise ScanUnsuitableError(Reason("not-a-limb", _unlike(limb, knee)))
    side = _side(knee, bones)
    _agreed(side, ordered, confirmed=side_confirmed)
    laterality = side.laterality if side.laterality in SIDES else ordered
    found = _Limb(knee, bones, side, laterality if laterality in SIDES else Laterality.UNPAIRED, placed).located(skin)
    if not marks_confirmed:
        believed(found.marked)
    return found


def _unlike(limb: Standing | None, knee: Knee | None) -> str:
    advice = (
        "Scan from above the patella to the distal end; check source and unit; or give locate.landmark.patellar_tendon"
    )
    if limb is None:
        return f"the surface has no opening with a limb's length below it. {advice}"
    if knee is None:
        return f"the skin reaches {limb.top_mm:.0f} mm up, too little for a limb with its knee. {advice}"
    return f"no knee was recognised by the skin: likeness {knee.found.best.likeness:.2f}, {LEAST_LIKENESS:g} is wanted. {advice}"


def thick_as_limbs(girth_mm: float) -> bool:
    """Whether a limb's mean girth is one that limbs have."""
    return GIRTH_MM[0] <= girth_mm <= GIRTH_MM[1]


def _as_thick_as_limbs(limb: Standing) -> None:
    """Raises ScanUnsuitableError for a girth that no limb has: the unit is another one."""
    if not thick_as_limbs(girth := mean_girth_mm(limb)):
        said = (
            f"the limb measures {girth:.0f} mm around in the mean, limbs {GIRTH_MM[0]:g} to {GIRTH_MM[1]:g} mm. Check the unit (an inch is 2.54 cm), "
            "or waive surface-size with a reason"
        )
        raise ScanUnsuitableError(Reason("surface-size", said))


def _on_skin(skin: Mesh, by_hand: Mapping[str, FloatArray]) -> dict[str, Place]:
    """The places of a person, on the skin. Raises PrescriptionError with every one that does not lie there."""
    if not by_hand:
        return {}
    points = np.array(list(by_hand.values()), dtype=np.float64)
    feet, _ = Nearest(skin).asked(points)
    off = np.linalg.norm(points - feet, axis=1)
    if wrong := [
        Reason(
            f"locate.landmark.{name}",
            f"lies {away:.0f} mm off the skin, at most {OFF_SKIN_MM:g} is wanted. Give it in the source's own axes, in mm",
        )
        for name, away in zip(by_hand, off, strict=True)
        if away > OFF_SKIN_MM
    ]:
        raise PrescriptionError(wrong)
    return {name: Place(foot, BY_HAND_MM) for name, foot in zip(by_hand, feet, strict=True)}


def _side(knee: Knee, bones: Bones | None) -> LimbSide:
    """By the fibula where it is there, else by the hand of the shape."""
    front = None if bones is None else _front_of(knee, bones)
    told = None if bones is None or front is None else bones.laterality(front)
    if told is not None:
        return LimbSide(told, BONES_CONFIDENCE, Origin.BONES)
    margin, best = knee.found.margin, knee.found.best
    sure = margin >= LEAST_MARGIN and best.likeness >= LEAST_LIKENESS
    confidence = float(1 / (1 + np.exp(-margin / _MARGIN_SCALE)))
    return LimbSide(best.laterality if sure else Laterality.UNPAIRED, confidence, Origin.SKIN)


def _front_of(knee: Knee, bones: Bones) -> FloatArray:
    """(3,) by the patella where it is there, else by the skin."""
    front = bones.front_lps
    return knee.front_lps(knee.found.best) if front is None else front


def _agreed(side: LimbSide, ordered: Laterality, *, confirmed: bool) -> None:
    """Raises ScanUnsuitableError where shape and order contradict each other, or the order's side cannot be held against anything."""
    if ordered not in SIDES:
        return
    if side.laterality in SIDES and side.laterality is not ordered:
        said = (
            f"the limb is a {SIDES[side.laterality]} one by its {'bones' if side.origin is Origin.BONES else 'shape'} "
            f"({100 * side.confidence:.0f} %), the order is for the {SIDES[ordered]} side. Check order and source, "
            "and that no program mirrored the surface"
        )
        raise ScanUnsuitableError(Reason("wrong-side", said))
    if side.laterality not in SIDES and not confirmed:
        said = (
            f"the shape does not tell the side ({100 * side.confidence:.0f} %), the order is for the {SIDES[ordered]} one. "
            'Order it with laterality = "U", or confirm the side with a waiver of limb-side'
        )
        raise ScanUnsuitableError(Reason("limb-side", said))


@dataclass(frozen=True, eq=False)
class _Limb:
    knee: Knee
    bones: Bones | None
    side: LimbSide
    laterality: Laterality
    by_hand: Mapping[str, Place]

    def located(self, skin: Mesh) -> LocatedLimb:
        """Everything that is told of the limb."""
        told, match = self._untouched(skin), self._match(self.by_hand)
        inside = self._by_bones(skin, match)
        found = skin_landmarks(self.knee, match, {**inside, **self.by_hand})
        marks = {name: self._mark(name, place, inside) for name, place in found.places.items() if self._told(name)}
        limb = self.knee.limb
        tendon = float(limb.local(marks["patellar_tendon"].point_lps_mm[None])[0, 2])
        by_level = measured(limb, tendon)
        return LocatedLimb(
            skin=skin,
            bones={} if self.bones is None else self.bones.named,
            laterality=self.laterality,
            side=self.side,
            frame=self._frame(match),
            landmarks=marks,
            crest_lps_mm=found.crest_lps_mm,
            rim_lps_mm=limb.rim_lps_mm,
            by_level=by_level,
            figures={**lengths(limb, marks, by_level), **self._sure(marks, found)},
            not_told=self._not_told(marks),
            marked=held(self.by_hand, told, found.places),
        )

    def _untouched(self, skin: Mesh) -> Told:
        """What shape and bones tell without a person: nothing but the axis of a limb whose knee they do not show."""
        limb = self.knee.limb
        if not self.by_hand or (self.bones is None and self.knee.found.best.likeness < LEAST_LIKENESS):
            return Told(limb.origin_lps_mm, limb.up_lps, {}, {})
        match = self._match({})
        places = skin_landmarks(self.knee, match, self._by_bones(skin, match)).places
        told = {name: place for name, place in places.items() if self.laterality in SIDES or name not in SIDED}
        return Told(limb.origin_lps_mm, limb.up_lps, told, self._hamstrings(self._frame(match)))

    def _hamstrings(self, frame: LimbFrame) -> dict[str, FloatArray]:
        """Towards the back and their own side: more is not told of them."""
        medial = np.zeros(3) if frame.medial_lps is None else frame.medial_lps
        return {"hamstring_medial": medial - frame.anterior_lps, "hamstring_lateral": -medial - frame.anterior_lps}

    def _match(self, by_hand: Mapping[str, Place]) -> Match:
        """The hand that the limb has; its front and joint by bones or a person where they tell them."""
        found = self.knee.found
        other = self.laterality in SIDES and found.best.laterality is not self.laterality
        match = found.other_hand if other else found.best
        if self.bones is not None:
            height = self.bones.points("tibia") @ self.bones.up_lps
            joint = float(height.max() - self.knee.limb.origin_lps_mm @ self.bones.up_lps) - _JOINT_BELOW_SPINES_MM
            match = replace(match, joint_mm=joint, front_deg=self.knee.angle_deg(_front_of(self.knee, self.bones)))
        if "patellar_tendon" in by_hand:
            point = by_hand["patellar_tendon"].point_lps_mm
            sign = -1.0 if match.laterality is Laterality.RIGHT else 1.0
            at = self.knee.angle_deg(point - self.knee.limb.origin_lps_mm)
            match = replace(match, front_deg=at - sign * TENDON_LATERAL_DEG)
        return match

    def _by_bones(self, skin: Mesh, match: Match) -> dict[str, Place]:
        if self.bones is None:
            return {}
        front = self.knee.front_lps(match)
        lateral = np.cross(front, self.bones.up_lps) * (1.0 if match.laterality is Laterality.RIGHT else -1.0)
        return bone_landmarks(self.bones, skin, front, lateral)

    def _mark(self, name: str, place: Place, inside: Mapping[str, Place]) -> LimbLandmark:
        origin = Origin.ORDER if name in self.by_hand else Origin.BONES if name in inside else Origin.SKIN
        return LimbLandmark(place.point_lps_mm, place.confidence_mm, origin)

    def _told(self, name: str) -> bool:
        return self.laterality in SIDES or name not in SIDED or name in self.by_hand

    def _frame(self, match: Match) -> LimbFrame:
        up, front = self.knee.limb.up_lps, self.knee.front_lps(match)
        medial = np.cross(up, front) * (1.0 if self.laterality is Laterality.RIGHT else -1.0)
        return LimbFrame(self.knee.limb.origin_lps_mm, up, front, medial if self.laterality in SIDES else None)

    def _sure(self, marks: Mapping[str, LimbLandmark], found: Landmarks) -> dict[str, float]:
        sure = {f"{name}_confidence_mm": mark.confidence_mm for name, mark in marks.items()}
        return sure | {
            "tibial_crest_confidence_mm": found.crest_confidence_mm,
            "side_confidence_percent": 100 * self.side.confidence,
            "mean_girth_mm": mean_girth_mm(self.knee.limb),
            "likeness_percent": 100 * self.knee.found.best.likeness,
        }

    def _not_told(self, marks: Mapping[str, LimbLandmark]) -> dict[str, str]:
        lacking = {name: _NO_SIDE for name in SIDED if name not in marks}
        if "patella" not in marks:
            lacking["patella"] = "the skin ends below its middle"
        return lacking | {
            "hamstring_tendons": "the skin of a limb at rest does not show them; give their level by hand"
        }
