"""Wedges on a computed bone, as orders and as plans."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from anatofit.devices.cutting_guide import DEVICE
from anatofit.devices.cutting_guide.layout import CuttingGuidePlan, PlannedWedge, Slot
from anatofit.devices.cutting_guide.spec import CuttingPlan
from anatofit.errors import PrescriptionError
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, Laterality, Plane
from anatofit.samples.long_bone import long_bone

SMALL = {"foot_reach_mm": 12.0, "foot_width_mm": 24.0, "slot_length_mm": 18.0, "pin_count": 2, "window_mm": 0.0, "text": "none"}  # fmt: skip
KNEE, ANKLE, SLOPE = np.array([0.0, 0.0, 338.0]), np.array([3.0, 0.0, 4.0]), 0.1
OPENING = {"kind": "opening", "angle_deg": 8.0, "hinge": [26.0, 0.0, 322.0], "hinge_axis": [0.0, 1.0, 0.1],
           "start": [-27.0, -4.0, 298.0], "distal": [0.0, 0.0, -1.0]}  # fmt: skip
CLOSING = {**OPENING, "kind": "closing", "hinge": [-24.0, 0.0, 312.0], "start": [33.0, -4.0, 312.0]}


@cache
def bone(*, located: bool = False, side: Laterality = Laterality.LEFT) -> Anatomy:
    """The bone, its joint line and axis set by hand where they are to be located."""
    host = long_bone(side, rings=80, around=36)
    if not located:
        return Anatomy("bone", side, {"host": host})
    turn = np.array([1.0 if side is Laterality.LEFT else -1.0, 1.0, 1.0])  # medial is to the right on the left side
    marks = {
        "knee_centre": KNEE,
        "ankle_centre": ANKLE,
        "medial_plateau": KNEE + np.array([-22.0, 0.0, -1.0]),
        "lateral_plateau": KNEE + np.array([22.0, 0.0, 1.0]),
    }
    axis = (ANKLE - KNEE) / np.linalg.norm(ANKLE - KNEE)
    planes = {
        "joint": Plane(KNEE, turn * [0.0, SLOPE, 1.0]),
        "coronal": Plane(KNEE, np.array([0.0, -1.0, 0.0])),
        "sagittal": Plane(KNEE, turn * [axis[2], 0.0, -axis[0]]),  # square to the axis, which lies in the coronal plane
    }
    return Anatomy(
        "bone",
        side,
        {"host": host},
        landmarks={name: turn * place for name, place in marks.items()},
        planes=planes,
        figures={"medial_proximal_tibial_angle_deg": 86.0, "posterior_slope_deg": 5.7},
        bone="tibia",
    )


def planned(wedge: dict[str, Any], anatomy: Anatomy | None = None, **design: float) -> CuttingGuidePlan:
    surgery = CuttingPlan.model_validate({"wedge": [wedge]})
    plan: CuttingGuidePlan = DEVICE.plan(
        anatomy or bone(), DEVICE.spec({**SMALL, **design}, surgery=surgery), case="A-1"
    )
    return plan


def wedge_of(plan: CuttingGuidePlan) -> PlannedWedge:
    assert plan.wedge is not None
    return plan.wedge


def refused(wedge: dict[str, Any], anatomy: Anatomy | None = None, **design: float) -> PrescriptionError:
    with pytest.raises(PrescriptionError) as caught:
        planned(wedge, anatomy, **design)
    return caught.value


def away_mm(slot: Slot, place: Any) -> float:
    return float((np.array(place) - np.array(slot.point_lps_mm)) @ slot.frame[:, 0])


def turned(plan: CuttingGuidePlan, place: Any, *, back: bool = False) -> FloatArray:
    """A place of the distal part after the correction, by the formula of Rodrigues; or where one came from."""
    wedge = wedge_of(plan)
    hinge, axis = np.array(wedge.hinge_lps_mm), np.array(wedge.axis_lps)
    angle = np.deg2rad(-wedge.angle_deg if back else wedge.angle_deg)
    v = np.array(place) - hinge
    return np.asarray(hinge + v * np.cos(angle) + np.cross(axis, v) * np.sin(angle) + axis * (axis @ v) * (1 - np.cos(angle)))  # fmt: skip
