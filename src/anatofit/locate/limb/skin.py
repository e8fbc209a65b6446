"""Landmarks that the skin alone tells, each with the distance within which two of three are expected to lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from anatofit.locate.ends import furthest
from anatofit.locate.limb.bumps import Ridge, bump, ridge
from anatofit.locate.limb.levels import Levels, levels_of
from anatofit.locate.limb.recognise import Match, Recognised, recognise
from anatofit.locate.limb.standing import Standing, centred
from anatofit.locate.limb.unrolled import Unrolled, unroll
from anatofit.model.frame import FloatArray, Laterality

ROUNDS = (
    2  # of the shank's axis and the joint's level, each from the last: the second moves the level by less than 1 mm
)
TIBIA_END_MM, TIBIA_END_SD_MM = 25.0, 10.0  # of soft tissue below the cut tibia, on its front: 15 to 35; a proposal
AXIS_SD_DEG = 4.0  # of the long axis: what is lowest on a round end moves with it
_END_MM = 5.0  # above the distal end, where its roundness is taken
TENDON_LATERAL_DEG, TUBERCLE_LATERAL_DEG = 3.0, 7.0  # the tubercle lies lateral of the middle of the limb's front
FRONT_SD_DEG, BACK_SD_DEG, SIDE_SD_DEG = (
    4.0,
    6.0,
    8.0,
)  # of angles around the limb: in front a ridge tells, at the sides nothing does
_FIBULA_DEG = -12.0  # behind the lateral side
_MEDIAL_FLARE_DEG, _LATERAL_FLARE_DEG = 168.0, 18.0  # a little before the middle of each side
# The middle line of a shank leans forward against its bone: the flap that covers the cut tibia lies behind it. A proposal.
LEAN_DEG = 3.0
_CREST_FROM_TOP_MM, _CREST_STEP_MM = 12.0, 5.0


@dataclass(frozen=True, eq=False)
class Place:
    """A landmark on the skin: its point in LPS, and the distance within which it is expected in two of three limbs."""

    point_lps_mm: FloatArray
    confidence_mm: float


@dataclass(frozen=True, eq=False)
class Knee:
    """A limb whose knee was recognised: unrolled about its shank's axis, at which angle its front lies, and what was seen of it."""

    skin: Unrolled
    found: Recognised

    @property
    def limb(self) -> Standing:
        """The limb as it stands."""
        return self.skin.limb

    def front_lps(self, match: Match) -> FloatArray:
        """(3,) the front of a match, across the long axis."""
        turn = np.deg2rad(match.front_deg)
        return np.asarray(np.array([np.cos(turn), np.sin(turn), 0.0]) @ self.limb.axes_lps)

    def angle_deg(self, direction_lps: FloatArray) -> float:
        """At which angle of the unrolled limb a direction looks."""
        across, second, _ = self.limb.axes_lps @ direction_lps
        return float(np.degrees(np.arctan2(second, across)) % 360)


def recognised_knee(limb: Standing) -> Knee | None:
    """The knee, with the limb stood up along its shank; None where there is none."""
    skin = unroll(limb)
    found = recognise(skin)
    for _ in range(ROUNDS):
        if found is None:
            return None
        joint = found.best.joint_mm
        skin = unroll(centred(skin.limb, 0.15 * joint, joint - 15.0))
        found = recognise(skin)
    return None if found is None else Knee(skin, found)


@dataclass(frozen=True, eq=False)
class Landmarks:
    """What was found on the skin. places by name; crest_lps_mm: (n, 3) from the tubercle down."""

    places: Mapping[str, Place]
    crest_lps_mm: FloatArray
    crest_confidence_mm: float
    levels: Levels


