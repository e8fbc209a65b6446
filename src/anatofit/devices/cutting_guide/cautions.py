"""What a surgeon should see of a cut before it is made: how the slot lies on the bone, how far it leads, and what of a tibia lies beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from anatofit.devices.cutting_guide.fibula import by_unseen_fibula
from anatofit.devices.cutting_guide.held import held_by
from anatofit.devices.cutting_guide.layout import Slot
from anatofit.devices.cutting_guide.on_bone import on_bone
from anatofit.devices.guide.layout import Sleeve
from anatofit.model.anatomy import Anatomy

# From a cut to the tuberosity's most prominent place: the tendon's insertion reaches some 10 mm up and down from it. Proposal.
TENDON_MM = 12.0
LEFT_MM = 1.0  # before the hinge line; less is as much as a blade's kerf, and nobody cuts it apart. Proposal


def cautions(anatomy: Anatomy, slots: Sequence[Slot], pins: Sequence[Sleeve] = ()) -> list[str]:
    """The sentences, for each cut."""
    bone, numbered = anatomy.surfaces["host"], [*enumerate(slots, start=1)]
    found = [
        said
        for n, slot in numbered
        for said in (
            *on_bone(bone, slot, n),
            *_to_hinge(slot, n),
            *_by_tuberosity(anatomy, slot, n),
        )
    ]
    return [*found, *held_by(pins, slots), *_by_fibula(anatomy, slots)]


def _to_hinge(slot: Slot, number: int) -> Iterator[str]:
    """Of a wedge's cut: how deep the slot leads a blade, and what is then left before the hinge line."""
    if slot.hinge_mm is None:
        return
    near, far = min(slot.hinge_mm), max(slot.hinge_mm)
    left = (
        "both its corners are at the hinge line"
        if far - near < LEFT_MM
        else f"one of its corners is at the hinge line, the other {far - near:.0f} mm short of it. What is left between them is cut by hand: nowhere "
        f"deeper than the hinge line, {far:.1f} mm from the mouth at that end"
    )
    yield f"a blade goes into the slot of cut {number} by {near:.1f} mm at most from its mouth: then {left}"


def _by_tuberosity(anatomy: Anatomy, slot: Slot, number: int) -> Iterator[str]:
    if anatomy.bone != "tibia" or "tuberosity" not in anatomy.landmarks:
        return
    rest = np.array(slot.point_lps_mm) - np.asarray(anatomy.landmarks["tuberosity"])
    away = abs(float((rest * slot.frame[:, 0]).sum()))
    if away < TENDON_MM:
        yield (
            f"the plane of cut {number} passes {away:.0f} mm from the tuberosity's most prominent place: see that the insertion of the patellar "
            "tendon is spared, or plan a second, ascending cut"
        )


def _by_fibula(anatomy: Anatomy, slots: Sequence[Slot]) -> Iterator[str]:
    if any(by_unseen_fibula(anatomy, slot.frame[:, 2]) for slot in slots):
        yield (
            "the saw comes in from the lateral side, and the fibula is no part of this model: see that guide and saw clear it, "
            "name it ([source] neighbours) or order out of a CT"
        )
