"""Random plans on computed bones: each passes, fails by a measured finding, or is refused by name; none crashes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.long_bone import long_bone
from validation import record
from validation.studies.drawn_plans import MEANT_MM, _long_mm, meant, walk
from validation.studies.ground import Ground
from validation.studies.guides import LINES, QUICK, bones, draw_order, run_order, smaller
from validation.studies.outcomes import summarise

SEED = 4
OTHERS = 4  # plans of the lines that drill and plate


@cache
def people() -> list[tuple[str, Mesh]]:
    return bones(None)


@cache
def shin() -> list[tuple[str, Mesh]]:
    return [("small", long_bone(Laterality.RIGHT, length_mm=160.0, rings=60, around=40))]


def _failures(line: str, name: str, bone: Mesh, number: int, *, small: bool = True) -> list[str]:
    order = draw_order(LINES[line], Ground.of(bone), np.random.default_rng([SEED, number]))
    order = smaller(LINES[line], order) if small else order
    row = {"number": number, "bone": name, **run_order(LINES[line], bone, order)}
    bars = {**record.bars(LINES[line].study), "count_min": 1.0, "bones_min": 1.0}
    return [*record.failures(summarise([row], each="bone"), bars), *([str(row)] if row["outcome"] == "crash" else [])]


@pytest.mark.parametrize("number", range(QUICK))
def test_a_random_plan_of_cuts_passes_or_fails_by_name(number: int) -> None:
    assert _failures("cutting-guide", *people()[number % len(people())], number) == []


@pytest.mark.parametrize("line", ["drill-guide", "bone-plate"])
@pytest.mark.parametrize("number", range(OTHERS))
def test_a_random_plan_of_another_line_passes_or_fails_by_name(line: str, number: int) -> None:
    assert _failures(line, *shin()[0], number) == []


def test_most_paths_are_such_as_a_surgeon_could_mean_and_some_are_not() -> None:
    ground = Ground.of(shin()[0][1])
    long_mm = [_long_mm(meant(ground, np.random.default_rng([SEED, n]))) for n in range(8)]
    wild_mm = [_long_mm(walk(ground, np.random.default_rng([SEED, n]))) for n in range(8)]
    assert sum(long >= MEANT_MM for long in long_mm) >= 6
    assert min(long_mm) > min(wild_mm)


@pytest.mark.study
@pytest.mark.parametrize("line", sorted(LINES))
def test_every_random_plan_of_the_nightly_size_passes_or_fails_by_name(line: str) -> None:
    count = int(record.bars(LINES[line].study)["count_min"])
    assert [
        f for n in range(count) for f in _failures(line, *people()[n % len(people())], 10_000 + n, small=False)
    ] == []
