"""What a person must know of the side: who told it, whether anything did, and what was made of that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from anatofit.model.frame import Laterality

# What was recognised, and whether its shape told its side, or the order alone did.
FOOT, FOOT_UNTOLD = "foot", "foot of the ordered side"
LIMB, LIMB_UNTOLD = "limb", "limb of the ordered side"
# Of a bone that spans the middle of the body: whether the plan lies on its ordered half, so near to its middle that nobody can tell, or
# reaches clear of the middle into the other one too.
HALF, HALF_UNTOLD, HALVES = "half", "middle of the halves", "other half too"
# Of a bone that is not known by its shape: before the name of one beside it that is.
BESIDE = "beside a "


def untold_side(bone: str, found: Laterality, ordered: Laterality, *, beside: bool = False) -> Iterator[str]:
    """A sentence where no side was ordered of a bone that its shape, or that of one beside it, tells one of."""
    if ordered is Laterality.UNPAIRED:
        word = "right" if found is Laterality.RIGHT else "left"
        what = f"a {word} {bone} stands beside the bone" if beside else f"the bone is a {word} {bone}"
        yield f"the order states no side (U): by its shape {what}; none is engraved, and nobody confirmed it: compare it with the patient"


def side_remark(plan: Mapping[str, Any], recognised: str, ordered: Laterality) -> Iterator[str]:
    """A sentence where a side was ordered or found."""
    side = plan.get("laterality")
    word = "right" if side == "R" else "left"
    if recognised == LIMB and side == "U":
        yield "the side of the limb is not known, by its shape or the order: nothing that needs a side was planned, and none is engraved"
    elif recognised in (FOOT, LIMB) and ordered is Laterality.UNPAIRED:
        engraved = " and engraved" if plan.get("texts") else ""
        yield (
            f"the order states no side (U): by its shape the {recognised} is a {word} one, and the part is planned{engraved} so; nobody "
            "confirmed it: compare it with the patient"
        )
    elif recognised in (FOOT, LIMB):
        yield f"the {recognised} is a {word} one by its shape"
    elif recognised in (FOOT_UNTOLD, LIMB_UNTOLD):
        what = recognised.split()[0]
        yield f"which {what} this is ({side}) was told by the order alone, not by its shape: compare it with the patient"
    elif recognised in (HALF, HALF_UNTOLD, HALVES):
        yield _of_halves(recognised, str(side))
    elif side in ("R", "L") and recognised.startswith(BESIDE):
        beside = recognised.removeprefix(BESIDE)
        yield f"a {word} {beside} by its shape stands beside the bone, as ordered"
    elif side in ("R", "L") and recognised:
        yield f"the bone is a {word} {recognised} by its shape, as ordered"
    elif side in ("R", "L") and not plan.get("midsagittal"):
        yield f"whether this is a bone of the ordered side ({side}) was not judged: compare it with the patient's records"


def _of_halves(judged: str, side: str) -> str:
    """What is said of a plan for a side on a bone that spans the middle of the body."""
    word, other = ("right", "left") if side == "R" else ("left", "right")
    if judged == HALF:
        return f"the plan reaches into the {word} half of the bone by the bone's own middle plane, as ordered"
    if judged == HALVES:
        return (
            f"the plan reaches into the {other} half of the bone too, clear of the bone's own middle plane; the order names the {word} side for all "
            'of it. See that this is meant; a plan for no one side is ordered with laterality = "U"'
        )
    return f"the plan lies by the middle of the bone: its side ({side}) was told by the order alone, compare it with the patient's records"
