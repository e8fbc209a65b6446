"""Name plates beside sleeves, with case, side and the marks of trajectories; a plate also stiffens its sleeve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from anatofit.devices.drill_guide.apart import LEAST_WALL_MM, Box, way_of
from anatofit.devices.drill_guide.layout import DrillSleeve, Plate, plate_frame
from anatofit.devices.drill_guide.sight import Around
from anatofit.devices.drill_guide.spec import DrillGuideSpec
from anatofit.devices.guide.layout import Letters, Sleeve, triple
from anatofit.devices.guide.letters import engraved, fitted, layouts
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.bridge import frame_on
from anatofit.model.frame import FloatArray

EDGE_MM = 0.7  # from the letters to a rounded edge, and to a fillet
LONGEST_MM = 30.0  # a plate is made longer, up to this, where its letters need it
_LONGER_MM = 4.0
_TURNS = 24  # directions around a sleeve that are tried
_BELOW_MM = 0.5  # beneath the sleeve's top and its fillet a plate ends: a drill's collar must not ride on either
_ROOT_MM = 3.0  # from the lowest free place of a plate's face down into the base; beyond the base a plate hangs free of the bone
_LETTERS_MM = 6.0  # the least room along a plate that is worth trying
_STEP_MM = 0.25  # between places of a face
_CLEAR_MM = 2.0  # between a plate and what else stands on the base


@dataclass(frozen=True, eq=False)
class _Choice:
    """A plate and the letters on it."""

    plate: Plate
    letters: Letters


def plan_plates(
    spec: DrillGuideSpec,
    sleeves: Sequence[DrillSleeve],
    pins: Sequence[Sleeve],
    boxes: Sequence[Box],
    around: Around,
    *,
    case: str,
    side: str,
) -> tuple[tuple[Plate, ...], tuple[Letters, ...], list[str]]:
    """Plates, letters, and notes. Raises PrescriptionError where no sleeve has room for the case number."""
    if spec.text == "none":
        return (), (), []
    told = "" if side == "U" else side
    first = _first(spec, sleeves, pins, boxes, around, case, told)
    found = [first]
    notes = []
    for n, sleeve in enumerate(sleeves):
        if n == first.plate.sleeve or not sleeve.mark:
            continue
        taken = [*boxes, *(plate_box(c.plate, sleeves) for c in found)]
        choice = _best(
            spec, sleeves, n, pins, taken, replace(around, letters=tuple(c.letters for c in found)), [(sleeve.mark,)]
        )
        if choice is None:
            notes.append(f"the mark {sleeve.mark} of trajectory {n + 1} has no room beside its sleeve and was left out")
        else:
            found.append(choice)
    return tuple(c.plate for c in found), tuple(c.letters for c in found), notes


def _first(
    spec: DrillGuideSpec,
    sleeves: Sequence[DrillSleeve],
    pins: Sequence[Sleeve],
    boxes: Sequence[Box],
    around: Around,
    case: str,
    side: str,
) -> _Choice:
    """The plate with the case number, on the first sleeve that has room for it, in one piece if any has."""
    words = [f"{side} {sleeve.mark}".strip() for sleeve in sleeves]
    for line_ups in zip(*(layouts(case=case, words=w) for w in words), strict=True):
        for n, choices in enumerate(line_ups):
            if (choice := _best(spec, sleeves, n, pins, boxes, around, choices)) is not None:
                return choice
    said = f"no sleeve has room beside it for {case}, {3.0:g} mm high, where nothing stands before it. Raise plate_mm or sleeve_mm, or choose text none"
    raise PrescriptionError(Reason("design.text", said))


def _best(
    spec: DrillGuideSpec,
    sleeves: Sequence[DrillSleeve],
    n: int,
    pins: Sequence[Sleeve],
    boxes: Sequence[Box],
    around: Around,
    choices: list[tuple[str, ...]],
) -> _Choice | None:
    """The shortest plate around a sleeve that its letters have room on; of these the one whose letters are highest, then with the most
    room. None where none has room."""
    reaches = np.arange(spec.plate_mm, max(spec.plate_mm, LONGEST_MM) + 1e-9, _LONGER_MM)
    others = [*(s for m, s in enumerate(sleeves) if m != n), *pins]
    for reach in reaches:
        found = _turned(spec, sleeves, n, others, boxes, around, choices, float(reach))
        if found is not None:
            return found
    return None


def _turned(
    spec: DrillGuideSpec,
    sleeves: Sequence[DrillSleeve],
    n: int,
    others: Sequence[Sleeve],
    boxes: Sequence[Box],
    around: Around,
    choices: list[tuple[str, ...]],
    reach_mm: float,
) -> _Choice | None:
    """The best of the plates around a sleeve that reach so far from its wall."""
    best: tuple[tuple[float, float], _Choice] | None = None
    u, v, _ = frame_on(np.array(sleeves[n].axis_lps)).T
    for turn in 2 * np.pi * np.arange(_TURNS) / _TURNS:
        plate = _plate(spec, sleeves[n], n, np.cos(turn) * u + np.sin(turn) * v, reach_mm)
        room = _room(spec, plate, sleeves[n], around)
        plate = plate.model_copy(update={"low_mm": round(max(0.0, room[0] - EDGE_MM - _ROOT_MM), 6)})
        box = plate_box(plate, sleeves)
        if plate.low_mm >= plate.top_mm or not _stands_free(box, others, boxes):
            continue
        letters = _letters(spec, plate, sleeves[n], room, boxes, around, choices)
        if letters is None or not around.shows(around.letters, [*boxes, box]):
            continue
        score = (letters.height_mm, round(room[1] - room[0], 3))
        if best is None or score > best[0]:
            best = (score, _Choice(plate, letters))
    return None if best is None else best[1]


def _plate(spec: DrillGuideSpec, sleeve: DrillSleeve, n: int, outward: FloatArray, reach_mm: float) -> Plate:
    return Plate(
        sleeve=n,
        outward_lps=triple(outward),
        low_mm=0.0,
        top_mm=round(sleeve.top_mm - spec.fillet_mm - _BELOW_MM, 6),
        reach_mm=round(sleeve.outer_diameter_mm / 2 + reach_mm, 6),
        thickness_mm=spec.plate_thickness_mm,
    )


def plate_box(plate: Plate, sleeves: Sequence[DrillSleeve]) -> Box:
    """A plate as a block: outward, across it and along the sleeve."""
    sleeve = sleeves[plate.sleeve]
    frame = plate_frame(sleeve.axis_lps, plate.outward_lps)
    middle = np.array(sleeve.entry_lps_mm) + plate.reach_mm / 2 * frame[:, 0]
    middle = middle + (plate.low_mm + plate.top_mm) / 2 * frame[:, 2]
    return Box(middle, frame, np.array([plate.reach_mm, plate.thickness_mm, plate.top_mm - plate.low_mm]) / 2)


def _stands_free(box: Box, others: Sequence[Sleeve], boxes: Sequence[Box]) -> bool:
    """Whether a plate is clear of other channels, their drills' ways, and blocks."""
    for other in others:
        way = way_of(other)
        if float(box.away_mm(way).min()) < other.outer_diameter_mm / 2 + LEAST_WALL_MM:
            return False
    places = _spread(box)
    return all(float(block.away_mm(places).min()) >= _CLEAR_MM for block in boxes)


