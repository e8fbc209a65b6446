"""Marks of a plan that name a side, held against the side that is ordered, or that the bone has by its shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.model.frame import Laterality

if TYPE_CHECKING:
    from anatofit.devices.base import Marked
    from anatofit.locate.located import LocatedBone


def check_named_sides(marked: Iterable[Marked], ordered: Laterality, known: LocatedBone | None) -> None:
    """Raises ScanUnsuitableError for each mark that names the other side than the order does, or, where that names none, than the shape of
    the bone, or of a known one beside it, tells. Nothing is judged where neither tells one."""
    from anatofit.locate.long_bone import SIDES

    if ordered in SIDES:
        reasons = [*_against(marked, ordered, f"the order is for the {SIDES[ordered]} side")]
    elif known is not None:
        side = SIDES[known.laterality]
        reasons = [
            *_against(
                marked, known.laterality, f"by its shape the bone, or a known one beside it, is a {side} {known.bone}"
            )
        ]
    else:
        return
    if reasons:
        raise ScanUnsuitableError(reasons)


def _against(marked: Iterable[Marked], side: Laterality, told: str) -> Iterator[Reason]:
    from anatofit.locate.halves import side_in
    from anatofit.locate.long_bone import SIDES

    for item in marked:
        for mark in item.marks:
            if (named := side_in(mark)) is not None and named is not side:
                said = (
                    f'the mark "{mark}" of {item.what} names the {SIDES[named]} side, and {told}. Correct the mark or the order\'s side; where it '
                    'is to name no side of the patient, write another word, as LAT or MED; a plan for no one side is ordered with laterality = "U"'
                )
                yield Reason("wrong-side", said)
