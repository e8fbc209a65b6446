"""What a socket's plan says in the report, in sentences, and as colours on its limb."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from anatofit.devices.socket.field import rectified_mm, trim_at
from anatofit.devices.socket.layout import Changed, Patch, SocketPlan
from anatofit.devices.socket.skin import in_frame
from anatofit.geometry.capsule import Capsule
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray

_SIDES = {"R": "right", "L": "left"}
RECTIFIED = "Rectification: where the socket presses in (negative) and where it relieves (positive), against the limb in its liner."


def offsets(anatomy: Anatomy, plan: SocketPlan) -> Mapping[str, FloatArray]:
    """The rectification at each corner of the limb's skin, nan above the trim line."""
    shape = plan.shape
    v, angle, _ = Capsule(shape.frame.ball_mm).of(in_frame(anatomy.surfaces["host"], shape.frame).vertices_lps_mm)
    return {RECTIFIED: np.where(v <= trim_at(shape.trim, angle), rectified_mm(shape, v, angle), np.nan)}


def told(plan: SocketPlan) -> list[tuple[str, str]]:
    """(heading, sentences)."""
    rows = [
        ("Socket", _socket(plan)),
        ("Room", _room(plan)),
        ("Liner", _liner(plan)),
        ("Reduction", _reduction(plan)),
        *_regions(plan),
        ("Trim line", _trim(plan)),
        ("Wall", _wall(plan)),
        ("Adapter", _adapter(plan)),
        ("Alignment", _alignment(plan)),
        ("Letters", _letters(plan)),
        ("Not looked at", "Skin, pain, tissue that gives way, bones under load, gait and the foot were not looked at. Depths of regions are proposals "
         "of the template, or of whoever wrote it: a prosthetist looks at them on this limb, and tries them in a test socket."),
    ]  # fmt: skip
    return [(heading, said) for heading, said in rows if said]


def _socket(plan: SocketPlan) -> str:
    side = (
        f"for the {_SIDES[plan.laterality]} limb" if plan.laterality in _SIDES else "for a limb whose side is not known"
    )
    what = (
        "A test socket: to be tried under supervision, never to be walked in alone"
        if plan.variant == "test"
        else "A definitive socket"
    )
    return f"{what}; {side}. Rectified after the template {plan.template!r}: {plan.template_source}."


def _room(plan: SocketPlan) -> str:
    limb, room = plan.limb_volume_mm3 / 1000.0, plan.socket_volume_mm3 / 1000.0
    change = sum(c.volume_mm3 for c in plan.changed) / 1000.0
    return (
        f"up to {plan.room_level_mm:.0f} mm above its distal end the limb measures {limb:.0f} ml, the room inside the socket {room:.0f} ml; "
        f"reduction, regions and distal gap change the limb in its liner by {change:+.0f} ml up to the trim line."
    )


def _liner(plan: SocketPlan) -> str:
    return (
        f"{plan.shape.liner_mm:.2f} mm thick as it lies stretched on the limb."
        if plan.shape.liner_mm
        else "none, or scanned with the limb."
    )


def _reduction(plan: SocketPlan) -> str:
    most = max(s.value_mm for s in plan.shape.inset)
    return (
        f"the limb is taken in all around by up to {most:.2f} mm, by level; {_changed(plan.changed[0])}."
        if most
        else ""
    )


def _changed(changed: Changed) -> str:
    return f"{changed.area_mm2 / 100.0:.0f} cm² and {changed.volume_mm3 / 1000.0:+.1f} ml"


def _regions(plan: SocketPlan) -> Iterator[tuple[str, str]]:
    changed = {c.name: c for c in plan.changed}
    for patch in plan.shape.patches:
        yield patch.name.capitalize(), f"{_depth(patch)}; {_changed(changed[patch.name])}. {_sourced(patch)}"


def _depth(patch: Patch) -> str:
    way = "relieved" if patch.depth_mm >= 0 else "pressed in"
    more = f", its wall {patch.thicker_mm:g} mm thicker" if patch.thicker_mm else ""
    return f"{way} by {abs(patch.depth_mm):.1f} mm{more}"


def _sourced(patch: Patch) -> str:
    return f"{patch.source[:1].upper()}{patch.source[1:]}."


def _trim(plan: SocketPlan) -> str:
    above = [t.v_mm - plan.tendon_mm for t in plan.shape.trim]
    front, back = (trim_at(plan.shape.trim, np.array([a]))[0] - plan.tendon_mm for a in (0.0, np.pi))
    flare = plan.shape.flare
    return (
        f"{front:+.0f} mm in front and {back:+.0f} mm behind, against the level of the middle of the patellar tendon; {max(above):+.0f} mm where it is "
        f"highest. The brim bends outwards by {flare.out_mm:g} mm over {flare.along_mm:g} mm and is rounded."
    )


def _wall(plan: SocketPlan) -> str:
    low, high = plan.shape.wall[0].value_mm, plan.shape.wall[-1].value_mm
    slots = f" {len(plan.vents)} slots let air to the skin." if plan.vents else ""
    return f"{high:g} mm, {low:g} mm around the distal end.{slots}"


def _adapter(plan: SocketPlan) -> str:
    hole = plan.holes[0]
    bore = f" A bore of {plan.bores[0].diameter_mm:g} mm opens the end along the pylon." if plan.bores else ""
    return (
        f"a block of {2 * plan.adapter.half_mm:g} mm with four holes of {hole.diameter_mm:g} mm, {hole.depth_mm:g} mm deep. Which pattern, thread or "
        f"insert they take is the order's: measure the adapter.{bore}"
    )


def _alignment(plan: SocketPlan) -> str:
    """Of the pylon to the limb, out of the adapter as it was planned."""
    frame, adapter = plan.shape.frame, plan.adapter
    way = frame.axes @ np.array(adapter.axis_lps)
    face = frame.axes @ (np.array(adapter.centre_lps_mm) - np.array(frame.origin_lps_mm))
    front, beside, _ = face - face[2] / way[2] * way
    flexion = float(np.degrees(np.arctan2(way[0], -way[2])))
    said = f"flexion {_signed(flexion)}°, the socket leaning forward over the pylon, seen square to the limb's sagittal plane"
    if frame.medial_sign:
        adduction = -float(np.degrees(np.arcsin(frame.medial_sign * way[1])))
        said += f"; adduction {_signed(adduction)}°, its distal end leaning medially, the pylon's angle with that plane"
    off = f"{_signed(float(front))} mm in front of the limb's axis"
    if frame.medial_sign:
        off += f" and {_signed(float(frame.medial_sign * beside))} mm medial of it"
    return f"{said}. At the level of the distal end the pylon's axis lies {off} (negative: the other way)."


def _signed(value: float) -> str:
    return f"{round(value, 1) + 0.0:g}"


def _letters(plan: SocketPlan) -> str:
    return " ".join(
        f'"{text.string}" on the back of the block, capitals {text.height_mm:g} mm high (text_height_mm, or as much as has room there) and '
        f"{text.depth_mm:g} mm deep."
        for text in plan.texts
    )
