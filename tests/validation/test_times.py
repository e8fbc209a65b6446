"""The study of times parts a surface without moving it, and a run that was not good is counted as such."""

from __future__ import annotations

import pytest
import trimesh

from validation.studies.times import figures_of, parted


def test_a_bone_of_the_study_has_the_triangles_that_the_bar_names_and_is_closed() -> None:
    ball = trimesh.creation.icosphere(subdivisions=4, radius=20.0)
    made = parted(ball, 8_000)
    assert len(made.faces) == 8_000
    assert made.is_watertight
    assert made.volume == pytest.approx(ball.volume, rel=0.01)


def test_figures_are_medians_and_count_the_runs_that_failed() -> None:
    rows = [{"order": "guide", "wall_s": wall, "exit": code} for wall, code in ((9.0, 0), (7.0, 3), (30.0, 0))]
    assert figures_of(rows) == {"guide_s": 9.0, "bad_runs": 1.0}
