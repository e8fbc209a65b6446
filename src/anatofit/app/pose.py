"""A frame that an order states wrongly shows in the shape: it then looks to the back, or stands on its head."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray

_AXES = (("left", "right"), ("posterior", "anterior"), ("superior", "inferior"))
SIDES_LPS = {
    name: sign * axis
    for axis, ends in zip(np.eye(3), _AXES, strict=True)
    for name, sign in zip(ends, (1, -1), strict=True)
}
# From where it lies in a standing person: nearer to its contrary than to it. LPS and RAS differ by half a turn, so a bone that looks
# to the front in the one looks to the back in the other; a leg that is turned in or out, or a knee that is bent, stays within it.
AWRY_DEG = 90.0
# By kind of anatomy: the planes whose normals look to the front and up, and what to call those.
_WAYS = {
    "bone": (("coronal", "front", "anterior"), ("joint", "proximal end", "superior")),
    "limb": (("coronal", "front", "anterior"), ("across", "knee", "superior")),
    "foot": (("coronal", "toes", "anterior"), ("plantar", "back", "superior")),
}
_OTHER_FRAME = {"LPS": "RAS", "RAS": "LPS"}


def pose_remarks(anatomy: Anatomy, frame: str | None) -> Iterator[str]:
    """Says that a shape that was recognised looks to the back, or stands on its head, in the frame that the order states, and that nothing
    proves that frame of a bone that was not; nothing else, and nothing where no frame was stated. The anatomy: in LPS, turned to it
    where the order says RAS."""
    ways = _WAYS.get(anatomy.kind, ())
    if frame is None or not ways:
        return
    if not {plane for plane, *_ in ways} <= set(anatomy.planes):
        yield from _unproven(anatomy, frame)
        return
    looks = [(what, anatomy.planes[plane].normal_lps, wanted) for plane, what, wanted in ways]
    if told := [said for look in looks for said in _away(*look)]:
        name = anatomy.bone or anatomy.kind
        yield (
            f"the {name} as recognised by its shape has its {' and its '.join(told)} in the stated frame, {frame}: "
            f"{_check(frame, stands=looks[1][1][2] > 0)}. A {'bone' if anatomy.bone else name} scanned in a pose of its own may lie so; the "
            "sides that report and pictures name are then not the patient's"
        )


def _unproven(anatomy: Anatomy, frame: str) -> Iterator[str]:
    """LPS and RAS differ by half a turn about the long axis of the body, which a bone alike on both sides does not show by its side either."""
    if anatomy.kind == "bone":
        yield (
            f"the stated frame, {frame}, could not be proven: of bones a tibia and a femur alone are told by their shape. Were the coordinates "
            f"{_OTHER_FRAME[frame]}, left and right, front and back of report and pictures would be exchanged: compare them with the patient's records"
        )


def _away(what: str, direction_lps: FloatArray, wanted: str) -> Iterator[str]:
    off = float(np.degrees(np.arccos(np.clip(direction_lps @ SIDES_LPS[wanted], -1.0, 1.0))))
    if off > AWRY_DEG:
        named = max(SIDES_LPS, key=lambda side: float(direction_lps @ SIDES_LPS[side]))
        yield f"{what} toward {named} ({off:.0f}° from {wanted})"


def _check(frame: str, *, stands: bool) -> str:
    if not stands:
        return "neither LPS nor RAS would stand it up, check the axes of the program that wrote it"
    return f'check whether the program that wrote it exports {_OTHER_FRAME[frame]}, and say [source] frame = "{_OTHER_FRAME[frame]}" if so'
