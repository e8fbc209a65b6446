"""Case number, side and the marks of a cut, on the walls of its slot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from anatofit.devices.cutting_guide.layout import Slot
from anatofit.devices.cutting_guide.sight import Around
from anatofit.devices.cutting_guide.slots import in_block
from anatofit.devices.cutting_guide.spec import Cut, CuttingGuideSpec
from anatofit.devices.guide.layout import Letters, Seat, Sleeve
from anatofit.devices.guide.letters import SMALLEST_MM, engraved, fitting, heights_mm, layouts
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.text import block_size_mm
from anatofit.model.frame import FloatArray
from anatofit.model.words import counted

EDGE_MM = 1.0  # from the letters to the rounded edge of the wall, and to the fillet at its foot
_SIDES = (("PROX", "proximal side"), ("DIST", "distal side"))
READABLE_MM = 4.0  # between a wall and the next block: nearer, letters are neither cut clean nor read


def beside_pins(
    texts: Sequence[Letters], spec: CuttingGuideSpec, around: Around, pins: Sequence[Sleeve]
) -> tuple[Letters, ...]:
    """The letters; those that pins stand before to one side on their wall, or smaller, where they are seen there."""
    return tuple(next((t for t in _aside(text, spec, around.slots) if around.shows(t, pins)), text) for text in texts)


def _aside(text: Letters, spec: CuttingGuideSpec, slots: Sequence[Slot]) -> Iterator[Letters]:
    """Letters where they stand, then at either end of their wall, the highest first."""
    yield text
    origin, right, up = (np.array(v) for v in (text.origin_lps_mm, text.right_lps, text.up_lps))
    wall = min(slots, key=lambda slot: _off_wall_mm(slot, origin))
    for height in heights_mm(text.height_mm):
        at = partial(engraved, text.lines, right=right, up=up, height_mm=height, depth_mm=text.depth_mm)
        spare = _wide_mm(wall, spec) / 2 - at(origin=origin).width_mm / 2
        yield from (at(origin=origin + side * spare * right) for side in (1, -1))


def _off_wall_mm(slot: Slot, place: FloatArray) -> float:
    """How far a place lies from the nearer of a slot's walls."""
    return abs(abs(float(((place - np.array(slot.point_lps_mm)) * slot.frame[:, 0]).sum())) - slot.block_half_mm[0])


def _wide_mm(slot: Slot, spec: CuttingGuideSpec) -> float:
    return 2 * (slot.block_half_mm[1] - spec.edge_radius_mm - EDGE_MM)


def plan_marks(
    spec: CuttingGuideSpec, seat: Seat, around: Around, height: FloatArray, *, case: str, side: str
) -> tuple[Letters, ...]:
    """The letters. Raises PrescriptionError where no wall has room for the case number."""
    if spec.text == "none":
        return ()
    told = "" if side == "U" else side
    walls = [
        wall
        for slot, cut in zip(around.slots, spec.surgery.cut, strict=True)
        for wall in _walls(spec, seat, slot, cut, height, around)
    ]
    wall, numbered = _numbered(walls, spec, case=case, side=told)
    if numbered is None:
        said = f"no wall of a slot has room for {case}, {SMALLEST_MM:g} mm high, where it is seen. Raise slot_height_mm or slot_length_mm, or choose text none"
        raise PrescriptionError(Reason("design.text", said))
    rest = (
        numbered if w is wall else w.letters([(f"{told} {w.mark}".strip(),)], spec) if w.mark else None for w in walls
    )
    return tuple(text for text in rest if text is not None)


def _numbered(
    walls: Sequence[_Wall], spec: CuttingGuideSpec, *, case: str, side: str
) -> tuple[_Wall | None, Letters | None]:
    """The first wall with room for the case number beside its mark, in one piece if any has; where none has, the first with room for the
    number without one."""
    for marked in (True, False):
        words = [f"{side} {wall.mark if marked else ''}".strip() for wall in walls]
        for line_ups in zip(*(layouts(case=case, words=w) for w in words), strict=True):
            for wall, choices in zip(walls, line_ups, strict=True):
                if (text := wall.letters(choices, spec)) is not None:
                    return wall, text
    return None, None


def unmarked(cuts: Sequence[Cut], slots: Sequence[Slot], texts: Sequence[Letters]) -> list[str]:
    """A sentence for each mark that found no room on as many walls as have an outside to bear it."""
    walls = [(cut.marks or ("", ""), outsides(slot, slots)) for cut, slot in zip(cuts, slots, strict=True)]
    marks = [mark for both, outer in walls for mark, sign in zip(both, (1, -1), strict=True) if mark and sign in outer]
    counts = {mark: sum(mark in text.string for text in texts) for mark in dict.fromkeys(marks)}
    return [_lacking(mark, count, marks.count(mark)) for mark, count in counts.items() if count < marks.count(mark)]


