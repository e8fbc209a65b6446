"""Ways in from behind a recognised bone, where the vessels and nerves of the knee run: each is told, and for plain cuts whose points tell no side
none is chosen where another is free."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from anatofit.devices.guide.exits import CORNER, back_of
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray


def leads_behind(anatomy: Anatomy, way_lps: FloatArray) -> bool:
    """Whether a way out leads to the back of a recognised bone, or to the corner beside it; False of any other bone."""
    return _to_back(anatomy, way_lps) > CORNER


def behind_notes(anatomy: Anatomy, way_lps: FloatArray) -> Iterator[str]:
    """A sentence of a guide that is set down from behind."""
    to_back = _to_back(anatomy, way_lps)
    if to_back > CORNER:
        off_deg = float(np.rad2deg(np.arccos(min(1.0, to_back))))
        yield (
            f"the guide is set down on the {anatomy.bone} from behind, {off_deg:.0f}° off straight back: vessels and nerves run there. See whether that "
            "is meant, and check the frame of the plan"
        )


def _to_back(anatomy: Anatomy, way_lps: FloatArray) -> float:
    """Cosine between a way out and straight back; -1 of a bone whose back is not known."""
    back = back_of(anatomy)
    return -1.0 if back is None else float((back.way_lps * way_lps).sum())
