"""Hounsfield units out of a picture's words, its bits and its padding judged."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.header.instance import Instance
from anatofit.ingest.pixel.fault import LOWEST_HU, PixelError
from anatofit.ingest.pixel.padding import AIR_HU, check_padding, padded_pixels, padded_words, pads_above_the_lowest
from anatofit.ingest.pixel.scale import beyond_table, scaled, whole_rescale
from anatofit.ingest.pixel.words import layout, stored_values, stray_words
from anatofit.model.words import counted

# The highest that the volume holds. The extended scale for metal ends at 30710 HU (12 bits, slope 10), 16 bits at 32767.
HIGHEST_HU = int(np.iinfo(np.int16).max)


def hounsfield(raw: NDArray[Any], instance: Instance) -> NDArray[Any]:
    """HU as int32 or int64 where the rescale keeps whole numbers whole, else float64; padding and below the scale: -1024."""
    values = stored_values(raw, instance)
    return _within(scaled(values, instance), padded_pixels(raw, values, instance))


def write_sound(raw: NDArray[Any], instance: Instance, into: NDArray[Any]) -> int:
    """The numbers of `hounsfield` into `into`, of a picture whose words and padding hold up; how many lie beyond its lookup table.

    Raises PixelError: `pixel-bits` where words hold something beside value, sign and declared overlays, `padding-in-picture` where
    padding lies inside the picture, `hu-range` where a number lies above HIGHEST_HU.
    """
    _check_bits(raw, instance)
    if instance.modality_lut is None and not pads_above_the_lowest(instance):
        write_hounsfield(raw, instance, into)
        return 0
    values = stored_values(raw, instance)
    hu, padded = scaled(values, instance), padded_pixels(raw, values, instance)
    if padded is not None:
        check_padding(hu, padded)
    beyond = beyond_table(values, instance) & (hu > AIR_HU)
    _put(_within(hu, padded), into)
    return int((beyond if padded is None else beyond & ~padded).sum())


def write_hounsfield(raw: NDArray[Any], instance: Instance, into: NDArray[Any]) -> None:
    """The numbers of `hounsfield` into `into` (int16 or float32), fast where they can be had in 16 bits throughout.

    Raises PixelError where one lies above HIGHEST_HU.
    """
    if into.dtype != np.int16 or not _write_in_16_bits(raw, instance, into):
        _put(hounsfield(raw, instance), into)


def _check_bits(raw: NDArray[Any], instance: Instance) -> None:
    stray = stray_words(raw, instance)
    if stray is None:
        return
    padded = padded_words(raw, instance)
    stray = stray if padded is None else stray & ~padded
    if stray.any():
        allocated, stored, shift = layout(instance)
        said = f"{stored} of {allocated} bits are stated, the highest of them bit {shift + stored - 1}"
        raise PixelError(
            "pixel-bits",
            f"{said}; more is in {counted(int(stray.sum()), 'word')} of one slice, such as {int(raw[stray][0])}",
        )


def _within(hu: NDArray[Any], padded: NDArray[np.bool_] | None) -> NDArray[Any]:
    """Padding, and what lies below the scale, at its lowest value; in place."""
    if padded is not None:
        hu[padded] = LOWEST_HU
    np.maximum(hu, LOWEST_HU, out=hu)
    return hu


def _put(hu: NDArray[Any], into: NDArray[Any]) -> None:
    if hu.size and float(hu.max()) > HIGHEST_HU:
        raise PixelError("hu-range")
    into[...] = hu


def _write_in_16_bits(raw: NDArray[Any], instance: Instance, into: NDArray[np.int16]) -> bool:
    """Whether it could be done: 16-bit words, a whole rescale, no padding to be sought, and every number on the way within 16 bits.

    `into` serves as the scratch, too: memory that is fresh for each slice would cost more than the arithmetic.
    """
    if raw.dtype.itemsize != 2 or not raw.size or not whole_rescale(instance) or layout(instance)[2]:
        return False
    if instance.modality_lut is not None or pads_above_the_lowest(instance):
        return False
    values = _stored_in_16_bits(raw, instance, scratch=into)
    if values is None:
        return False
    slope, intercept = int(instance.slope or 1), int(instance.intercept or 0)
    low, high = int(values.min()), int(values.max())
    if slope > 0 and (floor := (LOWEST_HU - intercept) // slope) > low:
        # what lies below the scale becomes its lowest value before it can run out of the 16 bits
        values, low = np.maximum(values, np.int16(min(floor, HIGHEST_HU)), out=into), floor
    scaled_ends = (slope * low, slope * high)
    ends = [intercept, slope, low, *scaled_ends, *(v + intercept for v in scaled_ends)]
    if min(ends) < np.iinfo(np.int16).min or max(ends) > HIGHEST_HU:
        return False
    if slope != 1:
        values = np.multiply(values, np.int16(slope), out=into)
    np.add(values, np.int16(intercept), out=into)
    if min(scaled_ends) + intercept < LOWEST_HU:
        np.maximum(into, np.int16(LOWEST_HU), out=into)
    return True


def _stored_in_16_bits(
    raw: NDArray[Any], instance: Instance, *, scratch: NDArray[np.int16]
) -> NDArray[np.int16] | None:
    """The stored numbers as int16, None where they reach beyond."""
    stored = layout(instance)[1]
    words = raw.astype(np.uint16, copy=False)  # in the machine's own order of bytes
    if instance.signed:
        if stored == 16:
            return words.view(np.int16)
        np.left_shift(words, 16 - stored, out=scratch.view(np.uint16))
        return np.right_shift(scratch, 16 - stored, out=scratch)
    if stored == 16:
        return words.view(np.int16) if int(words.max()) <= HIGHEST_HU else None
    if int(words.max()) >> stored:
        words = words & np.uint16((1 << stored) - 1)
    return words.view(np.int16)
