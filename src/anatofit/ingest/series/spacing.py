"""What is wrong with the places of slices: copies, gaps, steps too wide, shifts that no gantry makes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.header.instance import Instance
from anatofit.ingest.rules import found, listed
from anatofit.ingest.series.stack import (
    AXIS_NAMES,
    EVEN_MM,
    SAME_FRACTION,
    SIDEWAYS_MM,
    TILT_DEG,
    Stack,
    even_tolerance_mm,
)
from anatofit.model.frame import FloatArray
from anatofit.model.scan import Limit, ScanFinding
from anatofit.model.words import counted

# No gantry tilts by more than 30 degrees (IEC 60601-2-44 asks that tilt is shown; scanners offer up to 30); beyond half as much
# again the positions are wrong, or the slices are cuts through a volume and no stack.
MOST_TILT_DEG = 45.0
# A wider step that comes so often in a row is a zone of another spacing; fewer are gaps.
ZONE_STEPS = 3
# Positions that are rounded to tenths of a millimetre make even steps of 0.75 mm alternate by 0.13 of them.
ALTERNATING_FRACTION = 0.25
# So many numbers that come again are no slip of a writer.
AGAIN_FRACTION = 0.1
# A gap is a multiple of the step to within this fraction of a step for each step that it spans.
MULTIPLE_FRACTION = 0.05
# Slices that are tried as the place at which the most lie.
MOST_PLACES = 256


def spacing_findings(instances: Sequence[Instance], stack: Stack, *, limit: Limit) -> list[ScanFinding]:
    """Copies, missing slices, uneven steps wider than `limit`, and shifts, each with its places."""
    findings = list(_interleaved(instances, stack))
    findings += _along(instances, stack, limit=limit)
    findings += _jumps(stack)
    findings += _tilt(stack)
    findings += _tilt_tag(instances, stack)
    return findings


def _interleaved(instances: Sequence[Instance], stack: Stack) -> Iterator[ScanFinding]:
    """Two series under one UID betray themselves by numbers that come again at other places, or by steps that alternate."""
    # frames of each multi-frame object count anew
    numbers = Counter(n for i in instances if i.frames == 1 and (n := i.instance_number) is not None)
    again = sum(numbers.values()) - len(numbers)
    if len(numbers) > 1 and again >= max(2, AGAIN_FRACTION * len(instances)):
        what = f"{again} of {counted(len(instances), 'slice')} bear an instance number that another slice has at another place"
        yield found("interleaved-series", what, measured=again, limit=0, unit="slices")
    elif (pair := _alternating(np.diff(stack.along_mm))) is not None:
        what = f"The steps between slices alternate, {pair[0]:.3f} and {pair[1]:.3f} mm, as those of two series do"
        yield found("interleaved-series", what, measured=abs(pair[0] - pair[1]), limit=0, unit="mm")


def _alternating(steps: FloatArray) -> tuple[float, float] | None:
    """The two steps of which every second one is the same, where they differ from each other."""
    if len(steps) < 2 * ZONE_STEPS:
        return None
    ones, others = steps[::2], steps[1::2]
    tolerance = 2 * even_tolerance_mm(float(np.median(steps)))
    if (
        max(float(np.ptp(ones)), float(np.ptp(others))) > tolerance
        or abs(float(ones.mean() - others.mean())) <= tolerance
    ):
        return None
    return float(ones.mean()), float(others.mean())


def _along(instances: Sequence[Instance], stack: Stack, *, limit: Limit) -> Iterator[ScanFinding]:
    steps = np.diff(stack.along_mm)
    typical = float(np.median(steps[steps > EVEN_MM])) if (steps > EVEN_MM).any() else 0.0
    same = steps <= max(EVEN_MM, SAME_FRACTION * typical)
    if same.any():
        yield _duplicates(stack, same)
    if same.all():
        return
    firsts = np.concatenate([[0], np.flatnonzero(~same) + 1])
    numbers = [instances[stack.order[i]].instance_number for i in firsts]
    steps, places = np.diff(stack.along_mm[firsts]), stack.places_mm[firsts]
    base = float(np.median(steps))
    gap = missing_gaps(steps, base=base, numbers=numbers)
    if gap.any():
        yield _gaps(steps, places, gap, base=base, letter=AXIS_NAMES[stack.axis])
    elif not same.any() and stack.uneven_mm > even_tolerance_mm(base):
        yield from _uneven(steps, places, limit=limit, letter=AXIS_NAMES[stack.axis])


def missing_gaps(steps: FloatArray, *, base: float, numbers: Sequence[int | None]) -> NDArray[np.bool_]:
    """Which of the steps lack slices: whole multiples of the `base` step, but no zone of wider steps.

    A zone is a run of equal steps; where the instance numbers skip as many as the step is wide, slices are missing there too.
    """
    multiples = np.rint(steps / base)
    whole = (multiples >= 2) & (np.abs(steps - multiples * base) <= MULTIPLE_FRACTION * base * multiples)
    return np.asarray(whole & (~_in_zone(steps, base) | _skipped(multiples, numbers)))


def _in_zone(steps: FloatArray, base: float) -> NDArray[np.bool_]:
    """Steps that are one of at least three equal ones in a row."""
    changes = np.flatnonzero(np.abs(np.diff(steps)) > 2 * even_tolerance_mm(base)) + 1
    runs = np.split(np.arange(len(steps)), changes)
    zone = np.zeros(len(steps), dtype=bool)
    for run in runs:
        zone[run] = len(run) >= ZONE_STEPS
    return zone


def _skipped(multiples: FloatArray, numbers: Sequence[int | None]) -> NDArray[np.bool_]:
    """Where the instance numbers step as far as the slices do."""
    if any(n is None for n in numbers):
        return np.zeros(len(multiples), dtype=bool)
    return np.asarray(np.abs(np.diff(np.array(numbers, dtype=np.int64))) == multiples)


def _duplicates(stack: Stack, same: NDArray[np.bool_]) -> ScanFinding:
    letter = AXIS_NAMES[stack.axis]
    places = sorted({round(float(p), 3) for p in stack.places_mm[1:][same]})
    what = (
        f"{counted(int(same.sum()), 'slice')} too many, of other content than the one beside: "
        f"several lie at {letter} = {listed([f'{p:.2f}' for p in places])} mm"
    )
    return found("duplicate-slice", what, measured=float(same.sum()), limit=0, unit="slices", positions_mm=places)


def _gaps(steps: FloatArray, places: FloatArray, gap: NDArray[np.bool_], *, base: float, letter: str) -> ScanFinding:
    where = np.flatnonzero(gap)
    missing = [round(float(steps[i]) / base) - 1 for i in where]
    named = listed(
        [
            f"{n} between {letter} = {places[i]:.2f} and {places[i + 1]:.2f} mm"
            for n, i in zip(missing, where, strict=True)
        ]
    )
    lost = sum(missing)
    what = (
        f"{counted(lost, 'slice')} {'is' if lost == 1 else 'are'} missing where the series steps {base:.3f} mm: {named}"
    )
    ends = [p for i in where for p in (places[i], places[i + 1])]
    return found("missing-slice", what, measured=lost, limit=0, unit="slices", positions_mm=ends)


def _uneven(steps: FloatArray, places: FloatArray, *, limit: Limit, letter: str) -> Iterator[ScanFinding]:
    """Uneven steps are resampled as far as the device allows steps so wide at all."""
    where = np.flatnonzero(steps > limit.fit + EVEN_MM)
    if not len(where):
        return
    worst = float(steps.max())
    named = listed([f"{steps[i]:.3f} mm between {letter} = {places[i]:.2f} and {places[i + 1]:.2f}" for i in where])
    what = f"The slices are unevenly spaced, by up to {worst:.3f} mm where at most {limit.fit:g} mm are wanted: {named}"
    beyond = limit.waivable_to is not None and worst > limit.waivable_to + EVEN_MM
    ends = [p for i in where for p in (places[i], places[i + 1])]
    yield found(
        "uneven-spacing", what, measured=worst, limit=limit.fit, unit="mm", waivable=not beyond, positions_mm=ends
    )


def _jumps(stack: Stack) -> Iterator[ScanFinding]:
    """Sideways shifts that do not grow evenly from slice to slice; named are those off the line of the most."""
    if len(stack.order) < 3:
        return
    sideways = stack.sideways_mm
    span = np.abs(sideways).max() if stack.tilt_deg == 0 else np.ptp(sideways, axis=0).max()
    if float(span) <= SIDEWAYS_MM:
        return
    off = np.linalg.norm(sideways - _place_of_most(sideways), axis=1)
    places = stack.places_mm[off > SIDEWAYS_MM]
    what = (
        f"Up to {off.max():.2f} mm beside the others: {counted(len(places), 'slice')}, "
        f"at {AXIS_NAMES[stack.axis]} = {listed([f'{p:.2f}' for p in places])} mm"
    )
    yield found("shifted-slices", what, measured=float(off.max()), limit=SIDEWAYS_MM, unit="mm", positions_mm=places)


def _place_of_most(sideways: FloatArray) -> FloatArray:
    """(2,) the middle of the slices that lie at one place with the most others: a median would lie between two halves."""
    tried = np.unique(np.linspace(0, len(sideways) - 1, MOST_PLACES).astype(int))
    near = [np.linalg.norm(sideways - sideways[n], axis=1) <= SIDEWAYS_MM for n in tried]
    most = max(near, key=lambda passed: int(passed.sum()))
    return np.asarray(np.median(sideways[most], axis=0))


def _tilt(stack: Stack) -> Iterator[ScanFinding]:
    if stack.tilt_deg > MOST_TILT_DEG:
        what = f"Each slice is shifted against the one before, a tilt of {stack.tilt_deg:.2f} degrees, at most {MOST_TILT_DEG:g} can be"
        yield found("gantry-tilt", what, measured=stack.tilt_deg, limit=MOST_TILT_DEG, unit="degrees")


def _tilt_tag(instances: Sequence[Instance], stack: Stack) -> Iterator[ScanFinding]:
    """A tilt that the scanner notes must show in the orientation, or nobody knows what the positions mean."""
    tag_deg = max((abs(i.tilt_tag_deg) for i in instances if i.tilt_tag_deg is not None), default=0.0)
    turned_deg = math.degrees(math.acos(min(1.0, abs(float(stack.axes_lps[stack.axis, 2])))))
    if stack.tilt_deg > 0 or tag_deg <= TILT_DEG or turned_deg > TILT_DEG or stack.axis != 2:
        return
    what = f"The scanner notes a gantry tilt of {tag_deg:.1f} degrees, but the slices' orientation shows none"
    yield found("tilt-contradiction", what, measured=tag_deg, limit=TILT_DEG, unit="degrees")
