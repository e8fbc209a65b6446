"""Drilled holes beside blocks and balls whose distances are known by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anatofit.model.finding import Finding
from anatofit.model.mesh import Mesh
from anatofit.verify.run import verify
from tests.verify.guide_shapes import placed, turned
from tests.verify.shapes import asked, box, finer

# A drill of 3 mm goes from the origin 20 mm down; its sleeve lets it lean by 1 degree.
SLEEVE = {"entry_lps_mm": placed([0, 0, 0]).tolist(), "axis_lps": turned([0, 0, 1]), "diameter_mm": 3.2, "low_mm": -3.0,
          "top_mm": 20.0, "depth_mm": 30.0, "target_mm": 20.0, "drill_mm": 3.0, "play_deg": 1.0}  # fmt: skip


def found(check: str, *, kept: Mesh | None = None, balls: Any = (), low: float = 2.0, **changed: Any) -> Finding:
    """The finding of a plan with one sleeve, everything lying askew as a file holds it."""
    plan = {"sleeves": [SLEEVE], "keep_out_surface": kept is not None, "keep_outs": list(balls), **changed}
    models = {} if kept is None else {"keep_out": Mesh(placed(kept.vertices_lps_mm), kept.faces)}
    part = box((10.0, 10.0, 10.0))
    (finding,) = verify(
        {"plate": part}, requirements=[asked(check).model_copy(update={"limit_low": low})], models=models, plan=plan
    )
    return finding


def ball(at: Any, radius: float) -> dict[str, Any]:
    return {"point_lps_mm": placed(at).tolist(), "radius_mm": radius}


@pytest.mark.parametrize(
    ("size", "middle", "away"),
    [
        ((4.0, 40.0, 40.0), (8.0, 0.0, 0.0), 6.0),  # a wall beside it
        ((40.0, 40.0, 4.0), (0.0, 0.0, -27.0), 5.0),  # a floor beneath its tip
        ((4.0, 4.0, 4.0), (5.0, 6.0, -26.0), float(np.sqrt(9 + 16 + 16))),  # a corner beyond its tip
        ((4.0, 4.0, 40.0), (5.0, 6.0, -10.0), 5.0),  # an edge along it
        ((40.0, 1.0, 1.0), (0.0, 4.5, -10.5), 4.0),  # an edge across it
    ],
)
@pytest.mark.parametrize("times", [0, 2])
def test_the_distance_is_that_of_the_whole_drilled_hole(size: Any, middle: Any, away: float, times: int) -> None:
    finding = found("keep_out_mm", kept=finer(box(size, middle), times))
    assert finding.measured == pytest.approx(away - 1.5, abs=1e-3)


def test_a_hole_that_reaches_into_what_is_kept_out_of_fails_by_how_far() -> None:
    through = found("keep_out_mm", kept=box((40.0, 40.0, 6.0), (0.0, 0.0, -10.0)), low=-99.0)
    assert not through.passed and through.measured == pytest.approx(-3.0 - 1.5, abs=0.02)
    thin = found("keep_out_mm", kept=box((40.0, 40.0, 0.05), (0.0, 0.0, -10.1)), low=-99.0)
    assert not thin.passed and thin.measured <= -1.5


def test_a_ball_is_measured_from_the_hole_and_the_nearest_of_all_counts() -> None:
    finding = found("keep_out_mm", balls=[ball((0, 9, -10), 2.0), ball((0, 0, -30), 3.0), ball((60, 0, 0), 3.0)])
    assert finding.measured == pytest.approx(5.5, abs=1e-6) and finding.passed
    assert not found("keep_out_mm", balls=[ball((0, 4, -10), 2.0)]).passed


def test_the_lean_that_reaches_a_ball_is_that_of_plain_geometry_less_what_the_sleeve_allows() -> None:
    beside = np.rad2deg(np.arctan2(8.0, 10.0) - np.arcsin(3.5 / np.hypot(8.0, 10.0)))
    finding = found("keep_out_deg", balls=[ball((8, 0, -10), 2.0)], low=0.0)
    assert finding.measured == pytest.approx(beside - 1.0, abs=1e-6)
    assert finding.values["sleeve_1_deg"] == pytest.approx(beside, abs=1e-6)


def test_a_ball_that_only_the_tip_can_reach_is_reached_by_the_tip() -> None:
    far = np.array([9.0, 0.0, -21.0])  # further from the entry than the target, nearer than target and radii
    finding = found("keep_out_deg", balls=[ball(far, 2.0)], low=0.0)
    lean = np.deg2rad(finding.values["sleeve_1_deg"])
    tip = 20.0 * np.array([np.sin(lean), 0.0, -np.cos(lean)])
    assert np.linalg.norm(tip - far) == pytest.approx(3.5, abs=1e-6)
    out_of_reach = found("keep_out_deg", balls=[ball((0, 0, -40), 2.0)], low=0.0)
    assert out_of_reach.values["sleeve_1_deg"] == 90.0


def test_the_lean_that_reaches_a_wall_is_found_on_its_triangles() -> None:
    finding = found("keep_out_deg", kept=finer(box((4.0, 40.0, 40.0), (8.0, 0.0, 0.0)), 2), low=0.0)
    lean = np.deg2rad(finding.values["sleeve_1_deg"])  # the round tip touches the plane x = 6
    assert 20.0 * np.sin(lean) + 1.5 == pytest.approx(6.0, abs=0.02)


def test_the_hole_of_a_pin_counts_down_to_the_end_of_the_far_cortex() -> None:
    pin = {**SLEEVE, "entry_lps_mm": placed([40, 0, 0]).tolist(), "depth_mm": 30.0, "diameter_mm": 2.0}
    under = ball((40, 0, -36), 2.0)  # beneath the tip
    finding = found("keep_out_mm", balls=[under], pins=[pin])
    assert (
        finding.measured == pytest.approx(6.0 - 2.0 - 1.0, abs=1e-6) and finding.values["pin_1_mm"] == finding.measured
    )
    assert "pin 1" in finding.detail
    assert not found("keep_out_mm", balls=[ball((40, 0, -25), 2.0)], pins=[pin]).passed
    assert not found("keep_out_mm", balls=[ball((40, 0, -90), 2.0)], pins=[{**pin, "depth_mm": None}]).passed
    wall = found("keep_out_mm", kept=box((4.0, 40.0, 40.0), (48.0, 0.0, -10.0)), pins=[pin])
    assert wall.values["pin_1_mm"] == pytest.approx(6.0 - 1.0, abs=1e-3)


@pytest.mark.parametrize("check", ["keep_out_mm", "keep_out_deg"])
def test_what_is_missing_is_said_and_never_passes(check: str) -> None:
    assert "keep_out.stl is missing" in found(check, keep_out_surface=True).detail
    assert "keeps out of nothing" in found(check).detail
    assert "no sleeves" in found(check, sleeves=[], balls=[ball((0, 0, 0), 1.0)]).detail