@dataclass(frozen=True, eq=False)
class _Hand:
    """Angles of a limb of one hand: from the front towards the lateral side."""

    skin: Unrolled
    match: Match

    def angle(self, right_deg: float) -> float:
        """A right limb's angle, lateral 0 and front 90, as it is on this limb."""
        from_front = right_deg - 90.0
        return self.match.front_deg + (from_front if self.match.laterality is Laterality.RIGHT else -from_front)

    def leaned_mm(self, level_mm: float, angle_deg: float) -> float:
        """By how much the skin at that angle lies higher across the bone than across the axis."""
        reach = self.skin.at(level_mm, angle_deg)
        return reach * float(np.tan(np.deg2rad(LEAN_DEG)) * np.cos(np.deg2rad(angle_deg - self.match.front_deg)))

    def distal_end_lps_mm(self) -> FloatArray:
        """(3,) the middle of what reaches furthest down along the bone."""
        turn, lean = np.deg2rad(self.match.front_deg), np.tan(np.deg2rad(LEAN_DEG))
        along = np.array([-lean * np.cos(turn), -lean * np.sin(turn), 1.0]) @ self.skin.limb.axes_lps
        return furthest(self.skin.limb.mesh.vertices_lps_mm, -along)

    def level_mm(self, point_lps_mm: FloatArray) -> float:
        """The level across the bone of a place on the skin."""
        x, y, z = self.skin.limb.local(point_lps_mm[None])[0]
        return float(z) - self.leaned_mm(float(z), float(np.degrees(np.arctan2(y, x))))

    def place(self, level: tuple[float, float], angle_deg: float, sd_deg: float) -> Place | None:
        """On the skin at a level (and its standard deviation) and at an angle; None above where it ends."""
        z = level[0] + self.leaned_mm(level[0], angle_deg)
        if z > self.skin.levels_mm[-1]:
            return None
        point = self.skin.point_mm(z, angle_deg)
        across = np.deg2rad(sd_deg) * float(np.hypot(*point[:2]))
        return Place(self.skin.limb.lps(point[None])[0], float(np.hypot(level[1], across)))


# What a landmark that is known otherwise says of the levels.
_TELLS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "patella": ("patella",),
        "patellar_tendon": ("patella_pole", "tibial_tubercle"),
        "tibial_tubercle": ("tibial_tubercle",),
        "fibular_head": ("fibular_head",),
        "medial_flare": ("medial_flare",),
        "lateral_flare": ("lateral_flare",),
    }
)


def skin_landmarks(knee: Knee, match: Match, known: Mapping[str, Place] | None = None) -> Landmarks:
    """All landmarks of a limb of the hand that `match` says. known: places that bones or a person tell; the others follow them."""
    hand, skin = _Hand(knee.skin, match), knee.skin
    levels = levels_of(
        joint_mm=match.joint_mm, size=match.size, spread_mm=knee.found.level_spread_mm, top_mm=skin.levels_mm[-1]
    )
    levels, fibula_deg = _with_fibula(hand, levels)
    levels = _with_tubercle(hand, levels)
    for name, place in (known or {}).items():
        if name in _TELLS:
            levels = levels.seen(_TELLS[name], hand.level_mm(place.point_lps_mm), place.confidence_mm)
    front = _front_ridge(hand, levels)
    tubercle, tendon = levels.of("tibial_tubercle"), levels.between("patella_pole", "tibial_tubercle")
    end = (TIBIA_END_MM, TIBIA_END_SD_MM)
    places = {
        "patella": hand.place(levels.of("patella"), front.angle_at(levels.of("patella")[0]), FRONT_SD_DEG),
        "patellar_tendon": hand.place(tendon, front.angle_at(tendon[0]), FRONT_SD_DEG),
        "tibial_tubercle": hand.place(tubercle, front.angle_at(tubercle[0]), FRONT_SD_DEG),
        "distal_tibia": hand.place(end, front.angle_at(TIBIA_END_MM), FRONT_SD_DEG),
        "popliteal": hand.place(tendon, hand.angle(270.0), BACK_SD_DEG),
        "fibular_head": hand.place(levels.of("fibular_head"), *fibula_deg),
        "medial_flare": hand.place(levels.of("medial_flare"), hand.angle(_MEDIAL_FLARE_DEG), SIDE_SD_DEG),
        "lateral_flare": hand.place(levels.of("lateral_flare"), hand.angle(_LATERAL_FLARE_DEG), SIDE_SD_DEG),
        "distal_end": Place(hand.distal_end_lps_mm(), _end_sd_mm(skin)),
    }
    crest = _crest(skin, front, tubercle[0])
    found = {name: place for name, place in places.items() if place is not None}
    found |= known or {}
    return Landmarks(found, crest, float(np.deg2rad(FRONT_SD_DEG) * np.sqrt(skin.area_mm2.mean() / np.pi)), levels)


