"""The study of limbs finds the truth by the bones alone, and judges by bars that it can miss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from validation import record
from validation.studies.limbs import Body, figures_of, read_stl, truth, write_stl


def ball(centre: tuple[float, float, float], half: tuple[float, float, float], steps: int) -> Body:
    """An ellipsoid of rings."""
    turn, lift = np.meshgrid(np.linspace(0, 2 * np.pi, steps, endpoint=False), np.linspace(-1.5, 1.5, steps))
    unit = np.stack([np.cos(lift) * np.cos(turn), np.cos(lift) * np.sin(turn), np.sin(lift)], axis=-1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(steps - 1), np.arange(steps), indexing="ij")
    a, b, c, d = (r * steps + s % steps for r, s in ((i, j), (i, j + 1), (i + 1, j), (i + 1, j + 1)))
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)])
    return Body(unit * half + centre, faces.astype(np.int64))


SKIN = ball((0, 0, 0), (60, 60, 160), 80)
TIBIA, FIBULA, PATELLA = (
    ball(c, h, 40)
    for c, h in (((0, -10, -70), (30, 25, 70)), ((-40, 15, -60), (8, 8, 40)), ((0, -52, 35), (18, 8, 22)))
)


def test_bodies_come_back_from_a_file_as_they_went(tmp_path: Path) -> None:
    write_stl(tmp_path / "limb.stl", [TIBIA, SKIN])
    back = read_stl(tmp_path / "limb.stl")
    assert [len(b.faces) for b in back] == [len(SKIN.faces), len(TIBIA.faces)]
    assert back[0].points.min(axis=0) == pytest.approx(SKIN.points.min(axis=0), abs=1e-4)


def test_landmarks_lie_on_the_skin_over_what_stands_out_of_each_bone() -> None:
    marks = truth(SKIN, TIBIA, FIBULA, PATELLA)
    shape = np.array([60.0, 60.0, 160.0])
    assert all(np.linalg.norm(p / shape) == pytest.approx(1.0, abs=0.02) for p in marks.values())
    assert marks["fibular_head"][0] < -45 and marks["medial_flare"][0] > 45 > -45 > marks["lateral_flare"][0]
    assert marks["patellar_tendon"][1] < -50 < 50 < marks["popliteal"][1]
    assert marks["patellar_tendon"][2] > marks["tibial_tubercle"][2] > marks["distal_tibia"][2] > marks["distal_end"][2]


def made(error: float, confidence: float, *, bones: bool, right: bool = True) -> dict[str, object]:
    return {
        "seed": int(10 * error), "landmark": "popliteal", "bones": bones, "side": "R", "side_right": right,
        "error_mm": error, "confidence_mm": confidence,
    }  # fmt: skip


def test_a_wrong_side_a_large_error_and_a_confidence_that_says_nothing_are_missed_bars() -> None:
    good = [made(1.0, 3, bones=True), made(2.0, 4, bones=True), made(4.0, 6, bones=False), made(4.5, 7, bones=False)]
    bars = record.asked_bars("limbs", guises=4)
    assert record.failures(figures_of(good), bars) == []
    bad = [
        made(9.0, 3, bones=True),
        made(8.0, 4, bones=True),
        made(7.0, 6, bones=False, right=False),
        made(6.0, 7, bones=False),
    ]
    missed = record.failures(figures_of(bad), bars)
    assert {line.split(":")[0] for line in missed} >= {
        "skin_median_mm", "bones_median_mm", "rank_correlation", "wrong_sides", "skin_within_share",
    }  # fmt: skip
