"""The case number on the outer face: along the plate, on the longest stretch without holes, as high as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anatofit.devices.bone_plate.curve import Curve
from anatofit.devices.bone_plate.layout import Screw
from anatofit.devices.bone_plate.spec import BonePlateSpec
from anatofit.devices.guide.layout import Letters
from anatofit.devices.guide.letters import engraved
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.text import block_size_mm, split_lines
from anatofit.model.frame import FloatArray

SMALLEST_MM = 2.5  # height of capitals whose strokes are 0.3 mm wide: laser powder beds print them, proposal
SHRINK_MM = 0.25
BESIDE_MM = 1.2  # from the letters to a head or to the run-out's end
EDGE_MM = 0.2  # from the letters to the bevel
MOST_SHARE = 0.4  # of the path that is kept free of holes for letters


def wanted_mm(spec: BonePlateSpec, curve: Curve, *, case: str) -> float:
    """The stretch without holes that the letters want: the case number alone, in the fewest lines and as high as there is room."""
    if spec.text == "none":
        return 0.0
    room = _room_across(
        spec, spec.width_mm, min(spec.thickness_mm, *(spec.surgery.thickness_mm or (spec.thickness_mm,)))
    )
    most = MOST_SHARE * curve.length_mm
    choices = [(lines, size) for lines, size in _sizes(spec, case, "") if size[1] <= room]
    fits = [size[0] + 2 * BESIDE_MM for _, size in choices if size[0] + 2 * BESIDE_MM <= most]
    return fits[0] if fits else 0.0


def plan_text(spec: BonePlateSpec, curve: Curve, screws: Sequence[Screw], *, case: str, side: str) -> Letters | None:
    """The letters. Raises PrescriptionError where no stretch without holes has room for the case number."""
    if spec.text == "none":
        return None
    stretches = sorted(_free(spec, curve, screws), key=lambda ab: ab[0] - ab[1])
    for lines, size in [*_sizes(spec, case, side), *_sizes(spec, case, "")]:
        for a, b in stretches:
            at = np.array([(a + b) / 2])
            width, thick = float(curve.widths_mm(at)[0]), float(curve.thicknesses_mm(at)[0])
            if size[0] <= b - a - 2 * BESIDE_MM and size[1] <= _room_across(spec, width, thick):
                return _letters(spec, curve, at, lines, size[1] / block_size_mm(lines, height_mm=1.0)[1], thick)
    longest = stretches[0][1] - stretches[0][0] if stretches else 0.0
    said = (
        f"the longest stretch of the plate without holes is {longest:.0f} mm long and has no room for {case}, "
        f"{SMALLEST_MM:g} mm high. Move screws apart, lower hole_count, raise width_mm or the path's length, or choose "
        "text none and mark the part otherwise"
    )
    raise PrescriptionError(Reason("design.text", said))


def _sizes(spec: BonePlateSpec, case: str, side: str) -> list[tuple[tuple[str, ...], tuple[float, float]]]:
    """Line-ups of the words with their width and height, the most legible first."""
    heights = np.arange(spec.text_height_mm, SMALLEST_MM - 1e-9, -SHRINK_MM)
    line_ups: list[tuple[str, ...]] = [(f"{case} {side}".strip(),)]
    for count in (2, 3):
        lines = (*split_lines(case, count=count), *([side] if side else []))
        if lines not in line_ups:
            line_ups.append(lines)
    return [(lines, block_size_mm(lines, height_mm=float(h))) for h in heights for lines in line_ups]


def _room_across(spec: BonePlateSpec, width: float, thick: float) -> float:
    return width - 2 * (spec.bevel_share * thick + EDGE_MM)


def _free(spec: BonePlateSpec, curve: Curve, screws: Sequence[Screw]) -> list[tuple[float, float]]:
    """Stretches of the path without a head, between the run-outs."""
    over = min(max(spec.runout_mm - spec.width_mm / 2, 0.0), curve.length_mm / 4)
    taken = sorted(
        (s.at_mm - _half(s), s.at_mm + _half(s)) for s in screws if abs(s.aside_mm) < _half(s) + spec.width_mm / 2
    )
    ends = [over, *(v for pair in taken for v in pair), curve.length_mm - over]
    return [(a, b) for a, b in zip(ends[::2], ends[1::2], strict=True) if b > a]


def _half(screw: Screw) -> float:
    return (screw.recess_diameter_mm + screw.stretch_mm) / 2


def _letters(
    spec: BonePlateSpec, curve: Curve, at: FloatArray, lines: tuple[str, ...], height: float, thick: float
) -> Letters:
    along, across, out = (axes[0] for axes in curve.frames(at))
    origin = curve.points(at)[0] + (spec.contact_offset_mm + thick) * out
    return engraved(
        lines, origin=origin, right=along, up=across, height_mm=round(height, 6), depth_mm=spec.text_depth_mm
    )
