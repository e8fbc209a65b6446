"""Landmarks that a person marks are held against what shape and bones tell of them: how far off, on which side, in which order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from anatofit.errors import PrescriptionError, Reason
from anatofit.locate.limb.skin import Place
from anatofit.model.frame import FloatArray

# In units of the spread that both places have together (0.7 of all places lie within one): beyond two a person looks again, beyond four
# chance or an unusual limb hardly explains it. Proposals, to be confirmed.
LOOK_AGAIN, TOO_FAR = 2.0, 4.0
LEAST_TOO_FAR_MM = 30.0  # less than from one landmark of the knee to the next but one is never taken for a slip
TURNED_DEG = 90.0  # nearer to the opposite of the limb than to where the landmark belongs
DOWN = ("patella", "patellar_tendon", "tibial_tubercle", "distal_tibia", "distal_end")  # on every limb, in this order
_ON_AXIS = "distal_end"  # it has no side

_MARK_AGAIN = "Mark it again in the source's own axes; where the shape was read wrongly, confirm it with a waiver of limb-landmark"


@dataclass(frozen=True)
class Held:
    """A place that a person marked. off_mm: from where it was found, which is known to confidence_mm; None where nothing was found to hold
    it against. against: what speaks against it, so that only a person who overrules the program may have it."""

    off_mm: float | None
    confidence_mm: float | None
    far: bool
    against: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Told:
    """What a limb itself tells of landmarks. found: by name. ways: (3,) from the axis, for names of which the side alone is known."""

    origin_lps_mm: FloatArray
    up_lps: FloatArray
    found: Mapping[str, Place]
    ways: Mapping[str, FloatArray]

    def way(self, name: str) -> FloatArray | None:
        """(3,) from the axis towards where the landmark belongs; None where its side is not told."""
        if name in self.found and name != _ON_AXIS:
            return self.across(self.found[name].point_lps_mm)
        return self.ways.get(name)

    def across(self, point_lps_mm: FloatArray) -> FloatArray:
        """(3,) from the axis to a point."""
        off = point_lps_mm - self.origin_lps_mm
        return np.asarray(off - self.up_lps * (off @ self.up_lps))

    def level_mm(self, place: Place) -> float:
        """Along the axis, proximal positive."""
        return float((place.point_lps_mm - self.origin_lps_mm) @ self.up_lps)


def held(by_hand: Mapping[str, Place], told: Told, places: Mapping[str, Place]) -> dict[str, Held]:
    """Each marked place, held. places: all landmarks, with those that were marked."""
    order = _out_of_order(by_hand, told, places)
    return {name: _held(name, place, told, order.get(name, ())) for name, place in by_hand.items()}


def _held(name: str, place: Place, told: Told, order: tuple[str, ...]) -> Held:
    against = (*_turned(name, place, told), *order)
    found = told.found.get(name)
    if found is None:
        return Held(None, None, bool(against), against)
    off = float(np.linalg.norm(place.point_lps_mm - found.point_lps_mm))
    spread = float(np.hypot(place.confidence_mm, found.confidence_mm))
    most = max(TOO_FAR * spread, LEAST_TOO_FAR_MM)
    if off > most:
        against = (f"at most {most:.0f} mm from there are believed", *against)
    return Held(off, found.confidence_mm, off > LOOK_AGAIN * spread or bool(against), against)


def _turned(name: str, place: Place, told: Told) -> Iterator[str]:
    wanted, given = told.way(name), told.across(place.point_lps_mm)
    if wanted is None:
        return
    cosine = float(given @ wanted) / max(float(np.linalg.norm(given) * np.linalg.norm(wanted)), 1e-9)
    turned = float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
    if turned > TURNED_DEG:
        yield f"it lies {turned:.0f}° around the limb from the side where it belongs"


def _out_of_order(by_hand: Mapping[str, Place], told: Told, places: Mapping[str, Place]) -> dict[str, tuple[str, ...]]:
    """What is said of marked places that lie below what they belong above, or above what they belong below."""
    said: dict[str, tuple[str, ...]] = {}
    for upper, lower in pairwise(name for name in DOWN if name in places):
        if told.level_mm(places[upper]) <= told.level_mm(places[lower]):
            for name, other, where in ((upper, lower, "above"), (lower, upper, "below")):
                said[name] = (*said.get(name, ()), f"it does not lie {where} the {other.replace('_', ' ')}")
    return {name: why for name, why in said.items() if name in by_hand}


def believed(marked: Mapping[str, Held]) -> None:
    """Raises PrescriptionError with every marked place that lies where the landmark cannot."""
    if wrong := [
        Reason("limb-landmark", f"locate.landmark.{name} {_away(mark)}{'; '.join(mark.against)}. {_MARK_AGAIN}")
        for name, mark in marked.items()
        if mark.against
    ]:
        raise PrescriptionError(wrong)


def _away(mark: Held) -> str:
    if mark.off_mm is None:
        return "contradicts the shape: "
    return f"lies {mark.off_mm:.0f} mm from where it was found (known to {mark.confidence_mm:.0f} mm): "
