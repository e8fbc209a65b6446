"""Padding marks where there is no picture; a padding value that tissue has as well would cut holes into the patient."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.header.instance import Instance
from anatofit.ingest.pixel.fault import LOWEST_HU, PixelError
from anatofit.ingest.pixel.scale import scaled_one
from anatofit.ingest.pixel.words import layout, stored_values

# Air with its noise ends near -900 HU: what lies below may be padding anywhere, and costs nothing.
AIR_HU = LOWEST_HU + 124


def padded_pixels(raw: NDArray[Any], values: NDArray[Any], instance: Instance) -> NDArray[np.bool_] | None:
    """Where there is no picture (PS3.3, C.7.5.1.1.2).

    The padding is looked for among the stored numbers and among the whole words, as it may lie outside BitsStored. Writers
    state a negative one as unsigned and the other way round: it is taken by its bits.
    """
    padded = padded_words(raw, instance)
    allocated, stored, _ = layout(instance)
    if padded is None or instance.padding is None:
        return None
    if stored < allocated:
        padded |= values == instance.padding
    if instance.padding_limit is not None:
        low, high = _range(instance)
        padded |= (values >= low) & (values <= high)
    return padded


def padded_words(raw: NDArray[Any], instance: Instance) -> NDArray[np.bool_] | None:
    """Where a whole word is padding, whatever its unused bits."""
    if instance.padding is None:
        return None
    allocated, stored, _ = layout(instance)
    padded: NDArray[np.bool_] = raw == instance.padding & ((1 << allocated) - 1)
    if instance.padding_limit is not None and stored < allocated:
        low, high = _range(instance)
        whole = raw.astype(np.int32)
        if instance.signed:
            whole = whole - ((whole >> (allocated - 1)) << allocated)
        padded |= (whole >= low) & (whole <= high)
    return padded


def pads_above_the_lowest(instance: Instance) -> bool:
    """Whether a padded pixel could come out above the lowest HU if it were taken for a value, so that it must be sought."""
    if instance.padding is None:
        return False
    allocated, stored, _ = layout(instance)
    slope = instance.slope or 1.0
    if instance.padding_limit is not None and (stored < allocated or slope < 0 or instance.modality_lut is not None):
        return True
    stated = [instance.padding, instance.padding if instance.padding_limit is None else instance.padding_limit]
    words = np.array([v & ((1 << allocated) - 1) for v in stated])
    return any(scaled_one(int(v), instance) > LOWEST_HU for v in [*stored_values(words, instance), *stated])


def check_padding(hu: NDArray[Any], padded: NDArray[np.bool_]) -> None:
    """Padding that is no air is one value outside the picture (PS3.3, C.7.5.1.1.2), joined to the image's border.

    hu: (rows, columns) what the pixels would be if none were padding. Raises PixelError where some of it lies inside: nobody can
    tell the patient's own values from it.
    """
    tissue = padded & (hu > AIR_HU)
    found = hu[tissue]
    if found.size and (found.min() != found.max() or _inside(tissue)):
        low, high = float(found.min()), float(found.max())
        raise PixelError("padding-in-picture", f"{found.size} pixels of {low:g} to {high:g} HU in one slice")


def _inside(padded: NDArray[np.bool_]) -> int:
    """How many of the pixels are not joined to the border by others of them."""
    from scipy.ndimage import label

    labels, _ = label(padded)
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    return int((padded & ~np.isin(labels, border)).sum())


def _range(instance: Instance) -> tuple[int, int]:
    """The padding range, lowest first, as numbers of the pixels' own sign."""
    ends = [_as_stated(v, instance) for v in (instance.padding, instance.padding_limit) if v is not None]
    return min(ends), max(ends)


def _as_stated(value: int, instance: Instance) -> int:
    allocated = layout(instance)[0]
    word = value & ((1 << allocated) - 1)
    return word - (word >> (allocated - 1) << allocated) if instance.signed else word
