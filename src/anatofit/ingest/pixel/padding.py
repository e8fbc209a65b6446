"""Padding marks where there is no picture; a padding value that tissue has as well would cut holes into the patient."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.header.instance import Instance
from anatofit.ingest.pixel.fault import LOWEST_HU, PixelError
from anatofit.ingest.pixel.pixels import padded_pixels, pads_above_the_lowest, stored_values

# Air with its noise ends near -900 HU: what lies below may be padding anywhere, and costs nothing.
AIR_HU = LOWEST_HU + 124


def check_padding(raw: NDArray[Any], instance: Instance) -> None:
    """Padding that is no air is one value outside the picture (PS3.3, C.7.5.1.1.2), joined to the image's border.

    raw: (rows, columns) words as `raw_pixels` gives them. Raises PixelError where some of it lies inside: nobody can tell the
    patient's own values from it.
    """
    if not pads_above_the_lowest(instance):
        return
    values = stored_values(raw, instance)
    padded = padded_pixels(raw, values, instance)
    if padded is None or not padded.any():
        return
    slope, intercept = instance.slope or 1.0, instance.intercept or 0.0
    tissue = padded & (values * slope + intercept > AIR_HU)
    found = values[tissue]
    if found.size and (found.min() != found.max() or _inside(tissue)):
        ends = sorted(float(end) * slope + intercept for end in (found.min(), found.max()))
        raise PixelError("padding-in-picture", f"{found.size} pixels of {ends[0]:g} to {ends[1]:g} HU in one slice")


def _inside(padded: NDArray[np.bool_]) -> int:
    """How many of the pixels are not joined to the border by others of them."""
    from scipy.ndimage import label

    labels, _ = label(padded)
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    return int((padded & ~np.isin(labels, border)).sum())
