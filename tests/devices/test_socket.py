"""A socket: its inner face is the limb with liner and rectification, its body is sound, and what is wrong with a part is found."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from sockets import Bench, L, R, asked, bench, built, limb, planned

from anatofit.app.settings import load_settings
from anatofit.devices.socket import DEVICE
from anatofit.devices.socket.require import AXIS_DEG, BORE_MM, DONNING_PERCENT, MEDIAN_MM, P99_MM, TRIM_MM, WALL_MM
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh

ORDERED: dict[str, Any] = {
    "text": "engraved", "template": "ptb", "flexion_deg": 7, "adduction_deg": 4, "offset_medial_mm": 5, "bore_mm": 6,
    "distal_gap_mm": 6, "liner_mm": 6,
}  # fmt: skip


@pytest.fixture(scope="module")
def made() -> Bench:
    return bench(R, tuple(ORDERED.items()))


def test_the_inner_face_is_limb_liner_and_rectification(made: Bench) -> None:
    assert made.found("socket_inner_median") < MEDIAN_MM / 5
    assert made.found("socket_inner_p99") < P99_MM / 2


def test_the_body_is_closed_manifold_and_one_piece(made: Bench) -> None:
    assert [made.found(c) for c in ("closed_manifold", "components", "self_intersection")] == [0, 1, 0]


def test_wall_gap_and_brim_are_as_planned(made: Bench) -> None:
    assert made.found("socket_wall") > -WALL_MM
    assert 5.5 < made.found("socket_gap") < 6.5
    assert made.found("socket_trim") < TRIM_MM


def test_adapter_holes_and_bore_are_where_they_were_ordered(made: Bench) -> None:
    assert made.found("adapter_alignment", flexion_deg=7.0, adduction_deg=4.0) < AXIS_DEG
    assert made.found("adapter_deg") < AXIS_DEG and made.found("adapter_mm") < 0.05
    assert made.found("channels", of="holes") < BORE_MM and made.found("channels", of="bores") < BORE_MM


def test_the_room_that_is_told_is_there_and_the_limb_gets_in(made: Bench) -> None:
    told = {"told_mm3": made.plan.socket_volume_mm3, "level_mm": made.plan.room_level_mm}
    assert made.found("socket_volume", **told) < 0.1
    assert made.found("socket_donning") < 8.0


@pytest.mark.parametrize("side", [R, L])
def test_the_adapter_leans_to_the_ordered_sides(made: Bench, side: Laterality) -> None:
    """Flexed, the pylon runs to the front; adducted, its lower end lies lateral; moved medially, its block does."""
    plan = made.plan if side is R else planned(limb(side), asked(ORDERED))
    x, y, z = plan.shape.frame.axes
    medial = y * plan.shape.frame.medial_sign
    assert medial @ (limb(side).landmarks["medial_flare"] - limb(side).landmarks["fibular_head"]) > 50
    way = np.array(plan.adapter.axis_lps)
    assert way @ x > 0.1 and way @ medial < -0.05 and way @ z < -0.98
    foot = np.array(plan.adapter.centre_lps_mm) - np.array(plan.shape.frame.origin_lps_mm)
    assert (foot - way * (foot @ z) / (way @ z)) @ medial == pytest.approx(5.0, abs=1e-3)
    assert plan.texts[0].string == f"A-1 {'RIGHT' if side is R else 'LEFT'} TEST"


def test_letters_are_engraved_as_deep_as_ordered(made: Bench) -> None:
    assert made.found("engravings") == pytest.approx(0.6, abs=0.02)


def test_a_socket_that_is_shifted_swollen_or_thinned_is_found(made: Bench) -> None:
    local = made.local
    assert made.found("socket_inner_median", made.moved(local + np.array([0.6, 0.0, 0.0]))) > MEDIAN_MM
    assert made.found("socket_inner_median", made.moved(local * [1.01, 1.01, 1.0])) > MEDIAN_MM
    away = np.hypot(local[:, 0], local[:, 1])
    level = (local[:, 2] > 60.0) & (local[:, 2] < 80.0)
    outer = level & (away > np.median(away[level]))
    thinner = local * np.where(outer, 1.0 - 0.5 / np.maximum(away, 1.0), 1.0)[:, None] ** [1, 1, 0]
    assert made.found("socket_wall", made.moved(thinner)) < -WALL_MM


def test_a_limb_that_grew_gives_way_by_what_it_grew(made: Bench) -> None:
    """A limb a tenth wider than the one that was scanned is held against the same socket."""
    axes, host = np.array(made.plan.shape.frame.axes), made.anatomy.surfaces["host"]
    origin = np.array(made.plan.shape.frame.origin_lps_mm)
    wider = ((host.vertices_lps_mm - origin) @ axes.T * [1.1, 1.1, 1.0]) @ axes + origin
    grown = replace(made, anatomy=replace(made.anatomy, surfaces={"host": Mesh(wider, host.faces)}))
    more = grown.found("socket_donning") - made.found("socket_donning")
    assert 6.0 < more < 10.0 and grown.found("socket_donning") > DONNING_PERCENT


def test_a_mirrored_socket_is_found(made: Bench) -> None:
    turned = Mesh(made.moved(made.local * [1.0, -1.0, 1.0]).vertices_lps_mm, made.part.faces[:, ::-1])
    assert made.found("socket_inner_median", turned) > 10 * MEDIAN_MM


def test_an_adapter_that_leans_is_found(made: Bench) -> None:
    local = made.local
    face = local[:, 2] < local[:, 2].min() + 12.0
    leaning = local + np.where(face, 0.02 * local[:, 0], 0.0)[:, None] * [0.0, 0.0, 1.0]
    assert made.found("adapter_alignment", made.moved(leaning), flexion_deg=7.0, adduction_deg=4.0) > 1.0


def test_the_same_plan_gives_the_same_bytes(made: Bench) -> None:
    again = built(made.anatomy, DEVICE.read_plan(made.plan.model_dump(mode="json")))
    assert again.vertices_lps_mm.tobytes() == made.part.vertices_lps_mm.tobytes()
    assert again.faces.tobytes() == made.part.faces.tobytes()


def test_every_requirement_has_its_own_limit_and_advice(made: Bench) -> None:
    settings = load_settings()
    material, printer = settings.materials["PA12"], settings.printers["filament-300"]
    rows = DEVICE.requirements(asked(ORDERED), made.plan, material=material, printer=printer)
    assert len({r.id for r in rows}) == len(rows) and all(r.advice for r in rows)
    assert "ISO 10328" in next(r.what for r in rows if r.id == "SK-STRONG-1")


def test_what_the_report_says_names_every_region_with_its_source(made: Bench) -> None:
    told = dict(DEVICE.told(made.plan.model_dump(mode="json")))
    assert "flexion 7°" in told["Alignment"] and "adduction 4°" in told["Alignment"]
    assert "0 mm in front of the limb's axis and 5 mm medial" in told["Alignment"]
    assert '"A-1 RIGHT TEST"' in told["Letters"] and f"{made.plan.texts[0].height_mm:g} mm high" in told["Letters"]
    assert "proposal" in told["Patellar tendon bar"].lower() and "pressed in by 7.0 mm" in told["Patellar tendon bar"]
    assert "test socket" in told["Socket"] and "measure the adapter" in told["Adapter"]
