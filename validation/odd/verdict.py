"""What a reader made of a series, held against what was stated beforehand."""

from __future__ import annotations

import math
from dataclasses import dataclass

from validation.odd.judge import LACKING, OUTSIDE_HU, Figures, Read, displacement_mm, measure, resampled_bars
from validation.odd.odd import Odd
from validation.odd.readers import Outcome

RIGHT, REFUSED = "right", "refused by name"
SILENT, CRASH = "SILENT ERROR", "CRASH"
UNSOUND, OTHER_NAME = "refused though sound", "refused by another name"
UNTOLD = "no note of"
# Interpolation reaches one cell beyond an edge: HU are judged farther from every edge than that.
RESAMPLED_MARGIN_MM = 1.6
# A mesh of chords lies this far from a curved surface at the pixels used here.
CHORD_MM = 0.1
GAP_MM = 1.5


@dataclass(frozen=True)
class Verdict:
    """outcome: one of the classes above. detail: rules, or the figure that missed its bar."""

    outcome: str
    detail: str
    figures: Figures | None = None

    @property
    def accepted(self) -> bool:
        return self.figures is not None


def judge_intake(case: Odd, outcome: Outcome) -> Verdict:
    """The class of the outcome."""
    if outcome.error:
        return Verdict(CRASH, outcome.error)
    if outcome.read is None:
        return Verdict(_refused(case, outcome), " ".join(outcome.rules))
    figures, missed = held(case, outcome.read)
    if not case.right:
        return Verdict(SILENT, "accepted; " + (missed or "the geometry is right"), figures)
    if missed:
        return Verdict(SILENT, missed, figures)
    told = case.told in " ".join(outcome.notes)
    return Verdict(RIGHT, "" if told else f"{UNTOLD} {case.told}", figures)


def _refused(case: Odd, outcome: Outcome) -> str:
    if case.rules & set(outcome.rules):
        return REFUSED
    return OTHER_NAME if case.rules else UNSOUND


def held(case: Odd, read: Read) -> tuple[Figures, str]:
    """The figures of a volume, and those that miss the bars of its case in words."""
    bars = (case.bar_mm, case.bar_mm, case.bar_hu)
    margin = RESAMPLED_MARGIN_MM if case.resampled else 0.02
    if case.resampled and case.at is not None:
        bars = resampled_bars(read, case.at, margin_mm=margin)
    figures = measure(read, margin_mm=margin)
    missed = [
        f"{what} {value:.4g} {unit} (bar {bar:.4g})"
        for what, value, bar, unit in (
            ("surface", figures.surface_mm, bars[0], "mm"),
            ("centre", figures.centre_mm, bars[1], "mm"),
            ("HU", figures.hu, bars[2], "HU"),
            ("outside", figures.outside_hu, OUTSIDE_HU, "HU"),
            ("lacking", figures.lacking, LACKING, ""),
        )
        if not value <= bar
    ]
    return figures, ", ".join(missed)


def judge_peer(case: Odd, outcome: Outcome) -> str:
    """A peer's outcome in a few words: right, wrong by so many mm, HU wrong, taken though it must be refused, or its error."""
    if outcome.read is None:
        return outcome.error
    figures, missed = held(case, outcome.read)
    if not missed:
        return RIGHT if case.right else "taken without a word"
    off = displacement_mm(outcome.read)
    if figures.lacking > LACKING or not math.isfinite(off):
        return "wrong: bodies lost"
    surface = "surface" in missed or "centre" in missed
    return f"wrong by {max(off, figures.surface_mm):.2f} mm" if surface and off > 0.2 else _small(figures, missed)


def _small(figures: Figures, missed: str) -> str:
    if "surface" in missed and "HU" not in missed:
        return f"wrong by {figures.surface_mm:.2f} mm"
    return f"HU wrong by {max(figures.hu, figures.outside_hu + 1000):.0f}"


def judge_surface(case: Odd, found: tuple[float, float] | str) -> str:
    """The same for a peer that gives a surface alone."""
    if isinstance(found, str):
        return "error: " + found
    to_bodies, to_vertices = found
    if to_bodies <= CHORD_MM and to_vertices <= GAP_MM:
        return RIGHT if case.right else "taken without a word"
    return f"wrong by {max(to_bodies, to_vertices if to_vertices > GAP_MM else 0):.2f} mm"
