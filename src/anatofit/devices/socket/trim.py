"""The trim line of a socket on its limb: from the level of the patellar tendon in front to high sides, and lower behind."""

from __future__ import annotations

import numpy as np

from anatofit.devices.socket.field import trim_at
from anatofit.devices.socket.layout import Trim
from anatofit.devices.socket.limb import Limb
from anatofit.devices.socket.spec import SocketSpec, TrimPoint
from anatofit.errors import PrescriptionError, Reason

_LEAST_ABOVE_BALL_MM = 15.0  # of the trim line: below, the chart is half a ball
LOWERED_MM = 10.0  # of a brim that ends below its ordered line: more of it and the socket loses its hold at the condyles. Proposal
# Of the line against the way around: steeper, and the flare (14 mm down) comes to lie within little more than a wall's thickness (4 mm) around.
_STEEPEST = 3.0
_ASKED = 720
_OWN_DEG = 25.0  # a point of the order stands for those of the program so near


def trim_of(limb: Limb, spec: SocketSpec) -> tuple[tuple[Trim, ...], tuple[str, ...]]:
    """Points of the line, and a word where the scan ends below what was ordered. Raises PrescriptionError where a point has no room."""
    front, side, back = spec.trim_front_mm, spec.trim_side_mm, spec.trim_back_mm
    dip = back - spec.hamstring_dip_mm
    half = [
        (28.0, front + 0.2 * (side - front)),
        (60.0, side - 3.0),
        (90.0, side),
        (115.0, side - 0.3 * (side - dip)),
        (146.0, dip),
    ]
    usual = [(0.0, front), *half, *((-angle, v) for angle, v in half), (180.0, back)]
    own = [_own(limb, point) for point in spec.surgery.trim]
    kept = [point for point in usual if all(_away(point[0], angle) > _OWN_DEG for angle, _ in own)]
    points = sorted({a % 360.0: v + limb.tendon_mm for a, v in [*kept, *own]}.items())
    low = limb.frame.ball_mm + _LEAST_ABOVE_BALL_MM
    if too_low := [a for a, v in points if v < low]:
        said = f"the trim line would lie at the limb's rounded end {too_low[0]:.0f} degrees from its front. Raise trim_back_mm, or lower hamstring_dip_mm"
        raise PrescriptionError(Reason("no-room", said))
    lowered = max(v for _, v in points) - limb.rim_mm
    if lowered > LOWERED_MM:
        said = (
            f"the trim line would lie up to {lowered:.0f} mm lower than ordered, at most {LOWERED_MM:g} mm are taken: the scan is whole up to "
            f"{limb.rim_mm:.0f} mm above the distal end only. Scan the limb to 60 mm above the knee, or order a lower line "
            "(trim_side_mm, trim_front_mm, [[plan.trim]])"
        )
        raise PrescriptionError(Reason("no-room", said))
    notes = (
        (
            f"the trim line lies up to {lowered:.0f} mm lower than ordered: the scan is whole up to {limb.rim_mm:.0f} mm above the distal end only",
        )
        if lowered > 0.5
        else ()
    )
    line = tuple(Trim(angle_deg=round(a, 3), v_mm=round(min(v, limb.rim_mm), 3)) for a, v in points)
    _walkable(limb, line)
    return line, notes


def _walkable(limb: Limb, line: tuple[Trim, ...]) -> None:
    """Raises PrescriptionError where the line rises so steeply that the brim would fold over itself."""
    angle = np.linspace(0.0, 2 * np.pi, _ASKED, endpoint=False)
    v = trim_at(line, angle)
    slope = np.abs(np.roll(v, -1) - np.roll(v, 1)) / (4 * np.pi / _ASKED) / (2 * limb.half_girth_mm(v))
    if (steepest := float(slope.max())) > _STEEPEST:
        at = (float(np.degrees(angle[int(slope.argmax())])) * (limb.frame.medial_sign or 1) + 180.0) % 360.0 - 180.0
        said = (
            f"the trim line rises at {np.degrees(np.arctan(steepest)):.0f}° against the way around, {at:.0f}° from the front to the medial side; "
            f"at most {np.degrees(np.arctan(_STEEPEST)):.0f}° are wanted, or the brim folds over itself. "
            "Give points that rise less steeply, and more of them ([[plan.trim]])"
        )
        raise PrescriptionError(Reason("no-room", said))


def _own(limb: Limb, point: TrimPoint) -> tuple[float, float]:
    return (limb.frame.medial_sign or 1) * point.medial_deg, point.above_tendon_mm


def _away(one_deg: float, other_deg: float) -> float:
    return float(np.abs((one_deg - other_deg + 180.0) % 360.0 - 180.0))
