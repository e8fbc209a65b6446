"""Bone in a drill's way, slopes that it meets, and tops that stop its collar."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anatofit.model.finding import Finding
from anatofit.verify.run import verify
from tests.verify.guide_shapes import brick, mesh_of, placed, rod, turned
from tests.verify.shapes import asked

SLEEVE = {"entry_lps_mm": placed([0, 0, 0]).tolist(), "axis_lps": turned([0, 0, 1]), "diameter_mm": 3.2, "low_mm": -3.0,
          "top_mm": 20.0, "depth_mm": 20.0, "outer_diameter_mm": 8.2, "drill_mm": 3.0}  # fmt: skip


def found(check: str, *, part: Any = None, host: Any = None, **limits: Any) -> Finding:
    (finding,) = verify(
        {"plate": mesh_of(part if part is not None else brick((1, 1, 1)))},
        requirements=[asked(check, of="sleeves").model_copy(update=limits)],
        models={} if host is None else {"host": mesh_of(host)},
        plan={"sleeves": [SLEEVE]},
    )
    return finding


def slope(degrees: float) -> Any:
    """A block whose upper face goes through the origin and slopes."""
    return brick((60, 60, 20), (0, 0, -10)).rotate([degrees, 0, 0])


def test_flat_bone_is_no_slope() -> None:
    assert found("drill_way", host=slope(0.0), limit_high=70.0).measured == 0.0


@pytest.mark.parametrize("degrees", [40.0, 60.0])
def test_a_slope_is_measured_less_the_roughness_of_facets(degrees: float) -> None:
    finding = found("drill_way", host=slope(degrees), limit_high=70.0)
    assert finding.passed
    rise = 1.5 * np.tan(np.deg2rad(degrees))
    assert finding.measured == pytest.approx(np.rad2deg(np.arctan((rise - 0.5) / 1.5)), abs=0.3)


@pytest.mark.parametrize("at", [(0.0, 0.0, 60.0), (1.2, 0.0, 15.0)])
def test_bone_above_an_entry_fails_however_little_of_the_drill_it_meets(at: Any) -> None:
    finding = found("drill_way", host=brick((60, 60, 20), (0, 0, -10)) + brick((0.6, 0.6, 4.0), at), limit_high=70.0)
    assert not finding.passed and finding.measured > 80.0


def test_without_bone_nothing_is_judged() -> None:
    assert "host.stl is missing" in found("drill_way", limit_high=70.0).detail


def tube(top: float) -> Any:
    return rod(8.2, 0.0, top) - rod(3.2, -1.0, 99.0)


@pytest.mark.parametrize("off", [0.0, 0.15, -0.3])
def test_the_height_of_a_top_is_measured(off: float) -> None:
    finding = found("sleeve_tops", part=tube(20.0 + off), limit_high=0.1)
    assert finding.measured == pytest.approx(abs(off), abs=1e-3)
    assert finding.passed == (abs(off) <= 0.1)


def test_what_stands_on_a_top_stops_the_collar_too_high() -> None:
    finding = found("sleeve_tops", part=tube(20.0) + brick((1.5, 1.5, 3.0), (2.6, 0.0, 20.0)), limit_high=0.1)
    assert finding.measured == pytest.approx(1.5, abs=1e-3)


def test_a_sleeve_that_is_not_there_has_no_top() -> None:
    assert not found("sleeve_tops", limit_high=0.1).passed