def _lacking(mark: str, count: int, of: int) -> str:
    side = next((said for begins, said in _SIDES if mark.startswith(begins)), f"{mark} side")
    where = "on the guide" if not count else f"on {of - count} of {counted(of, 'wall')}"
    return (
        f"the {side} is not marked {where}: {mark} has no room there where it is seen. See which side is which before the saw comes, or raise slot_length_mm "
        "or slot_height_mm"
    )


def outsides(slot: Slot, slots: Sequence[Slot]) -> list[int]:
    """The sides of a slot's plane, 1 of its normal and -1, on which its wall has an outside that can be read."""
    return [sign for sign in (1, -1) if slot.resting in (0, sign) and not _within_another(slot, sign, slots)]


def _within_another(slot: Slot, sign: int, slots: Sequence[Slot]) -> bool:
    """Whether the outside of a wall is no outside: another slot's block stands there, or leaves no room to read."""
    normal, _, up = slot.frame.T
    for other in slots:
        for at in (slot.low_mm, slot.top_mm):
            face = np.array(slot.point_lps_mm) + sign * slot.block_half_mm[0] * normal + at * up
            across, along, _ = (float(((face - np.array(other.point_lps_mm)) * axis).sum()) for axis in other.frame.T)
            half = other.block_half_mm
            if other is not slot and abs(across) < half[0] + READABLE_MM and abs(along) < half[1]:
                return True
    return False


@dataclass(frozen=True, eq=False)
class _Wall:
    """A wall of a slot with an outside: the side of the slot's plane, its mark, and the room for letters, along the blade and across it.

    around: what may stand before it.
    """

    slot: Slot
    around: Around
    sign: int
    mark: str
    low_mm: float
    high_mm: float
    wide_mm: float

    def letters(self, choices: Sequence[tuple[str, ...]], spec: CuttingGuideSpec) -> Letters | None:
        """The highest of the line-ups that has room and is seen, in the wall's middle, or at its top where it is seen there alone; None where none is."""
        return next((text for text in self._tried(choices, spec) if self.around.shows(text)), None)

    def _tried(self, choices: Sequence[tuple[str, ...]], spec: CuttingGuideSpec) -> Iterator[Letters]:
        room = (self.wide_mm, self.high_mm - self.low_mm)
        for lines, height in fitting(choices, room_mm=room, height_mm=spec.text_height_mm):
            _, block = block_size_mm(lines, height_mm=height)
            for at in ((self.low_mm + self.high_mm) / 2, self.high_mm - block / 2):
                yield _letters(self.slot, spec, self.sign, at, lines, height)


def _walls(spec: CuttingGuideSpec, seat: Seat, slot: Slot, cut: Cut, height: FloatArray, around: Around) -> list[_Wall]:
    """The walls of a slot, that with more room first."""
    marks = {1: cut.marks[0], -1: cut.marks[1]} if cut.marks else {1: "", -1: ""}
    wide = _wide_mm(slot, spec)
    signs = outsides(slot, around.slots)
    walls = [_Wall(slot, around, s, marks[s], *_room(slot, seat, height, spec, s), wide) for s in signs]
    return sorted(walls, key=lambda w: -round(w.high_mm - w.low_mm, 3))


def _room(slot: Slot, seat: Seat, height: FloatArray, spec: CuttingGuideSpec, sign: int) -> tuple[float, float]:
    """From where to where along the blade a wall's outside is free, mm from the slot's point."""
    across, along, up = in_block(slot, seat, height)
    half, thick = slot.block_half_mm, spec.contact_offset_mm + spec.base_thickness_mm
    beside = np.abs(sign * across - half[0])
    # The base is so thick around each place of the ground, also of steep ground.
    over = up + np.sqrt(np.maximum(thick**2 - beside**2, 0.0))
    over = over[(beside <= thick) & (np.abs(along) <= half[1]) & np.isfinite(up)]
    foot = float(over.max(initial=slot.low_mm)) + spec.fillet_mm / 2
    return max(foot, slot.low_mm) + EDGE_MM, slot.top_mm - spec.edge_radius_mm - EDGE_MM


def _letters(
    slot: Slot, spec: CuttingGuideSpec, sign: int, middle_mm: float, lines: tuple[str, ...], height_mm: float
) -> Letters:
    normal, _, up = slot.frame.T
    toward = sign * normal
    origin = np.array(slot.point_lps_mm) + slot.block_half_mm[0] * toward + middle_mm * up
    return engraved(
        lines, origin=origin, right=np.cross(up, toward), up=up, height_mm=height_mm, depth_mm=spec.text_depth_mm
    )
