"""Case number and side on the outer face: along the plate, where it is even, on the longest stretch without holes, as high as there is room
for. The side stays beside the number: smaller letters, other stretches and more lines are tried before the number stands alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

from anatofit.devices.bone_plate.block import EDGE_MM, Block
from anatofit.devices.bone_plate.curve import Curve
from anatofit.devices.bone_plate.face import STEP_MM, TURNED_DEG, Face, Fits
from anatofit.devices.bone_plate.layout import Screw
from anatofit.devices.bone_plate.rim import let_down
from anatofit.devices.bone_plate.spec import LEAST_SHOULDER_MM, BonePlateSpec
from anatofit.devices.guide.layout import Letters
from anatofit.devices.guide.letters import engraved, layouts
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.nearest import Nearest
from anatofit.geometry.text import block_size_mm
from anatofit.model.frame import FloatArray

SMALLEST_MM = 2.5  # height of capitals whose strokes are 0.3 mm wide: laser powder beds print them, proposal
SHRINK_MM = 0.25
PIECES = 3  # of a case number that has no room whole


def blocks(near: Nearest, spec: BonePlateSpec, curve: Curve, *, case: str, side: str) -> list[Block]:
    """The letters in every line-up and height, the best first; none where the order wants none."""
    if spec.text == "none":
        return []
    face = Face.of(curve, offset_mm=spec.contact_offset_mm)
    turns = cache(lambda high_mm: _turns_deg(near, spec, curve, high_mm))

    def fitting(high_mm: float) -> Fits:
        def fits(low: float, high: float) -> bool:
            if high_mm > _room_over(spec, curve, low, high):
                return False
            beneath = turns(high_mm)[int(low / STEP_MM) : int(np.ceil(high / STEP_MM)) + 1]
            return bool(beneath.max() < TURNED_DEG)

        return fits

    return [Block(face, lines, size, fitting(size[1])) for lines, size in _sizes(spec, case, side)]


def plan_text(
    found: Sequence[Block], spec: BonePlateSpec, curve: Curve, screws: Sequence[Screw], *, case: str
) -> Letters | None:
    """The letters, of the first block that has room. Raises PrescriptionError where no even stretch without holes has room for any."""
    if not found:
        return None
    stretches = sorted(_free(spec, curve, screws), key=lambda ab: ab[0] - ab[1])
    for block in found:
        middles = (block.within_mm(a, b) for a, b in stretches)
        if (middle := next((m for m in middles if m is not None), None)) is not None:
            return _letters(spec, curve, middle, block)
    raise PrescriptionError(Reason("design.text", _no_room(stretches, case)))


def _no_room(stretches: Sequence[tuple[float, float]], case: str) -> str:
    longest = stretches[0][1] - stretches[0][0] if stretches else 0.0
    return (
        f"the longest stretch of the plate without holes is {longest:.0f} mm long and has, where it is even, no room for {case}, "
        f"{SMALLEST_MM:g} mm high. Move screws apart, lower hole_count or bevel_share, raise width_mm or the path's length, or choose "
        "text none and mark the part otherwise"
    )


def unsided(text: Letters | None, *, side: str) -> list[str]:
    """A sentence where the letters had no room for the side that is known."""
    if text is None or not side or text.lines[-1].split()[-1] == side:
        return []
    return [
        f"the side ({side}) is not engraved: no even stretch of the plate without holes has room for it beside the case number, "
        f"{SMALLEST_MM:g} mm high. Mark the plate otherwise, or move screws apart, lower hole_count, or raise width_mm or the path's length"
    ]


def _sizes(spec: BonePlateSpec, case: str, side: str) -> Iterator[tuple[tuple[str, ...], tuple[float, float]]]:
    """Line-ups of the words with their width and height, the best first: with the side, the number in one piece, high letters."""
    heights = np.arange(spec.text_height_mm, SMALLEST_MM - 1e-9, -SHRINK_MM)
    for words in dict.fromkeys((side, "")):
        for choices in layouts(case=case, words=words, pieces=PIECES):
            yield from ((lines, block_size_mm(lines, height_mm=float(h))) for h in heights for lines in choices)


def _room_across(spec: BonePlateSpec, width: float, thick: float) -> float:
    return width - 2 * max(spec.bevel_share * thick + EDGE_MM, LEAST_SHOULDER_MM)


def _room_over(spec: BonePlateSpec, curve: Curve, low_mm: float, high_mm: float) -> float:
    """The least room across the plate beneath letters."""
    at = np.linspace(low_mm, high_mm, 9)
    rooms = zip(curve.widths_mm(at), curve.thicknesses_mm(at), strict=True)
    return min(_room_across(spec, float(width), float(thick)) for width, thick in rooms)


def _turns_deg(near: Nearest, spec: BonePlateSpec, curve: Curve, high_mm: float) -> FloatArray:
    """How far the outer face turns, at each of its places, from the plate's normal beneath the upper and lower ends of letters: so much less
    than square is the plate's edge at their walls there."""
    at = np.tile(np.arange(0.0, curve.length_mm + 1e-9, STEP_MM), 2)
    _, across, out = curve.frames(at)
    aside = np.repeat([-0.5, 0.5], len(at) // 2) * high_mm
    level = spec.contact_offset_mm + curve.thicknesses_mm(at)
    places = curve.points(at) + aside[:, None] * across + level[:, None] * out
    _, normals = let_down(near, places, out, level_mm=level)
    turned = np.rad2deg(np.arccos(np.clip(np.einsum("ij,ij->i", normals, out), -1.0, 1.0)))
    return np.asarray(turned.reshape(2, -1).max(axis=0))


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


def _letters(spec: BonePlateSpec, curve: Curve, middle_mm: float, block: Block) -> Letters:
    height = block.size_mm[1] / block_size_mm(block.lines, height_mm=1.0)[1]
    at = np.array([middle_mm])
    along, across, out = (axes[0] for axes in curve.frames(at))
    origin = curve.points(at)[0] + (spec.contact_offset_mm + float(curve.thicknesses_mm(at)[0])) * out
    return engraved(
        block.lines, origin=origin, right=along, up=across, height_mm=round(height, 6), depth_mm=spec.text_depth_mm
    )