def _spread(box: Box) -> FloatArray:
    """Places all over a plate, beyond the sleeve that it stands on."""
    s, t = np.linspace(0.0, 1.0, 9), np.linspace(-1.0, 1.0, 15)
    grid = np.stack(np.meshgrid(s, [-1.0, 1.0], t, indexing="ij"), axis=-1).reshape(-1, 3) * box.half_mm
    return np.asarray(box.middle_lps_mm + sum(np.outer(grid[:, n], box.frame_lps[:, n]) for n in range(3)))


def _room(spec: DrillGuideSpec, plate: Plate, sleeve: DrillSleeve, around: Around) -> tuple[float, float]:
    """From where to where along the sleeve the plate's face is clear of base and bone all across."""
    frame = plate_frame(sleeve.axis_lps, plate.outward_lps)
    along = np.arange(plate.low_mm, plate.top_mm, _STEP_MM)
    across = np.linspace(sleeve.outer_diameter_mm / 2, plate.reach_mm, 12)
    foot = plate.low_mm
    for s in (-1, 1):
        side = np.array(sleeve.entry_lps_mm) + s * plate.thickness_mm / 2 * frame[:, 1]
        for a in across:
            places = side + a * frame[:, 0] + np.outer(along, frame[:, 2])
            low = along[around.beneath(places)]
            foot = max(foot, float(low.max()) if len(low) else foot)
    return max(foot, plate.low_mm + spec.edge_radius_mm) + EDGE_MM, plate.top_mm - spec.edge_radius_mm - EDGE_MM


