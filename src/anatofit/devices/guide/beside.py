"""Other bones beside the one that a device sits on: what they take of its ground, its body and its way in."""

from __future__ import annotations

import numpy as np

from anatofit.devices.guide.layout import Seat
from anatofit.geometry.field import FieldArray
from anatofit.geometry.ground import overhung_mm, shadow_of
from anatofit.geometry.joined import joined
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.model.words import counted

AFAR_MM = 30.0  # between bones that an order names together: those of a joint or of one segment lie nearer. Proposal
ROOM_MM = 1.0  # kept to any other bone: its edge and this one's may each be off by a third of a millimetre, and it can move: proposal
_TOUCH = "a bone that touches this one in the scan counts as a part of it"


def others_of(anatomy: Anatomy) -> Mesh | None:
    """The other bones near the plan, as one surface; None where there are none, or the source shows one bone alone."""
    return anatomy.surfaces.get("neighbours")


def others_known(anatomy: Anatomy) -> bool:
    """Whether anybody looked for other bones: the scan shows them, or the order names some."""
    figures = anatomy.figures
    return figures.get("neighbours_count") is not None or bool(figures.get("neighbours_given_count"))


def room_of(anatomy: Anatomy) -> float | None:
    """What a plan says of the room that is kept; None where there is no other bone."""
    return None if others_of(anatomy) is None else ROOM_MM


def beside_notes(anatomy: Anatomy, part: str) -> list[str]:
    """What a person must know of other bones: nothing where the source cannot show any."""
    scanned = anatomy.figures.get("neighbours_count")
    if scanned == 0:
        return [f"no other bone of the scan lies near the plan; {_TOUCH}"]
    count = int(anatomy.figures.get("neighbours_given_count", 0.0) if scanned is None else scanned)
    if not count:
        return []
    which = "that the order names" if scanned is None else f"of the scan{_how_far(anatomy, count)}"
    return [
        f"{counted(count, 'other bone')} {which} {'is' if count == 1 else 'are'} kept clear of: the {part} stays {ROOM_MM:g} mm off, "
        f"in its seat and on its way{'' if scanned is None else f'; {_TOUCH}'}",
        *_afar(anatomy.figures.get("neighbours_farthest_mm", 0.0)),
    ]


def _how_far(anatomy: Anatomy, count: int) -> str:
    """Between commas, from the points of the plan to the nearest other bone; nothing where it was not measured."""
    away_mm = anatomy.figures.get("neighbours_nearest_mm")
    return (
        "" if away_mm is None else f", {'' if count == 1 else 'the nearest '}{away_mm:.0f} mm from the plan's points,"
    )


def _afar(away_mm: float) -> list[str]:
    if away_mm < AFAR_MM:
        return []
    return [
        f"a bone that the order names lies {away_mm:.0f} mm from the one that is operated on: see whether it is of the same limb, frame and unit"
    ]


def all_bone(anatomy: Anatomy) -> Mesh:
    """The bone and the others near it as one surface: what a way out must pass."""
    bone, others = anatomy.surfaces["host"], others_of(anatomy)
    return bone if others is None else joined([bone, others])


def open_sky(height_mm: FloatArray, others: Mesh | None, seat: Seat) -> FloatArray:
    """Heights of the bone on the seat's lattice, nan where another bone stands over it or too near to such a place."""
    if others is None:
        return height_mm
    return np.where(shade_mm(height_mm, others, seat) > 0, np.nan, height_mm)


def shade_mm(height_mm: FloatArray, others: Mesh, seat: Seat) -> FieldArray:
    """Positive in the plane where another bone stands over this one, or too near to such a place."""
    return overhung_mm(others, seat.grid(), height_mm, low_z_mm=seat.low_mm[2], room_mm=ROOM_MM)


def shadow(others: Mesh | None, seat: Seat) -> FieldArray | None:
    """Positive on the seat's lattice where another bone is in the way; None where there is none."""
    return None if others is None else shadow_of(others, seat.grid(), room_mm=ROOM_MM)
