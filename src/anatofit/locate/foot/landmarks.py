"""Places on a foot that a podiatrist measures from, found by rule, each with how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from anatofit.locate.foot.located import FootForm, Found
from anatofit.locate.foot.stand import SECOND_RAY, Stood, ball_points
from anatofit.locate.foot.view import evened
from anatofit.model.frame import FloatArray
from anatofit.model.heights import HeightMap

# Where the lowest place under each head is looked for: share of the ball's width from its medial border (the first head takes some
# 30 %, the fifth some 19 %: their middles), within 5 % of the length.
_HEADS: Mapping[str, float] = {"first_metatarsal_head": 0.16, "fifth_metatarsal_head": 0.88}
_NEAR_SHARE = 0.05
_SOFT_MM = 0.4  # heights within so much of the lowest count as lowest: their middle is steadier than one node
_CLEAR_MM = 1.2  # a pad that stands out from its surroundings by this is sure
_ARCH_WITHIN = (0.15, 0.85)  # of the way from heel to first head
_FLAT_COSTS = 3.0  # a border that is straight over a fifth of the length has no outermost point worth the name
_CAP_MM = 1.0


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Places in the foot's own frame: name to (x, y, z) mm, confidence and rule; and what was looked for in vain."""

    local: Mapping[str, tuple[FloatArray, float, str]]
    medial_sign: float
    not_told: Mapping[str, str]

    def __getitem__(self, name: str) -> FloatArray:
        return self.local[name][0]

    def found(self, sole: HeightMap) -> dict[str, Found]:
        """In the mesh's own coordinates."""
        return {n: Found(sole.to_lps_mm(p), round(c, 2), by) for n, (p, c, by) in self.local.items()}


def landmarks_of(foot: Stood, *, medial_sign: float, side_confidence: float) -> Landmarks:
    """All that the form shows. medial_sign: 1 where medial is on the left of one who looks from heel to toes, as on a right foot."""
    even = HeightMap(
        foot.sole.origin_lps_mm, foot.sole.axes_lps, foot.sole.low_mm, foot.sole.step_mm, evened(foot.sole)
    )
    local = _ends(foot)
    local |= _ball(foot, even, medial_sign, side_confidence)
    local["heel"] = _heel(foot, even)
    local["arch_apex"] = _apex(foot, even, local["heel"][0], local["first_metatarsal_head"])
    missing = {
        "sustentaculum": "skin and fat hide it: no shape of the skin marks it",
        "navicular_tuberosity": "a skin shows it as a bump on some feet alone; the apex of the medial arch is given in its place",
    }
    return Landmarks(local, medial_sign, missing)


def _ends(foot: Stood) -> dict[str, tuple[FloatArray, float, str]]:
    """Rearmost point of the heel, and tip of the foremost toe."""
    points = foot.low_mm
    whole = foot.shown.form is FootForm.FULL
    sure = foot.end_confidence * (0.9 if whole else 0.7 * foot.outline_confidence)
    cut = "" if whole else "; where the sheet or the hollow ends"
    return {
        "pternion": (_outermost(points, -1.0), sure, f"rearmost point of the heel along the axis (ISO 7250-1){cut}"),
        "toe_tip": (_outermost(points, 1.0), sure, f"foremost point of the toes along the axis (ISO 7250-1){cut}"),
    }


def _outermost(points: FloatArray, way: float) -> FloatArray:
    """The middle of what reaches furthest along x, at its reach."""
    reach = way * points[:, 0]
    cap = points[reach > reach.max() - _CAP_MM]
    return np.array([way * reach.max(), *cap[:, 1:].mean(axis=0)])


def _heel(foot: Stood, even: HeightMap) -> tuple[FloatArray, float, str]:
    """The lowest place of the heel."""
    place, clear = _lowest(even, foot.borders.heel_centre(), 0.08 * foot.borders.length_mm)
    return place, (0.3 + 0.6 * clear) * foot.plane_confidence, "lowest place around the middle of the heel's width"


