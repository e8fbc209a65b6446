"""Where holes go along the path when the order names none: evenly, on both sides of every line, with room left for the letters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from anatofit.devices.bone_plate.block import Block
from anatofit.devices.bone_plate.curve import Curve
from anatofit.devices.bone_plate.layout import Keep
from anatofit.devices.bone_plate.lines import room_mm
from anatofit.devices.bone_plate.sides import FEWEST_A_SIDE, Piece, by_side, side_of
from anatofit.devices.bone_plate.spec import BonePlateSpec
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.field import BoolArray
from anatofit.model.frame import FloatArray
from anatofit.model.words import counted

FEWEST = 2  # one screw lets the plate turn
ENOUGH = 2 * FEWEST_A_SIDE  # holes: letters may take room from more
TEXT_SHARE = 0.4  # of the path that is kept free of holes for letters, whatever number of holes is left
SLACK_MM = 1.0  # to either side of a gap's middle, where letters are tried
PITCH_DIAMETERS = (
    12.0 / 2.7
)  # of the screws, between two holes at most, where the order names no distance: 2.7 mm screws stand 8 to 12 mm apart, proposal
_STEP_MM = 0.25


def end_room_mm(spec: BonePlateSpec, length_mm: float) -> float:
    """From an end of the path to the middle of the outermost hole: its head lies beyond the run-out, its wall within the end."""
    return min(max(spec.runout_mm - spec.width_mm / 2, 0.0), length_mm / 4) + _half_hole(spec)


def least_pitch_mm(spec: BonePlateSpec) -> float:
    """Between the middles of two holes at least: two heads and a wall."""
    return 2 * _half_hole(spec) + spec.hole_wall_mm


def pitch_mm(spec: BonePlateSpec) -> float:
    """Between the middles of two holes at most, as ordered or by the screws."""
    return spec.hole_pitch_mm or PITCH_DIAMETERS * spec.screw_diameter_mm


def _half_hole(spec: BonePlateSpec) -> float:
    return (spec.head_diameter_mm + (spec.oblong_mm if spec.hole_kind == "oblong" else 0.0)) / 2


def free_pieces(spec: BonePlateSpec, curve: Curve, keeps: Sequence[Keep], *, texts: Sequence[Block]) -> list[Piece]:
    """Pieces of the path on which the middle of a hole may lie.

    A stretch without holes is left for letters: the first of `texts` that takes no more than its share of the path, or leaves
    as many holes as there would be without, or enough; and two on each side of a line that had room for them.
    """
    pieces = off_lines(spec, curve, keeps)
    without = _held(spec, pieces, keeps)
    enough = min(sum(without.values()), ENOUGH)
    for text in texts:
        least = FEWEST if text.room_mm <= TEXT_SHARE * curve.length_mm else enough
        held = _held(spec, kept := _with_room(pieces, curve, spec, text), keeps)
        on_each = all(held.get(side, 0) >= min(n, FEWEST_A_SIDE) for side, n in without.items())
        if on_each and sum(held.values()) >= max(least, FEWEST):
            return kept
    return pieces


def off_lines(spec: BonePlateSpec, curve: Curve, keeps: Sequence[Keep]) -> list[Piece]:
    """Pieces of the path on which the middle of a hole keeps off every line."""
    edge = end_room_mm(spec, curve.length_mm)
    at = np.arange(edge, curve.length_mm - edge + 1e-9, _STEP_MM)
    if not len(at):
        return []
    points, (_, _, out) = curve.points(at), curve.frames(at)
    # as deep as a screw goes that stops before a slanting plane: its length is not known yet
    radius = np.array([_half_hole(spec), _half_hole(spec), spec.screw_diameter_mm / 2])
    chains = np.stack([points + 3.0 * out, points, points - spec.screw_in_bone_mm * out], axis=1)
    return _runs(at, np.array([all(room_mm(keep, chain, radius) >= 0 for keep in keeps) for chain in chains]))


def _runs(at: FloatArray, free: BoolArray) -> list[Piece]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], free, [False]]).astype(np.int8)))
    return [(float(at[a]), float(at[b - 1])) for a, b in edges.reshape(-1, 2)]


def _with_room(pieces: list[Piece], curve: Curve, spec: BonePlateSpec, text: Block) -> list[Piece]:
    """The pieces less what makes room for letters: in the widest gap between them, or else as near to the path's middle as they
    can stand; none of them where they can nowhere."""
    gaps = [(b[0] - a[1], (a[1] + b[0]) / 2) for a, b in pairwise(pieces)]
    _, gap = max(gaps, default=(0.0, curve.length_mm / 2))
    edge = end_room_mm(spec, curve.length_mm) + text.room_mm / 2
    ranges = ((gap - SLACK_MM, gap + SLACK_MM), (edge - SLACK_MM, curve.length_mm - edge + SLACK_MM))
    middle = next((m for ends in ranges if (m := text.near_mm(*ends)) is not None), None)
    if middle is None:
        return []
    reach = text.reach_mm(middle) + _half_hole(spec)
    low, high = middle - reach, middle + reach
    kept = [(a, min(b, low)) for a, b in pieces] + [(max(a, high), b) for a, b in pieces]
    return sorted({(a, b) for a, b in kept if b >= a and (a < low or b > high)})


def _held(spec: BonePlateSpec, pieces: Sequence[Piece], keeps: Sequence[Keep]) -> dict[int, int]:
    """How many holes each side of the lines takes."""
    return by_side(_counts(spec, pieces, keeps), _sides(pieces, keeps))


def _sides(pieces: Sequence[Piece], keeps: Sequence[Keep]) -> list[int]:
    return [side_of((a + b) / 2, keeps) for a, b in pieces]


def _counts(spec: BonePlateSpec, pieces: Sequence[Piece], keeps: Sequence[Keep]) -> list[int]:
    """How many holes each piece takes."""
    most = [int((b - a) / least_pitch_mm(spec) + 1e-9) + 1 for a, b in pieces]
    if spec.hole_count:
        return _shared(spec.hole_count, pieces, most, _sides(pieces, keeps))
    return [min(m, int(np.ceil((b - a) / pitch_mm(spec) - 1e-9)) + 1) for m, (a, b) in zip(most, pieces, strict=True)]


def spread(spec: BonePlateSpec, pieces: Sequence[Piece], keeps: Sequence[Keep]) -> tuple[list[float], list[str]]:
    """Places of holes along the path, and what to say where there are fewer than asked. Raises PrescriptionError below two."""
    found = [float(s) for n, (a, b) in zip(_counts(spec, pieces, keeps), pieces, strict=True) for s in _evenly(n, a, b)]
    if len(found) < FEWEST:
        said = (
            f"{counted(len(found), 'hole')} found room on the path; {FEWEST} at least are wanted. Make the path longer, lower "
            "runout_mm, head_diameter_mm or line_margin_mm, or choose text none"
        )
        raise PrescriptionError(Reason("no-room", said))
    short = spec.hole_count - len(found)
    return found, [
        f"{len(found)} holes were placed, {spec.hole_count} were asked: no room for more"
    ] if short > 0 else []


def letters_take(
    spec: BonePlateSpec, pieces: Sequence[Piece], left: Sequence[Piece], keeps: Sequence[Keep]
) -> list[str]:
    """A sentence where fewer holes have room on what the letters left of the pieces."""
    lost = sum(_counts(spec, pieces, keeps)) - sum(_counts(spec, left, keeps))
    return [f"the letters stand where {counted(lost, 'more hole')} would have room (text none)"] if lost > 0 else []


def _evenly(count: int, low: float, high: float) -> list[float]:
    return [(low + high) / 2] if count == 1 else [float(s) for s in np.linspace(low, high, count)]


def _shared(count: int, pieces: Sequence[Piece], most: Sequence[int], sides: Sequence[int]) -> list[int]:
    """A number of holes shared among pieces: one after the other goes to the side with the fewest, where holes would lie farthest apart."""
    counts = [0] * len(pieces)
    for _ in range(min(count, sum(most))):
        held = by_side(counts, sides)
        room = [n for n, m in enumerate(most) if counts[n] < m]
        counts[max(room, key=lambda n: (-held[sides[n]], _apart(counts[n], *pieces[n])))] += 1
    return counts


def _apart(count: int, low: float, high: float) -> float:
    """How far holes would lie apart with one more; a piece without holes comes first."""
    return (high - low) / count if count else 1e6 + high - low