def _with_fibula(hand: _Hand, levels: Levels) -> tuple[Levels, tuple[float, float]]:
    """The levels with what is seen of the head of the fibula, and its angle with standard deviation."""
    level, sd = levels.of("fibular_head")
    expected = hand.angle(_FIBULA_DEG)
    at = level + hand.leaned_mm(level, expected)
    seen = bump(hand.skin, level_mm=at, angle_deg=expected, along_mm=1.5 * sd, around_deg=22.0, wide_mm=18.0)
    if seen is None:
        return levels, (expected, SIDE_SD_DEG)
    off = (seen.angle_deg - expected + 180) % 360 - 180
    seen_deg = np.rad2deg(seen.sd_mm / 50.0)
    share = SIDE_SD_DEG**2 / (SIDE_SD_DEG**2 + seen_deg**2)
    straight = seen.level_mm - hand.leaned_mm(seen.level_mm, seen.angle_deg)
    return levels.seen("fibular_head", straight, seen.sd_mm), (
        expected + share * off,
        float(SIDE_SD_DEG * np.sqrt(1 - share)),
    )


def _with_tubercle(hand: _Hand, levels: Levels) -> Levels:
    level, sd = levels.of("tibial_tubercle")
    at = hand.angle(90.0 - TUBERCLE_LATERAL_DEG)
    level += hand.leaned_mm(level, at)
    seen = bump(hand.skin, level_mm=level, angle_deg=at, along_mm=1.5 * sd, around_deg=12.0, wide_mm=12.0)
    if seen is None:
        return levels
    straight = seen.level_mm - hand.leaned_mm(seen.level_mm, seen.angle_deg)
    return levels.seen("tibial_tubercle", straight, seen.sd_mm)


def _front_ridge(hand: _Hand, levels: Levels) -> Ridge:
    """The line of patella, tendon, tubercle and crest, from the distal end to the top."""
    at = np.arange(_CREST_FROM_TOP_MM, hand.skin.levels_mm[-1] + 1e-6, _CREST_STEP_MM)
    names = ("tibial_tubercle", "patella_pole")
    (low, _), (high, _) = (levels.of(name) for name in names)
    lateral = np.interp(at, [low, high], [TUBERCLE_LATERAL_DEG, TENDON_LATERAL_DEG])
    sign = -1.0 if hand.match.laterality is Laterality.RIGHT else 1.0
    return ridge(hand.skin, angle_deg=hand.match.front_deg + sign * lateral, levels_mm=at)


def _crest(skin: Unrolled, front: Ridge, tubercle_mm: float) -> FloatArray:
    below = front.level_mm[(front.level_mm <= tubercle_mm) & (front.level_mm >= TIBIA_END_MM)][::-1]
    return skin.limb.lps(np.array([skin.point_mm(z, front.angle_at(z)) for z in below]).reshape(-1, 3))


def _end_sd_mm(skin: Unrolled) -> float:
    """How far the lowest place moves when the axis leans: the radius of the rounded end, times that lean."""
    wide2 = float(np.interp(_END_MM, skin.levels_mm, skin.area_mm2)) / np.pi
    return float(np.deg2rad(AXIS_SD_DEG) * wide2 / (2 * _END_MM))
