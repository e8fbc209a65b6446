"""An order for a guide out of a CT: which steps know of other bones, and what the report keeps of the scan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anatofit.app.prescription import read_job
from anatofit.app.routes.bone import BONE_CT, BONE_SURFACE
from anatofit.geometry.field import signed_field
from anatofit.model.cranium import BoneEdge
from anatofit.model.frame import Laterality
from anatofit.model.grid import Grid
from anatofit.model.volume import Field, Volume
from anatofit.samples.long_bone import long_bone

ORDER = """
[order]
case = "A-0001"
device = "cutting-guide"
laterality = "L"
prescriber = "Department of Orthopaedics"
[source]
volume = "scan.nii.gz"
[plan]
approach = [0.0, -1.0, 0.0]
[[plan.cut]]
point = [0.0, -3.0, 150.0]
normal = [0.0, 0.0, 1.0]
[design]
foot_reach_mm = 12
foot_width_mm = 22
slot_length_mm = 18
pin_count = 0
window_mm = 0
"""
EDGE_HU, SLOPE = 300.0, 300.0


@pytest.fixture(scope="module")
def bone() -> BoneEdge:
    """A shaft, and a ball of bone behind it, in the plane of the cut."""
    grid = Grid((65, 100, 70), np.array([-35.0, -40.0, 102.0]), np.array([1.0, 1.0, 1.5]))
    k, j, i = np.indices(grid.shape_kji)
    places = grid.to_lps(np.stack([i, j, k], -1).astype(float))
    beside = np.linalg.norm(places - np.array([0.0, 45.0, 150.0]), axis=-1) - 9.0
    away = np.minimum(signed_field(long_bone(Laterality.LEFT), grid, band_mm=5.0), beside)
    hu = np.clip(EDGE_HU - SLOPE * away, 40, 1200).astype(np.int16)
    edge = Field(grid, np.full(grid.shape_kji, EDGE_HU, dtype=np.float32))
    return BoneEdge(Volume(grid, hu), edge, {"edge_slope_hu_per_mm": SLOPE}, "")


@pytest.fixture(scope="module")
def at(bone: BoneEdge, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the steps from the surface to the look at the scan give."""
    folder: Path = tmp_path_factory.mktemp("ct")
    (folder / "order.toml").write_text(ORDER, encoding="utf-8")
    job = read_job(folder / "order.toml")
    found: dict[str, Any] = {"bone": bone}
    for name in ("surface", "locate", "plan", "look"):
        step = next(s for s in BONE_CT.steps if s.name == name)
        found |= step.run(job, {key: found[key] for key in step.inputs}).with_notes(name)
    return found


def test_another_bone_of_the_scan_is_part_of_the_anatomy_and_told_with_its_place(at: dict[str, Any]) -> None:
    low, high = at["anatomy"].surfaces["neighbours"].bounds_lps_mm
    assert (low + high) / 2 == pytest.approx([0.0, 45.0, 150.0], abs=0.3)
    assert at["anatomy"].figures["neighbours_count"] == 1.0
    away_mm = at["anatomy"].figures["neighbours_nearest_mm"]
    assert any(
        f"1 other bone of the scan, {away_mm:.0f} mm from the plan's points, is kept" in note
        for note in at["plan"]["notes"]
    )
    assert "1 other bone of the scan around the plan is kept clear of" in at["surface.notes"]["sentence"]
    assert at["plan"]["beside_mm"] == 1.0
    assert any("another bone lies in the plane of cut 1" in note for note in at["plan"]["notes"])


def test_the_scan_is_looked_at_through_the_plan(at: dict[str, Any]) -> None:
    assert list(at["scan_look"].slices) == ["1: cut 1, across its slot", "2: cut 1, in its plane"]
    for flat in at["scan_look"].slices.values():
        assert flat.hu.max() == 1200 and abs(flat.right_lps @ flat.up_lps) < 1e-6
    assert "2 cuts through what is planned" in at["look.notes"]["sentence"]


def test_a_surface_knows_no_other_bone_and_no_scan() -> None:
    steps = {step.name: step for step in BONE_SURFACE.steps}
    assert "look" not in steps and "neighbours" not in steps["locate"].inputs
    assert "scan_look" not in steps["depict"].inputs
