"""The sides of fracture and cut lines: which a place of the path lies on, and what is said of one that too few screws hold."""

from __future__ import annotations

from collections.abc import Sequence

from anatofit.devices.bone_plate.layout import Keep, Screw
from anatofit.errors import PrescriptionError, Reason

Piece = tuple[float, float]  # of a path: from and to
FEWEST_A_SIDE = (
    2  # of a line: one screw lets the bone turn about it (AO principles: two and more in each main fragment)
)
ENDS = ("first", "last")


def side_of(at_mm: float, keeps: Sequence[Keep]) -> int:
    """How many lines lie before a place of the path."""
    return sum(keep.at_mm is not None and keep.at_mm < at_mm for keep in keeps)


def by_side(counts: Sequence[int], sides: Sequence[int]) -> dict[int, int]:
    """The counts summed for each side."""
    return {side: sum(n for n, s in zip(counts, sides, strict=True) if s == side) for side in sorted(set(sides))}


def held_by(keep: Keep, screws: Sequence[Screw]) -> tuple[int, int]:
    """How many screws hold the bone before a line that crosses the plate, and behind it."""
    assert keep.at_mm is not None
    before = sum(s.at_mm < keep.at_mm for s in screws)
    return before, len(screws) - before


def check_held(keeps: Sequence[Keep], screws: Sequence[Screw], left_out: Sequence[str] = ()) -> None:
    """Raises PrescriptionError where holes that the program places would leave one side of a line without a screw.

    left_out: what is said of holes that were left out.
    """
    besides = f" ({'; '.join(left_out)})" if left_out else ""
    reasons = [
        Reason(
            "no-room",
            f"no screw has room between line {number} and the path's {end} point, and the plate would not hold the bone there{besides}. "
            f"Make the path longer at its {end} point, lower line_margin_mm or head_diameter_mm, or name screws of your own ([[plan.screw]])",
        )
        for number, keep in enumerate(keeps, start=1)
        if keep.at_mm is not None
        for end, held in zip(ENDS, held_by(keep, screws), strict=True)
        if not held
    ]
    if reasons:
        raise PrescriptionError(reasons)


def side_notes(
    keeps: Sequence[Keep], screws: Sequence[Screw], pieces: Sequence[Piece], *, pitch_mm: float
) -> list[str]:
    """What to say of lines that do not cross the plate, and of sides that fewer than two screws hold.

    pieces: of the path, on which holes may lie. pitch_mm: between two holes at least.
    """
    notes = []
    for number, keep in enumerate(keeps, start=1):
        if keep.at_mm is None:
            notes.append(f"line {number} does not cross the plate. See whether it is the one that is meant")
            continue
        held = held_by(keep, screws)
        if min(held) < FEWEST_A_SIDE:
            said = f"{held[0]} and {held[1]} screws hold the bone on the two sides of line {number}; {FEWEST_A_SIDE} and more are usual"
            rooms = [p for p in pieces if p[1] < keep.at_mm], [p for p in pieces if p[0] > keep.at_mm]
            more = [
                _remedy(end, _short_mm(room, pitch_mm))
                for end, n, room in zip(ENDS, held, rooms, strict=True)
                if n < FEWEST_A_SIDE
            ]
            notes.append(". ".join([said, *more]))
    return notes


def _short_mm(pieces: Sequence[Piece], pitch_mm: float) -> float:
    """How much longer a side must be for two holes; 0 where it has room for them."""
    if len(pieces) > 1:
        return 0.0
    return max([pitch_mm - (b - a) for a, b in pieces], default=pitch_mm)


def _remedy(end: str, short_mm: float) -> str:
    if short_mm <= 0.0:
        return f"Towards the path's {end} point name screws of your own ([[plan.screw]])"
    return (
        f"Towards the path's {end} point the path is {max(short_mm, 0.1):.1f} mm too short for two: make it longer there, or lower "
        "line_margin_mm or head_diameter_mm"
    )
