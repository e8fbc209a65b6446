"""What a podiatrist measures of a foot, out of its sole, its outline and its landmarks."""

from __future__ import annotations

from typing import Final

import numpy as np

from anatofit.locate.foot.footprint import arch_index, crease_of
from anatofit.locate.foot.landmarks import Landmarks
from anatofit.locate.foot.located import FootForm, Measured
from anatofit.locate.foot.stand import Stood
from anatofit.model.frame import FloatArray

_HALF: Final = 0.5
_SLAB_MM = 2.0
# Heights between which the back of the heel is halved, as shares of the length: above the fat pad's rounding, below the ankle.
_BISECT = (0.08, 0.16)
_BISECT_DEEP = (0.02, 0.1)  # shares of the length: of the heel's back that is halved, without its rounding
_BISECT_LEVELS = 9
_BIN_MM = 3.0


def measures_of(foot: Stood, marks: Landmarks) -> tuple[dict[str, Measured], dict[str, str]]:
    """Figures by name, and those that the form does not show, with why."""
    figures = _sizes(foot, marks) | _arch(foot, marks)
    missing: dict[str, str] = {}
    figures["forefoot_varus_deg"] = _forefoot(foot, marks)
    heel = _heel(foot, marks) if foot.shown.form is FootForm.FULL else None
    if heel is None:
        missing["heel_valgus_deg"] = "the back of the heel is not in the scan high enough to be halved"
    else:
        figures["heel_valgus_deg"] = heel
    if foot.shown.form is FootForm.FULL:
        figures |= _back(foot, marks)
    else:
        missing["dorsum_height_mm"] = "the dorsum of the foot is not in the scan"
    return figures, missing


def _sizes(foot: Stood, marks: Landmarks) -> dict[str, Measured]:
    local = marks.local
    ends = min(local["pternion"][1], local["toe_tip"][1])
    ball = min(local["metatarsale_tibiale"][1], local["metatarsale_fibulare"][1])
    across = marks["metatarsale_tibiale"][:2] - marks["metatarsale_fibulare"][:2]
    truncated = marks["metatarsale_tibiale"][0] - marks["pternion"][0]
    return {
        "foot_length_mm": Measured(_long(foot), round(ends, 2), "from the rearmost point to the foremost toe along the axis (ISO 7250-1)"),
        "ball_width_mm": Measured(
            float(np.linalg.norm(across)), round(ball, 2), "from metatarsale tibiale to metatarsale fibulare, seen from above (ISO 7250-1)"
        ),
        "heel_width_mm": Measured(
            foot.borders.heel_width_mm(), round(0.9 * foot.end_confidence, 2), "greatest width of the heel at 10 to 18 % of the length"
        ),
        "truncated_length_mm": Measured(float(truncated), round(ball, 2), "heel to metatarsale tibiale along the axis (Williams and McClay 2000)"),
    }  # fmt: skip


def _long(foot: Stood) -> float:
    return float(np.ptp(foot.low_mm[:, 0]))


def _arch(foot: Stood, marks: Landmarks) -> dict[str, Measured]:
    apex, sure, by = marks.local["arch_apex"]
    half = np.interp(_HALF * _long(foot), [marks["heel"][0], marks["first_metatarsal_head"][0]], [0.0, 1.0])
    at = marks["heel"][:2] + half * (marks["first_metatarsal_head"] - marks["heel"])[:2]
    height = float(foot.sole.at_mm(at[None])[0])
    crease = crease_of(foot, marks)
    found = {"arch_height_mm": Measured(float(apex[2]), round(sure, 2), f"over the plantar plane, {by}")}
    if np.isfinite(height):
        by = "of the sole at half the length, under the line from the heel to the first metatarsal head"
        found["arch_height_at_half_mm"] = Measured(height, round(sure, 2), by)
    return found | {"arch_index": arch_index(foot, crease)}


def _forefoot(foot: Stood, marks: Landmarks) -> Measured:
    """Positive where the first head stands higher than the fifth: varus."""
    first, fifth = marks["first_metatarsal_head"], marks["fifth_metatarsal_head"]
    angle = np.degrees(np.arctan2(first[2] - fifth[2], np.hypot(*(first - fifth)[:2])))
    sure = 0.6 * min(marks.local[name][1] for name in ("first_metatarsal_head", "fifth_metatarsal_head"))
    by = "first against fifth metatarsal head over the plantar plane, varus positive; near zero where the foot rests on both"
    return Measured(float(angle), round(sure, 2), by)


def _heel(foot: Stood, marks: Landmarks) -> Measured | None:
    """The line that halves the back of the heel, against the plane's normal: valgus (top medial) positive."""
    local = foot.local_mm
    long = _long(foot)
    share = (local[:, 0] - marks["pternion"][0]) / long
    behind = local[(share > _BISECT_DEEP[0]) & (share < _BISECT_DEEP[1])]
    levels = np.linspace(_BISECT[0] * long, _BISECT[1] * long, _BISECT_LEVELS)
    middles = np.array([_middle(behind[np.abs(behind[:, 2] - z) < 2 * _SLAB_MM]) for z in levels])
    there = np.isfinite(middles)
    if there.sum() < _BISECT_LEVELS - 2:
        return None
    slope, offset = np.polyfit(levels[there], middles[there], 1)
    off = float(np.std(middles[there] - slope * levels[there] - offset))
    by = "line that halves the back of the heel against the normal of the plantar plane, valgus positive (Root and others 1971)"
    return Measured(float(np.degrees(np.arctan(slope))) * marks.medial_sign, round(0.5 * np.exp(-off), 2), by)


def _middle(slab: FloatArray) -> float:
    """Halfway between the sides of the heel's back at one level, in the mean over bins along x: noise moves each border by itself."""
    if len(slab) < 8:
        return float("nan")
    number = ((slab[:, 0] - slab[:, 0].min()) / _BIN_MM).astype(np.int64)
    bins = [slab[number == n, 1] for n in np.unique(number)]
    return float(np.mean([(y.max() + y.min()) / 2 for y in bins if len(y) > 1] or [float("nan")]))


def _back(foot: Stood, marks: Landmarks) -> dict[str, Measured]:
    """Height of the dorsum of the foot at half its length, and as a share of the truncated length."""
    local = foot.local_mm
    slab = local[np.abs(local[:, 0] - marks["pternion"][0] - _HALF * _long(foot)) < _SLAB_MM]
    if not len(slab):
        return {}
    height = float(slab[:, 2].max())
    ball = marks.local["metatarsale_tibiale"][1]
    share = height / float(marks["metatarsale_tibiale"][0] - marks["pternion"][0])
    return {
        "dorsum_height_mm": Measured(height, round(0.9 * foot.plane_confidence, 2), "of the dorsum of the foot at half its length"),
        "arch_height_index": Measured(share, round(0.9 * ball, 2), "dorsum height by truncated length (Williams and McClay 2000)"),
    }  # fmt: skip
