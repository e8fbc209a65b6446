"""A socket: its inner face is the limb with liner and rectification, its body is sound, and what is wrong with a part is found."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from sockets import L, R, asked, built, limb, measured, planned

from anatofit.app.settings import load_settings
from anatofit.devices.socket import DEVICE
from anatofit.devices.socket.layout import SocketPlan
from anatofit.devices.socket.require import AXIS_DEG, BORE_MM, MEDIAN_MM, P99_MM, TRIM_MM, WALL_MM
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh

ORDERED: dict[str, Any] = {
    "text": "engraved", "template": "ptb", "flexion_deg": 7, "adduction_deg": 4, "offset_medial_mm": 5, "bore_mm": 6, "slots": 3, "slot_length_mm": 10,
    "distal_gap_mm": 6, "liner_mm": 6,
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    side: Laterality
    plan: SocketPlan
    part: Mesh

    def found(self, check: str, part: Mesh | None = None, **parameters: Any) -> float:
        return measured(check, self.part if part is None else part, limb(self.side), self.plan, **parameters).value

    def moved(self, points: FloatArray) -> Mesh:
        """The part with its corners elsewhere, in the limb's own frame."""
        frame = self.plan.shape.frame
        return Mesh(np.array(frame.origin_lps_mm) + points @ frame.axes, self.part.faces)

    @property
    def local(self) -> FloatArray:
        frame = self.plan.shape.frame
        return np.asarray((self.part.vertices_lps_mm - np.array(frame.origin_lps_mm)) @ frame.axes.T)


@pytest.fixture(scope="module", params=[R, L], ids=["right", "left"])
def made(request: pytest.FixtureRequest) -> Made:
    plan = planned(limb(request.param), asked(ORDERED))
    return Made(request.param, plan, built(limb(request.param), plan))


def test_the_inner_face_is_limb_liner_and_rectification(made: Made) -> None:
    assert made.found("socket_inner_median") < MEDIAN_MM / 5
    assert made.found("socket_inner_p99") < P99_MM / 2


def test_the_body_is_closed_manifold_and_one_piece(made: Made) -> None:
    assert [made.found(c) for c in ("closed_manifold", "components", "self_intersection")] == [0, 1, 0]


def test_wall_gap_and_brim_are_as_planned(made: Made) -> None:
    assert made.found("socket_wall") > -WALL_MM
    assert 5.5 < made.found("socket_gap") < 6.5
    assert made.found("socket_trim") < TRIM_MM


def test_adapter_holes_bore_and_slots_are_where_they_were_ordered(made: Made) -> None:
    assert made.found("adapter_alignment", flexion_deg=7.0, adduction_deg=4.0) < AXIS_DEG
    assert made.found("adapter_deg") < AXIS_DEG and made.found("adapter_mm") < 0.05
    assert made.found("channels", of="holes") < BORE_MM and made.found("channels", of="bores") < BORE_MM
    assert made.found("socket_slots") < BORE_MM


def test_the_room_that_is_told_is_there_and_the_limb_gets_in(made: Made) -> None:
    told = {"told_mm3": made.plan.socket_volume_mm3, "level_mm": made.plan.tendon_mm}
    assert made.found("socket_volume", **told) < 0.1
    assert made.found("socket_donning") < 8.0


def test_the_adapter_leans_to_the_ordered_sides(made: Made) -> None:
    """Flexed, the pylon runs to the front; adducted, its lower end lies lateral; moved medially, its block does."""
    x, y, z = made.plan.shape.frame.axes
    medial = y * made.plan.shape.frame.medial_sign
    way = np.array(made.plan.adapter.axis_lps)
    assert way @ x > 0.1 and way @ medial < -0.05 and way @ z < -0.98
    foot = np.array(made.plan.adapter.centre_lps_mm) - np.array(made.plan.shape.frame.origin_lps_mm)
    assert (foot - way * (foot @ z) / (way @ z)) @ medial == pytest.approx(5.0, abs=1e-3)


def test_case_side_and_test_are_engraved_as_deep_as_ordered(made: Made) -> None:
    assert made.plan.texts[0].string == f"A-1 {'RIGHT' if made.side is R else 'LEFT'} TEST"
    assert made.found("engravings") == pytest.approx(0.6, abs=0.02)


def test_a_socket_that_is_shifted_swollen_or_thinned_is_found(made: Made) -> None:
    local = made.local
    assert made.found("socket_inner_median", made.moved(local + np.array([0.6, 0.0, 0.0]))) > MEDIAN_MM
    assert made.found("socket_inner_median", made.moved(local * [1.01, 1.01, 1.0])) > MEDIAN_MM
    away = np.hypot(local[:, 0], local[:, 1])
    level = (local[:, 2] > 60.0) & (local[:, 2] < 80.0)
    outer = level & (away > np.median(away[level]))
    thinner = local * np.where(outer, 1.0 - 0.5 / np.maximum(away, 1.0), 1.0)[:, None] ** [1, 1, 0]
    assert made.found("socket_wall", made.moved(thinner)) < -WALL_MM


def test_a_mirrored_socket_is_found(made: Made) -> None:
    turned = Mesh(made.moved(made.local * [1.0, -1.0, 1.0]).vertices_lps_mm, made.part.faces[:, ::-1])
    assert made.found("socket_inner_median", turned) > 10 * MEDIAN_MM


def test_an_adapter_that_leans_is_found(made: Made) -> None:
    local = made.local
    face = local[:, 2] < local[:, 2].min() + 12.0
    leaning = local + np.where(face, 0.02 * local[:, 0], 0.0)[:, None] * [0.0, 0.0, 1.0]
    assert made.found("adapter_alignment", made.moved(leaning), flexion_deg=7.0, adduction_deg=4.0) > 1.0


def test_the_same_plan_gives_the_same_bytes(made: Made) -> None:
    again = built(limb(made.side), DEVICE.read_plan(made.plan.model_dump(mode="json")))
    assert again.vertices_lps_mm.tobytes() == made.part.vertices_lps_mm.tobytes()
    assert again.faces.tobytes() == made.part.faces.tobytes()


def test_every_requirement_has_its_own_limit_and_advice(made: Made) -> None:
    settings = load_settings()
    material, printer = settings.materials["PA12"], settings.printers["filament-300"]
    rows = DEVICE.requirements(asked(ORDERED), made.plan, material=material, printer=printer)
    assert len({r.id for r in rows}) == len(rows) and all(r.advice for r in rows)
    assert "ISO 10328" in next(r.what for r in rows if r.id == "SK-STRONG-1")


def test_what_the_report_says_names_every_region_with_its_source(made: Made) -> None:
    told = dict(DEVICE.told(made.plan.model_dump(mode="json")))
    assert "proposal" in told["Patellar tendon bar"].lower() and "pressed in by 7.0 mm" in told["Patellar tendon bar"]
    assert "test socket" in told["Socket"] and "measure the adapter" in told["Adapter"]
