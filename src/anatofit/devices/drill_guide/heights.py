"""Heights of sleeves that stand beside each other: none is to stand up where a drill's collar comes to stop on another.

What the order leaves to the design of a trajectory (no `sleeve_mm` or `drill_mm` of its own) the program changes by a little and says so; else it
names those that pass.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from anatofit.devices.drill_guide.apart import in_tenths, lack, standing_up, up_beside
from anatofit.devices.drill_guide.lines import Line
from anatofit.devices.drill_guide.spec import DrillGuideSpec
from anatofit.devices.envelope import read_envelope
from anatofit.devices.guide.layout import Sleeve, triple
from anatofit.devices.guide.sleeves import ROOT_MM
from anatofit.errors import Reason
from anatofit.model.words import listed

# By which the program changes a height itself: a tenth of the usual sleeve, which leans a drill by a tenth more. Proposal.
MOST_MM = 2.0
_TRY_MM = 0.5  # between heights that are tried

Tops = Mapping[int, float]


def with_room(lines: Sequence[Line], spec: DrillGuideSpec) -> tuple[tuple[Line, ...], list[str]]:
    """The axes with heights that leave room for collars, as far as the program changes them itself; and a sentence for each it changed."""
    found = list(lines)
    for _ in lines:
        changed = _changed(found, spec)
        if not changed:
            break
        for n, top in changed.items():
            found[n] = replace(found[n], top_mm=top)
    return tuple(found), [_said(n, line) for n, line in enumerate(found) if line.top_mm != lines[n].top_mm]


def _said(n: int, line: Line) -> str:
    return (
        f"the sleeve of trajectory {n + 1} is {line.top_mm:g} mm high, so that a drill's collar has room beside the next; order its sleeve_mm "
        "where another height is wanted"
    )


def _changed(lines: Sequence[Line], spec: DrillGuideSpec) -> Tops:
    """Heights that the program gives to the first two sleeves that lack room; none where none lacks it, or only more would help."""
    tubes = [_tube(line) for line in lines]
    left = [n for n, line in enumerate(lines) if line.trajectory.sleeve_mm is None and line.trajectory.drill_mm is None]
    for a, b, _ in standing_up(tubes, least_mm=least_wall_mm(spec)):
        return _passing(tubes, a, b, left, spec, most_mm=MOST_MM) or {}
    return {}


def _tube(line: Line) -> Sleeve:
    return Sleeve(
        entry_lps_mm=triple(line.entry_lps_mm),
        axis_lps=triple(line.axis_lps),
        diameter_mm=line.hole_mm,
        outer_diameter_mm=line.outer_mm,
        low_mm=-ROOT_MM,
        top_mm=line.top_mm,
        depth_mm=None,
    )


def least_wall_mm(spec: DrillGuideSpec) -> float:
    """The least wall of any channel of a guide."""
    return min(spec.sleeve_wall_mm, spec.pin_wall_mm)


def _passing(
    tubes: Sequence[Sleeve], a: int, b: int, free: Collection[int], spec: DrillGuideSpec, *, most_mm: float
) -> Tops | None:
    """The heights nearest to those of two sleeves, of which only `free` ones change, with which no other lacks room; None where there are none."""
    row = read_envelope("anatofit.devices.drill_guide").rows["sleeve_mm"]
    for tops in _tried(tubes[a].top_mm, tubes[b].top_mm, a, b, most_mm):
        if not set(tops) <= set(free) or any(row.reason_against(top) for top in tops.values()):
            continue
        made = [t.model_copy(update={"top_mm": tops.get(n, t.top_mm)}) for n, t in enumerate(tubes)]
        if all(_apart(made[n], other, spec) for n in (a, b) for m, other in enumerate(made) if m != n):
            return tops
    return None


def _tried(top_a: float, top_b: float, a: int, b: int, most_mm: float) -> Iterator[Tops]:
    """The lower one raised, the higher one lowered, or both made one height, by more and more."""
    for by in np.arange(_TRY_MM, most_mm + 1e-9, _TRY_MM):
        yield {a: round(top_a + float(by), 6)}
        yield {b: round(top_b - float(by), 6)}
        both = round(min(top_a, top_b) - float(by), 6)
        yield {a: both, b: both}


def _apart(one: Sleeve, other: Sleeve, spec: DrillGuideSpec) -> bool:
    """Whether two sleeves leave each other's collar its room, and the walls and the drills' ways theirs."""
    least = least_wall_mm(spec)
    ups = (up_beside(one, other, least_mm=least), up_beside(other, one, least_mm=least))
    return max(ups) <= 0.0 and lack(one, other) is None


def collars(sleeves: Sequence[Sleeve], lines: Sequence[Line], spec: DrillGuideSpec) -> Iterator[Reason]:
    """A reason for each sleeve whose collar's room takes of the least wall of another, with the heights that pass."""
    free = [n for n, line in enumerate(lines) if line.trajectory.drill_mm is None]
    for a, b, up in standing_up(sleeves, least_mm=least_wall_mm(spec)):
        tops = _passing(sleeves, a, b, free, spec, most_mm=max(s.top_mm for s in sleeves))
        said = (
            f"the sleeve of trajectory {b + 1} stands {in_tenths(up)} mm up beside the top of that of trajectory {a + 1}, where a drill's collar "
            f"comes to stop. {_remedy(tops)}"
        )
        yield Reason("no-room", said)


def _remedy(tops: Tops | None) -> str:
    if tops is None:
        return "Move them apart, lower sleeve_wall_mm, or order two guides: no sleeve_mm of theirs leaves it room"
    heights = listed([f"sleeve_mm = {top:g} of trajectory {n + 1}" for n, top in sorted(tops.items())])
    return f"Order {heights}, which leaves it room, move them apart, or lower sleeve_wall_mm"
