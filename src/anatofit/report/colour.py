"""Colours that survive a grey printer and colour-blind eyes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray

# cividis at 17 even steps (Nunez, Anderton, Renslow 2018, "Optimizing colormaps with consideration for color vision
# deficiency"): lightness grows evenly, so the map reads the same in grey and with any colour vision.
# fmt: off
CIVIDIS: Sequence[tuple[int, int, int]] = (
    (0, 34, 78), (0, 46, 106), (26, 56, 111), (50, 67, 109), (67, 78, 108), (83, 90, 109),
    (97, 101, 111), (111, 112, 115), (125, 124, 120), (140, 136, 120), (155, 148, 118), (171, 160, 114),
    (188, 174, 108), (205, 187, 99), (222, 201, 88), (240, 216, 70), (254, 232, 56),
)
# fmt: on
UNDEFINED = (226, 226, 226)  # where a map has no value: a grey that is not on the map

MORE = (170, 100, 185)  # beyond the end of a map: violet is not on it, and is no alarm

BONE = (227, 214, 189)
OTHER = (165, 165, 190)  # another bone than the one that a device sits on
BONE_INSIDE = (190, 172, 143)
IMPLANT = (31, 119, 152)  # darker than bone, so that both part in grey as well
INK = (255, 236, 170)  # engraved strokes on the implant
OUTLINE = (70, 200, 245)  # the implant's blue, light enough for the grey of a scan
BONE_LINE = (250, 215, 90)  # the bone's surface in a slice
OTHER_LINE = (205, 160, 235)  # another bone's
PLAN_LINE = (255, 90, 90)  # what is planned, in a slice
RESTORED = (240, 150, 80)
RIM = (200, 30, 60)


def colours_of(fractions: FloatArray) -> NDArray[np.uint8]:
    """`(n,)` positions from 0 to 1 on the colour map to `(n, 3)` RGB; NaN becomes the grey of no value."""
    stops = np.array(CIVIDIS, dtype=np.float64)
    places = np.linspace(0.0, 1.0, len(stops))
    clipped = np.clip(np.nan_to_num(fractions), 0.0, 1.0)
    rgb = np.stack([np.interp(clipped, places, stops[:, i]) for i in range(3)], axis=-1)
    rgb[np.isnan(fractions)] = UNDEFINED
    return np.asarray(np.rint(rgb), dtype=np.uint8)
