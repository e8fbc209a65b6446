"""A socket whose order leaves wall and threads open is made as strong as its screening wants, which is told; what is ordered stays."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from sockets import R, asked, limb, planned

from anatofit.app.settings import load_settings
from anatofit.devices.base import made_of
from anatofit.devices.socket import DEVICE
from anatofit.devices.socket.layout import SocketPlan
from anatofit.devices.socket.spec import SocketSpec
from anatofit.errors import PrescriptionError
from anatofit.model.make import Material
from anatofit.verify.socket_adapter import socket_strength
from anatofit.verify.subject import Subject

HEAVY = {"body_mass_kg": 166.0, "variant": "definitive"}


def material(strength_mpa: float) -> Material:
    return load_settings().materials["PA12"].model_copy(update={"strength_mpa": strength_mpa})


def of(design: dict[str, Any], strength_mpa: float) -> tuple[SocketSpec, SocketPlan]:
    spec = made_of(DEVICE, asked(design), material(strength_mpa))
    assert isinstance(spec, SocketSpec)
    return spec, planned(limb(R), spec)


def measured(spec: SocketSpec, plan: SocketPlan, strength_mpa: float) -> tuple[float, str]:
    """The screening of the exported part: its factor over the wanted one, and what it says."""
    rows = DEVICE.requirements(
        spec, plan, material=material(strength_mpa), printer=load_settings().printers["filament-300"]
    )
    (wanted,) = [row for row in rows if row.id == "SK-STRONG-1"]
    part = DEVICE.build(limb(R), plan)[0].mesh
    found = socket_strength(Subject(part=part, host=None, missing=None, plan=plan.model_dump(mode="json")), wanted)
    assert wanted.limit_low is not None
    return found.value / wanted.limit_low, found.detail


def test_what_the_order_leaves_open_holds_by_the_screening_and_is_told() -> None:
    spec, plan = of(HEAVY, 18.0)
    factor, said = measured(spec, plan, 18.0)
    assert factor >= 1.0 and "would hold" not in said
    wall, holes = plan.notes[:2]
    assert f"the wall is {plan.shape.wall[-1].value_mm:g} mm thick, not 4 mm" in wall and "166 kg" in wall
    assert f"{plan.holes[0].depth_mm:g} mm deep, not 14 mm" in holes and "18 MPa" in holes


def test_where_the_usual_holds_nothing_is_made_stronger() -> None:
    _, plan = of({}, 30.0)
    assert plan.shape.wall[-1].value_mm == 4.0 and plan.holes[0].depth_mm == 14.0 and not plan.notes


def test_what_was_ordered_stays_and_the_screening_tells_what_would_hold() -> None:
    spec, plan = of({**HEAVY, "wall_mm": 3.0, "hole_depth_mm": 10.0}, 12.0)
    assert plan.shape.wall[-1].value_mm == 3.0 and plan.holes[0].depth_mm == 10.0 and not plan.notes
    factor, said = measured(spec, plan, 12.0)
    assert factor < 1.0 and " times as thick would hold" in said and "threads 45 mm long would hold" in said


@pytest.mark.parametrize("design", [{"wall_mm": 2.0}, {"hole_depth_mm": 5.0}])
def test_less_than_is_ever_made_is_refused_but_for_nothing(design: dict[str, float]) -> None:
    with pytest.raises(PrescriptionError, match="at least is wanted, or 0") as stopped:
        asked(design)
    assert [r.rule for r in stopped.value.reasons] == [f"design.{next(iter(design))}"]
