"""Hostile files in processes of their own: named, within memory and work; the study shows the rest."""

from __future__ import annotations

import pytest

from anatofit.rules import RULES
from validation.record import bars
from validation.studies.bombs import CASES, figures_of, run_study

SAMPLE = ("deflated pixels of 1 GB", "a million elements", "1 GB in an archive", "3MF: a gigabyte in a megabyte")


def test_every_hostile_file_has_a_rule_that_is_known() -> None:
    assert {case.rule for case in CASES.values()} <= set(RULES)
    assert {f"T{n:02}" for n in (4, 6, 7, 8, 9, 10, 14, 26, 27, 28)} <= {case.row for case in CASES.values()}


@pytest.mark.parametrize("name", SAMPLE)
def test_a_bomb_is_named_within_its_bounds(name: str) -> None:
    (row,) = run_study({name: CASES[name]}, with_plain=False)
    figures = figures_of([row])
    assert (row["exit"], row["rules"]) == (3, [CASES[name].rule])
    assert figures["peak_mb"] <= bars("bombs")["peak_max_mb"]
    # the bar is held by the study, on a machine of its own: here both cores are at work, and each does half as much
    assert figures["cpu_seconds"] <= 2 * bars("bombs")["seconds_max"]
