"""Which of the stations along a rim are taken: evenly spread, on the best ground, far enough apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import PrescriptionError, Reason
from anatofit.model.frame import FloatArray

BoolArray = NDArray[np.bool_]

SHIFT_SHARE = 0.3  # of the spacing, by which a station may leave its even place
STARTS = 24  # first stations that are tried when the places must be spread over parts of the rim
FEWEST = 2
OTHERWISE: Mapping[str, str] = {
    "tabs": "fixation = 'recess' or 'none' (either needs separate plates, which the surgeon chooses and places)",
    "recesses": "fixation = 'tabs', or 'none' (which needs separate plates or other means that the surgeon chooses and places)",
}


def choose(
    grounds: Sequence[BoolArray],
    at: FloatArray,
    *,
    count: int,
    apart_mm: float,
    what: str,
    fits: Callable[[Sequence[int]], bool] = lambda _: True,
) -> tuple[list[int], list[str]]:
    """Stations on the best of `grounds` that has room for all, and a note where fewer were placed than asked.

    `fits` says whether stations leave what else the rim is needed for. Raises PrescriptionError where fewer than two have room.
    """
    for fewer in range(count, FEWEST - 1, -1):
        for good in grounds:
            found = _even(good, at, fewer, apart_mm) or _spread(good, at, fewer, apart_mm)
            if found and fits(found):
                asked = f"{fewer} {what} were placed, {count} were asked: the rim has no room or bone for more"
                return sorted(found), [] if fewer == count else [asked]
    raise PrescriptionError(
        Reason(
            "design.fixation",
            f"{count} {what} were asked, but the rim has bone and room for fewer than {FEWEST}. "
            f"Choose smaller {what}{', a lower screw_bone_mm' if what == 'tabs' else ''}, or {OTHERWISE[what]}",
        )
    )


def _even(good: BoolArray, at: FloatArray, count: int, apart_mm: float) -> list[int]:
    """Stations near places of even spacing, moved least; none where a place finds no ground."""
    best: tuple[int, list[int]] | None = None
    for phase in range(max(1, len(good) // count)):
        moved, chosen = _near_even(good, at, count, phase, apart_mm)
        if len(chosen) == count and (best is None or moved < best[0]):
            best = moved, chosen
    return best[1] if best else []


def _near_even(good: BoolArray, at: FloatArray, count: int, phase: int, apart_mm: float) -> tuple[int, list[int]]:
    spacing = len(good) / count
    most = int(spacing * SHIFT_SHARE)
    chosen: list[int] = []
    moved = 0
    for number in range(count):
        even = phase + round(number * spacing)
        shifts = (s for s in sorted(range(-most, most + 1), key=lambda s: (abs(s), s)) if good[(even + s) % len(good)])
        shift = next((s for s in shifts if _clear(at, (even + s) % len(good), chosen, apart_mm)), None)
        if shift is None:
            return moved, chosen
        chosen.append((even + shift) % len(good))
        moved += abs(shift)
    return moved, chosen


def _spread(good: BoolArray, at: FloatArray, count: int, apart_mm: float) -> list[int]:
    """Stations as far from one another as the ground allows: each next one farthest from those before."""
    some = np.flatnonzero(good)
    best: tuple[int, list[int]] | None = None
    for start in some[:: max(1, len(some) // STARTS)]:
        chosen, away = [int(start)], _around(some, int(start), len(good))
        while len(chosen) < count:
            for c in chosen:
                away = np.minimum(away, _around(some, c, len(good)))
            clear = np.array([_clear(at, int(s), chosen, apart_mm) for s in some])
            if not clear.any():
                break
            chosen.append(int(some[int(np.argmax(np.where(clear, away, -1)))]))
        least = (
            min(int(_around(np.array([a]), b, len(good))[0]) for a in chosen for b in chosen if a != b)
            if len(chosen) > 1
            else 0
        )
        if len(chosen) == count and (best is None or least > best[0]):
            best = least, chosen
    return best[1] if best else []


def _around(stations: NDArray[np.int64], station: int, n: int) -> NDArray[np.int64]:
    """Steps along the closed rim, the shorter way."""
    steps = np.abs(stations - station)
    return np.asarray(np.minimum(steps, n - steps))


def _clear(at: FloatArray, station: int, chosen: Sequence[int], apart_mm: float) -> bool:
    return all(float(np.linalg.norm(at[station] - at[c])) >= apart_mm for c in chosen)
