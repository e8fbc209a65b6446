"""A body has one surface and one side, however it lay and however its pictures are stored."""

from __future__ import annotations

from validation import record
from validation.studies.orientations import figures_of, run_study, ways

SOME = (
    "HFS",
    "FFP",
    "HFDL",
    "FFDR",
    "rows along (0, 1, 0), columns along (0, 0, -1)",
    "rows along (1, 0, 0), columns along (0, 0, 1)",
)


def test_some_of_the_ways_give_one_surface_on_one_side() -> None:
    chosen = [(name, at) for name, at in ways() if name.startswith(SOME) and "along the normal" in name]
    assert len(chosen) == len(SOME)
    bars = {**record.bars("orientations"), "ways_min": len(SOME)}
    assert record.failures(figures_of(run_study(chosen)), bars) == []


def test_all_48_ways_are_made_and_the_eight_positions_are_among_them() -> None:
    names = [name for name, _ in ways()]
    assert len(set(names)) == 48
    assert {n.split(",")[0] for n in names} >= {"HFS", "HFP", "HFDR", "HFDL", "FFS", "FFP", "FFDR", "FFDL"}