def _free_from(
    spec: DrillGuideSpec, plate: Plate, sleeve: DrillSleeve, room: tuple[float, float], boxes: Sequence[Box], side: int
) -> float:
    """From where outward a face of a plate is clear of its sleeve and of bars that leave it, with the fillets to both.

    A stroke cut into a fillet would leave a skin over itself.
    """
    beside = sleeve.outer_diameter_mm / 2 + spec.fillet_mm / 2
    v, w, u = plate_frame(sleeve.axis_lps, plate.outward_lps).T
    out, up = np.arange(beside, plate.reach_mm, _STEP_MM), np.arange(room[0], room[1] + _STEP_MM, _STEP_MM)
    face = np.array(sleeve.entry_lps_mm) + side * plate.thickness_mm / 2 * w
    places = (face + out[:, None, None] * v + up[None, :, None] * u).reshape(-1, 3)
    met = np.zeros(len(out), dtype=bool)
    for box in boxes:
        near = box.away_mm(places) < spec.fillet_mm / 2 + EDGE_MM
        met |= near.reshape(len(out), -1).any(axis=1)
    return float(out[met].max() + _STEP_MM) if met.any() else beside


def _letters(
    spec: DrillGuideSpec,
    plate: Plate,
    sleeve: DrillSleeve,
    room: tuple[float, float],
    boxes: Sequence[Box],
    around: Around,
    choices: list[tuple[str, ...]],
) -> Letters | None:
    """The letters on the face that a bar leaves more of, or, where something would stand before them, on the other; None where neither
    has room for letters that are seen."""
    if room[1] - room[0] < _LETTERS_MM / 2:
        return None
    faces = sorted((_free_from(spec, plate, sleeve, room, boxes, side), side) for side in (-1, 1))
    for inner, side in faces:
        letters = _on_face(spec, plate, sleeve, room, inner, side, choices)
        if letters is not None and around.shows([letters], boxes):
            return letters
    return None


def _on_face(
    spec: DrillGuideSpec,
    plate: Plate,
    sleeve: DrillSleeve,
    room: tuple[float, float],
    inner: float,
    side: int,
    choices: list[tuple[str, ...]],
) -> Letters | None:
    """The letters on one face, read across the sleeve or along it, whichever lets them be higher; None where neither has room."""
    tall, outer = room[1] - room[0], plate.reach_mm - spec.edge_radius_mm - EDGE_MM
    wide = outer - inner
    level = fitted(choices, room_mm=(wide, tall), height_mm=spec.text_height_mm)
    upright = fitted(choices, room_mm=(tall, wide), height_mm=spec.text_height_mm)
    if level is None and upright is None:
        return None
    v, w, u = plate_frame(sleeve.axis_lps, plate.outward_lps).T
    toward = side * w
    origin = np.array(sleeve.entry_lps_mm) + (inner + outer) / 2 * v + (room[0] + room[1]) / 2 * u
    origin = origin + plate.thickness_mm / 2 * toward
    if level is not None and (upright is None or level[1] >= upright[1]):
        chosen, up = level, u
    else:
        assert upright is not None
        chosen, up = upright, v
    return engraved(
        chosen[0], origin=origin, right=np.cross(up, toward), up=up, height_mm=chosen[1], depth_mm=spec.text_depth_mm
    )