def _ball(
    foot: Stood, even: HeightMap, sign: float, side_confidence: float
) -> dict[str, tuple[FloatArray, float, str]]:
    """Borders of the ball, and the heads of the metatarsals on the sole."""
    tibiale, fibulare, flat = ball_points(foot.borders, medial_left=sign > 0)
    side = 0.5 + 0.5 * min(1.0, side_confidence)
    low = {
        "metatarsale_tibiale": (tibiale, flat[0], "medial"),
        "metatarsale_fibulare": (fibulare, flat[1], "lateral"),
    }
    found = {
        name: (
            _on_border(foot, place),
            max(0.25, 0.85 - _FLAT_COSTS * even_share) * side * foot.outline_confidence,
            f"most {where} point of the ball (ISO 7250-1)",
        )
        for name, (place, even_share, where) in low.items()
    }
    second = tibiale + SECOND_RAY * (fibulare - tibiale)
    share = f"{SECOND_RAY:g} of the ball's width from the medial border, on the sole (proposal)"
    found["second_metatarsal_head"] = (_on_sole(even, second), 0.55 * side, share)
    ends = found["metatarsale_tibiale"][1], found["metatarsale_fibulare"][1]
    for (name, at), border in zip(_HEADS.items(), ends, strict=True):
        found[name] = _head(foot, even, tibiale + at * (fibulare - tibiale), 0.5 + 0.5 * border)
    return found


def _head(foot: Stood, even: HeightMap, expected: FloatArray, border: float) -> tuple[FloatArray, float, str]:
    place, clear = _lowest(even, expected, _NEAR_SHARE * foot.borders.length_mm)
    by = "lowest place of the sole near where the ball's borders let it be expected"
    return place, (0.3 + 0.7 * clear) * border, by


def _lowest(even: HeightMap, expected: FloatArray, near_mm: float) -> tuple[FloatArray, float]:
    """The middle of the lowest places within a disc, and how far they stand out of it (0 to 1). On even ground: the disc's middle."""
    x, y = np.meshgrid(even.x_mm, even.y_mm)
    disc = even.there & (np.hypot(x - expected[0], y - expected[1]) < near_mm)
    if not disc.any():
        return _on_sole(even, expected), 0.0
    height = even.height_mm[disc]
    weight = np.exp(-(height - height.min()) / _SOFT_MM)
    at = np.array([np.average(x[disc], weights=weight), np.average(y[disc], weights=weight)])
    clear = float(np.clip((np.median(height) - height.min()) / _CLEAR_MM, 0.0, 1.0))
    return _on_sole(even, at), clear


def _on_sole(even: HeightMap, at: FloatArray) -> FloatArray:
    """(3,) the place on the sole; at the height of the nearest node where the sole is not seen there."""
    height = float(even.at_mm(at[None])[0])
    if not np.isfinite(height):
        nodes = even.nodes_mm(even.there)
        height = float(nodes[int(np.hypot(nodes[:, 0] - at[0], nodes[:, 1] - at[1]).argmin()), 2])
    return np.array([at[0], at[1], height])


def _on_border(foot: Stood, at: FloatArray) -> FloatArray:
    """(3,) the border point with the height at which the surface reaches it."""
    points = foot.low_mm
    slab = points[np.abs(points[:, 0] - at[0]) < 4.0]
    side = slab[np.abs(slab[:, 1] - at[1]) < 2.0]
    return np.array([at[0], at[1], float(np.median(side[:, 2])) if len(side) else 0.0])


def _apex(
    foot: Stood, even: HeightMap, heel: FloatArray, head: tuple[FloatArray, float, str]
) -> tuple[FloatArray, float, str]:
    """The highest place of the sole on the line from the heel to the first metatarsal head."""
    part = np.linspace(*_ARCH_WITHIN, 141)
    line = heel[:2] + part[:, None] * (head[0] - heel)[:2]
    height = even.at_mm(line)
    by = "highest place of the sole under the line from the heel to the first metatarsal head"
    if not np.isfinite(height).any():
        return _on_sole(even, line[70]), 0.1, by
    best = int(np.nanargmax(height))
    middle = 0 < best < len(part) - 1
    clear = float(np.clip((height[best] - max(heel[2], head[0][2])) / 6.0, 0.0, 1.0))
    return np.array([*line[best], height[best]]), (0.35 + 0.5 * clear) * (1.0 if middle else 0.5), by
