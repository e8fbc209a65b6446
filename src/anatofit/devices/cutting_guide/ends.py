"""The end at which a slot is open and the side on which a blade rests: as ordered, or chosen by the program and told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from anatofit.devices.cutting_guide.layout import Slot
from anatofit.devices.cutting_guide.spec import Cut
from anatofit.devices.guide.spelled import spelled
from anatofit.errors import PrescriptionError, Reason
from anatofit.model.anatomy import Anatomy
from anatofit.model.words import bracketed

TELLS = 0.26  # cosine to a slot of a direction that tells one of its ends: within 15 degrees of square to it, rounding would choose. Proposal

End = Literal[-1, 0, 1]


def open_end(cut: Cut, slot: Slot, number: int) -> End:
    """1 or -1: the slot is open towards plus or minus of its own direction; 0: it is closed. Raises PrescriptionError."""
    if cut.slot != "open":
        return 0
    if cut.open_toward is None:
        return 1
    toward = float((np.array(cut.open_toward) * slot.frame[:, 1]).sum()) / float(np.linalg.norm(cut.open_toward))
    if abs(toward) < TELLS:
        said = (
            f"points along neither end of the slot, which runs along {bracketed(slot.frame[:, 1], 2)} in the report's axes; a direction within 75° "
            "of that, or of its reverse, is wanted"
        )
        raise PrescriptionError(Reason(f"plan.cut[{number}].open_toward", said))
    return 1 if toward > 0 else -1


def resting_side(cut: Cut) -> End:
    """1 or -1: one wall alone, on the side of the normal or on the other; 0: both."""
    return 0 if cut.slot != "one-sided" else 1 if cut.rest == "normal" else -1


def chosen_ends(anatomy: Anatomy, cuts: Sequence[Cut], slots: Sequence[Slot]) -> Iterator[str]:
    """A sentence for each slot whose open end or resting side the order leaves to the program."""
    for number, (cut, slot) in enumerate(zip(cuts, slots, strict=True), start=1):
        if slot.open_end and cut.open_toward is None:
            end = spelled("open_toward", slot.open_end * slot.frame[:, 1], anatomy)
            yield f"at which end the slot of cut {number} is open was chosen by the program, as {end} would order it: its reverse is the other end"
        if slot.resting and cut.rest is None:
            side = bracketed(slot.resting * slot.frame[:, 0], 2)
            yield f'the blade of cut {number} rests on a wall on its side towards {side}, as the program chose: order the other with rest = "normal"'
