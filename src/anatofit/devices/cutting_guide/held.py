"""Whether the guide's pins hold every piece of bone that its cuts part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from anatofit.devices.cutting_guide.layout import Slot
from anatofit.devices.guide.layout import Sleeve
from anatofit.model.words import listed

A_SIDE = 2  # pins that hold a piece of bone: one lets it turn
ALIKE = 0.7  # cosine between normals: cuts within 45 degrees of each other part a bone one after the other. Proposal


def held_by(pins: Sequence[Sleeve], slots: Sequence[Slot]) -> Iterator[str]:
    """A sentence for cuts with fewer than two pins on a side, by how many these are, and one for the pieces between cuts with none."""
    if not pins:
        return
    sides = [_on_sides(slot, pins) for slot in slots]
    for held in dict.fromkeys(found for found in sides if min(found) < A_SIDE):
        cuts = [str(n) for n, found in enumerate(sides, start=1) if found == held]
        which = f"cut {cuts[0]}" if len(cuts) == 1 else f"each of cuts {listed(cuts)}"
        open_side = any(slot.resting for slot, found in zip(slots, sides, strict=True) if found == held)
        yield (
            f"{held[0]} and {held[1]} pins stand on the two sides of {which}: two on each hold both pieces of bone"
            f"{', and a one-sided slot bears none on its open side: take a closed one' if open_side else ''}"
        )
    loose = [
        f"{min(n, m)} and {max(n, m)}" for n, m in _neighbours(slots) if not _between(slots[n - 1], slots[m - 1], pins)
    ]
    if loose:
        yield (
            f"no pin holds the bone between cuts {', or '.join(loose)}: it is loose once both are made. Where it is kept, name pins there ([[plan.pin]])"
        )


def _on_sides(slot: Slot, pins: Sequence[Sleeve]) -> tuple[int, int]:
    before = sum(_ahead_mm(slot, pin.entry_lps_mm) > 0 for pin in pins)
    return before, len(pins) - before


def _ahead_mm(slot: Slot, place_lps_mm: Sequence[float]) -> float:
    """How far a place lies on the normal's side of a cut."""
    return float(((np.array(place_lps_mm) - np.array(slot.point_lps_mm)) * slot.frame[:, 0]).sum())


def _neighbours(slots: Sequence[Slot]) -> Iterator[tuple[int, int]]:
    """The numbers of cuts that follow each other along the bone, but for the two of a wedge: what lies between these is taken out."""
    first = slots[0]
    alike = [n for n, s in enumerate(slots, start=1) if abs(float((s.frame[:, 0] * first.frame[:, 0]).sum())) > ALIKE]
    for n, m in pairwise(sorted(alike, key=lambda n: _ahead_mm(first, slots[n - 1].point_lps_mm))):
        if slots[n - 1].hinge_mm is None or slots[m - 1].hinge_mm is None:
            yield n, m


def _between(one: Slot, other: Slot, pins: Sequence[Sleeve]) -> bool:
    """Whether a pin stands on each one's side on which the other lies."""
    pairs = ((one, other), (other, one))
    return any(all(_ahead_mm(a, pin.entry_lps_mm) * _ahead_mm(a, b.point_lps_mm) > 0 for a, b in pairs) for pin in pins)
