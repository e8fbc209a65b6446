"""IN-FILL-1: how much of its room the lattice of each zone fills on the exported part, against what the plan says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.verify.insole_plan import InsoleFrame, frame_of
from anatofit.verify.regions import text_frame
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import BoolArray, IntArray
from anatofit.verify.trapped import STEP_MM, room_of

# Stations from the heel, columns from the medial side (docs/how-to/insoles.md).
_ZONES = (
    ("heel", "heel", "heel"),
    ("arch", "arch", "lateral_midfoot"),
    ("first_head", "central_heads", "lateral_heads"),
    ("great_toe", "lesser_toes", "lesser_toes"),
)
# Off zones' borders densities go over into each other, and off skin, rim and letters corners are filled: that is not the zone's lattice.
_BORDER_MM, _FILLET_MM, _LETTERS_MM = 3.0, 1.5, 4.0
_LEAST_MM3 = 500.0  # half of a cell of 10 mm: with less the share depends on where the zone cuts it


def insole_filled(subject: Subject, _: Requirement) -> Measurement:
    """The greatest difference between stated and made, in percent of the room; every zone's made share among the values."""
    plan = subject.plan
    made = dict(_made(subject, plan))
    stated = {zone["name"]: 100.0 * float(zone["density"]) for zone in plan["filling"]["zones"]}
    if not made:
        raise ValueError("no zone has room enough to be measured")
    worst = max(made, key=lambda name: abs(made[name] - stated[name]))
    said = f"{worst.replace('_', ' ')}: {made[worst]:.0f} % made, {stated[worst]:.0f} % stated"
    return Measurement(
        abs(made[worst] - stated[worst]), said, {f"{name}_percent": share for name, share in made.items()}
    )


def _made(subject: Subject, plan: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Percent of the room under each zone's skin that is part."""
    room, frame = room_of(subject), frame_of(plan)
    solid = ~room.free
    z, y, x = (low + STEP_MM * np.arange(count) for low, count in zip(room.low_mm[::-1], solid.shape, strict=True))
    flat_x, flat_y = np.meshgrid(x, y)
    top = z[solid.shape[0] - 1 - solid[::-1].argmax(axis=0)]
    zone = np.where(_inner(plan, frame, flat_x, flat_y, top), _zone_of(plan, flat_x, flat_y), -1)
    below = top - float(plan["filling"]["skin_mm"]) - _FILLET_MM
    under = (z[:, None, None] > float(plan["ground_mm"])) & (z[:, None, None] < below)
    for number, name in enumerate(_names()):
        core = under & (zone == number)
        if core.sum() * STEP_MM**3 >= _LEAST_MM3:
            yield name, 100.0 * float(solid[core].mean())


def _names() -> list[str]:
    return list(dict.fromkeys(name for row in _ZONES for name in row))


def _zone_of(plan: Mapping[str, Any], x: FloatArray, y: FloatArray) -> IntArray:
    """(nj, ni) number of the zone; -1 near a border."""
    filling, sign = plan["filling"], float(plan["frame"]["medial_sign"])
    lines = [
        (x - line["at_mm"][0] - line["lean"] * (y - line["at_mm"][1])) / np.hypot(1.0, line["lean"])
        for line in filling["across"]
    ]
    columns = [at - sign * y for at in filling["medial_mm"]]
    table = np.array([[_names().index(name) for name in row] for row in _ZONES])
    found = table[sum((v > 0).astype(int) for v in lines), sum((v > 0).astype(int) for v in columns)]
    near = np.min([np.abs(v) for v in (*lines, *columns)], axis=0) < _BORDER_MM
    return np.where(near, -1, found)


def _inner(plan: Mapping[str, Any], frame: InsoleFrame, x: FloatArray, y: FloatArray, top: FloatArray) -> BoolArray:
    """(nj, ni) places off the rim, which leans in towards the ground, and off the letters."""
    flat = np.column_stack([x.ravel(), y.ravel()])
    off = np.where(frame.within(flat), frame.from_outline(flat), -1.0).reshape(x.shape)
    leant = np.tan(np.radians(float(plan["edge"]["bevel_deg"]))) * (top - float(plan["ground_mm"]))
    inner = off > float(plan["filling"]["skin_mm"]) + float(plan["edge"]["radius_mm"]) + leant + _FILLET_MM
    for text in plan["texts"]:
        right, up, _toward, width, tall = text_frame(text)
        away = frame.lps(np.column_stack([flat, np.zeros(len(flat))])) - np.array(text["origin_lps_mm"])
        beside = (np.abs(away @ right) < width / 2 + _LETTERS_MM) & (np.abs(away @ up) < tall / 2 + _LETTERS_MM)
        inner &= ~beside.reshape(x.shape)
    return np.asarray(inner)
