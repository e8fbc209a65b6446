"""What a guide may meet that nobody showed: where it stands far past its own bone, another may lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anatofit.devices.guide.beside import others_known
from anatofit.devices.guide.footprint import plane_axes
from anatofit.devices.guide.layout import Seat
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray

FREE_MM = (
    10.0  # past the bone's outline: what stands further out stands where the next bone of a joint may be. Proposal
)


def unseen_notes(
    anatomy: Anatomy, part: str, seat: Seat, height_mm: FloatArray, bodies_mm: Sequence[FloatArray]
) -> list[str]:
    """What to say of a part that stands far past a bone beside which the source shows no other and the order names none.

    height_mm: of the bone over the seat's columns. bodies_mm: `(n, 3)` corners of what is built, in the seat's frame.
    """
    if others_known(anatomy):
        return []
    x, y = plane_axes(seat)
    j, i = np.nonzero(np.isfinite(height_mm))
    bone = np.stack([x[i], y[j]], axis=1)
    away = max(float(np.square(bone - at[:2]).sum(axis=1).min()) for body in bodies_mm for at in body) ** 0.5
    if away < FREE_MM:
        return []
    return [
        f"the {part} stands as much as {away:.0f} mm past the bone's outline, seen along the way in, and other bones were not seen: see that none is "
        "there, or name it ([source] neighbours)"
    ]
