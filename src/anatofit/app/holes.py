"""Holes in the skin that a device is made on: which of them it may face, what is told of those, and which stop it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.surface_scan import BoundaryLoop, ClosedHole, HoleFacts, SurfaceScan
from anatofit.model.words import bracketed

if TYPE_CHECKING:
    from anatofit.locate.foot.located import LocatedFoot

HOLE_RULE = "surface-hole"
# How well what closes a hole must be known: a socket's changes and an insole's corrections are ordered by the millimetre.
# Proposal, to be confirmed.
KNOWN_MM = 1.0
_BENEATH_MM = 2.0  # over the lowest surface: more than a facet's height, far less than a toe's
_OVER_BRIM_MM = 10.0  # over it a socket's skin is still evened, its edge flared
_REMEDY = "Scan again so that the place is seen, or close it by hand in the scanner's program"


@dataclass(frozen=True)
class Faced:
    """The holes that a device may face: those that were closed, and those that stayed open."""

    closed: Sequence[ClosedHole] = ()
    still_open: Sequence[BoundaryLoop] = ()

    def told(self, *, waived: bool) -> tuple[str, ...]:
        """A sentence for each that was closed."""
        taken = self.unsure if waived else ()
        facts = (hole.facts for hole in self.closed)
        return tuple(
            f"{f.sentence}; {f'taken by the waiver of {HOLE_RULE}' if f in taken else 'look at it'}" for f in facts
        )

    @property
    def unsure(self) -> tuple[HoleFacts, ...]:
        """Those that were closed without its being known well enough what was there."""
        facts = (hole.facts for hole in self.closed)
        return tuple(f for f in facts if f.off_mm is None or f.off_mm > KNOWN_MM)

    def stop(self, *, waived: bool) -> None:
        """Raises ScanUnsuitableError with each hole that stops a device: an open one ever, one that is not known well enough unless waived."""
        said = [*map(_open, self.still_open), *([] if waived else map(_unsure, self.unsure))]
        if said:
            raise ScanUnsuitableError(Reason(HOLE_RULE, one) for one in said)


def of_limb(scan: SurfaceScan) -> Faced:
    """All but the opening at the top."""
    return Faced(scan.holes, scan.loops[1:])


def below_brim(scan: SurfaceScan, limb: Anatomy, brim_mm: FloatArray | None) -> Faced:
    """Those of a limb that reach below a socket's brim, a line (n, 3) around it, or so little above that its edge counts on them; all
    without a brim."""
    every = of_limb(scan)
    if brim_mm is None:
        return every
    high, at = _around(limb, brim_mm)

    def reaches(points_mm: FloatArray) -> bool:
        level, angle = _around(limb, points_mm)
        return bool((level < np.interp(angle, at, high, period=2 * np.pi) + _OVER_BRIM_MM).any())

    closed = [hole for hole in every.closed if reaches(hole.points_mm)]
    return Faced(closed, [loop for loop in every.still_open if reaches(loop.points_mm)])


def _around(limb: Anatomy, points_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How high places lie along the limb's long axis, and their angles about it."""
    up, front = limb.planes["across"].normal_lps, limb.planes["coronal"].normal_lps
    off = points_mm - limb.landmarks["origin"]
    return off @ up, np.arctan2(off @ np.cross(up, front), off @ front)


def of_foot(scan: SurfaceScan, foot: LocatedFoot) -> Faced:
    """Those that are seen from beneath; what a sheet of the sole or a block ends at is none."""
    from anatofit.locate.foot.located import FootForm

    loops = scan.loops if foot.form is FootForm.FULL else scan.loops[1:]
    return Faced(
        [hole for hole in scan.holes if _beneath(foot, hole.points_mm)],
        [loop for loop in loops if _beneath(foot, loop.points_mm)],
    )


def _beneath(foot: LocatedFoot, points_mm: FloatArray) -> bool:
    local = foot.sole.to_local_mm(points_mm)
    return bool((local[:, 2] - foot.sole.at_mm(local[:, :2]) < _BENEATH_MM).any())  # nan beside the sole


def _open(loop: BoundaryLoop) -> str:
    return (
        f"a hole {loop.facts.perimeter_mm:.0f} mm round its edge at {bracketed(loop.facts.centre_mm)} mm is too large or too torn to be closed. "
        f"{_REMEDY}"
    )


def _unsure(facts: HoleFacts) -> str:
    return (
        f"{facts.where} can be closed, but is not known to {KNOWN_MM:g} mm: {facts.known}. {_REMEDY}; "
        f"or waive {HOLE_RULE} with a reason once the place was looked at"
    )
