"""Thickness of plates whose walls are known, and of plates that were spoilt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anatofit.model.mesh import Mesh
from anatofit.verify.subject import Measurement
from anatofit.verify.walls import max_wall, min_wall
from tests.verify.host_plate import revolved
from tests.verify.shapes import asked, block, box, finer, holed_slab, joined, slab, sphere, subject_of

PLAN = {"insertion_direction_lps": [0.0, 0.0, 1.0], "perforations": [], "screws": [], "tabs": []}
HOLE = {"centre_lps_mm": [0, 0, 0], "axis_lps": [0, 0, 1], "diameter_mm": 2.0}


def thinnest(mesh: Mesh, *, plan: dict[str, Any] = PLAN, region: str = "all", **more: float) -> Measurement:
    found = min_wall(subject_of(mesh, plan=plan), asked("min_wall", region=region, **more))
    assert not found.failed, found.detail
    return found


def flat(x: Any, y: Any) -> Any:
    return x * 0


@pytest.mark.parametrize("region", ["body", "all"])
@pytest.mark.parametrize("thick", [1.0, 3.0, 6.0])
def test_an_even_plate_is_as_thick_as_it_was_made(region: str, thick: float) -> None:
    plate = slab(lambda x, y: flat(x, y) + thick, flat)
    assert thinnest(plate, region=region).value == pytest.approx(thick, abs=1e-6)
    found = max_wall(subject_of(plate, plan=PLAN), asked("max_wall", region="body", inside_rim_mm=2.0))
    assert found.value == pytest.approx(thick, abs=1e-6)


def test_a_curved_shell_is_measured_along_its_own_normal() -> None:
    shell = slab(lambda x, y: np.sqrt(80.0**2 - x**2 - y**2), lambda x, y: np.sqrt(76.0**2 - x**2 - y**2), half=30.0)
    assert thinnest(shell, region="body", inside_rim_mm=2.0).value == pytest.approx(4.0, abs=0.03)
    found = max_wall(subject_of(shell, plan=PLAN), asked("max_wall", region="body", inside_rim_mm=2.0))
    assert found.value == pytest.approx(4.0, abs=0.03)


def test_a_dent_of_two_millimetres_is_found_anywhere_on_the_body() -> None:
    for x0, y0 in ((0.0, 0.0), (11.0, -9.0)):
        dented = slab(lambda x, y: 3.0 - 2.4 * np.exp(-((x - x0) ** 2 + (y - y0) ** 2) / 1.5), flat, step=0.5)  # noqa: B023
        assert thinnest(dented, region="body").value < 0.9
        assert thinnest(dented).value < 0.9


def test_a_body_thins_by_the_rim_and_only_region_all_sees_it() -> None:
    def bevelled(x: Any, y: Any) -> Any:
        return 3.0 - np.clip((np.maximum(np.abs(x), np.abs(y)) - 18.5), 0, 1.5)

    plate = slab(bevelled, flat, step=0.5)
    assert thinnest(plate, region="body", inside_rim_mm=2.0).value > 2.7
    assert thinnest(plate).value < 1.7


def test_a_feather_edge_is_found() -> None:
    wedge = block([(0, 0, 0), (20, 0, 0), (20, 20, 0), (0, 20, 0), (0, 0, 3), (14, 0, 3), (14, 20, 3), (0, 20, 3)])
    assert thinnest(finer(wedge, 5)).value < 0.3


def test_a_barb_smaller_than_the_distance_between_samples_is_found() -> None:
    def barbed(x: Any, y: Any) -> Any:
        return 3.0 + np.clip(1.0 - np.abs(x - 7.0) / 0.3, 0, 1) * (np.abs(y + 5.0) < 0.25)

    assert thinnest(slab(barbed, flat, half=10.0, step=0.1)).value < 0.3
    assert thinnest(slab(lambda x, y: flat(x, y) + 3.0, flat, half=10.0, step=0.1)).value == pytest.approx(3.0)


def test_a_rounded_edge_makes_no_thin_wall() -> None:
    turn = np.linspace(-np.pi / 2, np.pi / 2, 13)
    profile = np.concatenate([[(0, -0.5)], np.c_[19.5 + 0.5 * np.cos(turn), 0.5 * np.sin(turn)], [(0, 0.5)]])
    assert thinnest(revolved(profile)).value == pytest.approx(1.0, abs=0.02)


def test_a_bridge_between_hole_and_rim_counts() -> None:
    assert thinnest(finer(holed_slab(half=10.0), 2)).value == pytest.approx(3.0, abs=0.05)
    assert thinnest(finer(holed_slab(half=1.6), 2)).value == pytest.approx(0.6, abs=0.05)


def test_what_lies_within_a_planned_hole_is_not_body() -> None:
    plan = PLAN | {"perforations": [HOLE]}
    assert thinnest(finer(holed_slab(), 3), plan=plan, region="body").value == pytest.approx(3.0, abs=0.01)


def test_engraved_strokes_leave_a_floor_and_no_wall() -> None:
    def strokes(x: Any, y: Any) -> Any:
        return 0.5 * ((np.abs(x) < 4) & (np.abs(y) < 1.5) & (np.round(x / 0.4) % 2 == 0))

    text = {"origin_lps_mm": [0, 0, 0], "right_lps": [1, 0, 0], "up_lps": [0, -1, 0], "string": "X", "depth_mm": 0.5}
    plan = PLAN | {"text": text | {"height_mm": 3.0, "width_mm": 8.0, "block_height_mm": 3.0}}
    plate = slab(lambda x, y: flat(x, y) + 3.0, strokes, half=10.0, step=0.2)
    assert thinnest(plate, plan=plan, region="body").value == pytest.approx(2.5, abs=0.02)
    assert thinnest(plate, plan=plan).value == pytest.approx(2.5, abs=0.02)


def test_a_thick_place_is_found() -> None:
    bump = slab(lambda x, y: 4.0 + 5.0 * np.exp(-((x - 6) ** 2 + (y + 4) ** 2) / 200.0), flat, step=0.5)
    found = max_wall(subject_of(bump, plan=PLAN), asked("max_wall", region="body", inside_rim_mm=2.0))
    assert found.value > 8.0


def test_two_sheets_closer_than_a_wall_are_thin_and_a_ball_is_its_diameter() -> None:
    assert thinnest(finer(joined(box((20, 20, 0.2)), box((20, 20, 3), (0, 0, 8))), 4)).value == pytest.approx(
        0.2, abs=1e-6
    )
    assert thinnest(sphere(5.0, times=4)).value == pytest.approx(10.0, rel=0.01)


def test_nothing_to_measure_fails_and_an_unknown_region_is_refused() -> None:
    lone = Mesh(np.eye(3), np.array([(0, 1, 2)]))
    assert min_wall(subject_of(lone, plan=PLAN), asked("min_wall", region="all")).failed
    with pytest.raises(ValueError, match="body or all"):
        min_wall(subject_of(box((9, 9, 3)), plan=PLAN), asked("min_wall", region="rim"))


def test_measuring_twice_gives_the_same_number() -> None:
    plate = slab(lambda x, y: 3.0 + 0.4 * np.sin(x) * np.cos(y), flat)
    assert thinnest(plate) == thinnest(plate)
