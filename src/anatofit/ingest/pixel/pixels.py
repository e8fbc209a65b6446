"""One picture's stored numbers out of its file, and Hounsfield units out of stored numbers."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.door.inflate import DEFLATED
from anatofit.ingest.header.instance import Instance
from anatofit.ingest.pixel.coding import NATIVE
from anatofit.ingest.pixel.fault import LOWEST_HU, PixelError

# The highest that the volume holds. The extended scale for metal ends at 30710 HU (12 bits, slope 10), 16 bits at 32767.
HIGHEST_HU = int(np.iinfo(np.int16).max)
IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
UNCOMPRESSED = NATIVE | {DEFLATED}
_UNDEFINED_LENGTH = 0xFFFFFFFF
# Whole numbers up to here are added and multiplied as whole numbers; slope and intercept of no scanner come near.
_MOST_WHOLE = 1 << 24

# How compressed pixels are had: decode.py gives one for each series.
Decode = Callable[[bytes, Instance], NDArray[Any]]


def raw_pixels(data: bytes, instance: Instance, decode: Decode) -> NDArray[Any]:
    """`(rows, columns)` unsigned words as they are in the file (a deflated one inflated in place), of the picture that
    `instance.frame` names. Raises PixelError.
    """
    rows, columns = instance.rows or 0, instance.columns or 0
    if instance.transfer_syntax not in UNCOMPRESSED:
        return decode(data, instance)
    start, length = _native_value(data, instance)
    if length < instance.pixel_bytes or len(data) - start < instance.pixel_bytes:
        raise PixelError("truncated-pixels")
    order = ">" if instance.transfer_syntax == BIG_ENDIAN else "<"
    return _picture(data, instance, _word(instance, order), start=start).reshape(rows, columns)


def _picture(data: bytes, instance: Instance, word: np.dtype[Any], *, start: int) -> NDArray[Any]:
    """The words of one picture; pictures lie one behind the other (PS3.5, 8.2)."""
    count = (instance.rows or 0) * (instance.columns or 0)
    return np.frombuffer(data, dtype=word, count=count, offset=start + instance.frame * count * word.itemsize)


def _word(instance: Instance, order: str = "=") -> np.dtype[Any]:
    return np.dtype(f"{order}u{(instance.bits_allocated or 16) // 8}")


def _native_value(data: bytes, instance: Instance) -> tuple[int, int]:
    """Where the pixel data begin in the file and how long they say they are (PS3.5, 7.1)."""
    order = ">" if instance.transfer_syntax == BIG_ENDIAN else "<"
    at = instance.pixel_offset
    head = 8 if instance.transfer_syntax == IMPLICIT else 12
    if len(data) < at + head:
        raise PixelError("truncated-pixels")
    group, element = struct.unpack_from(order + "HH", data, at)
    length = int(struct.unpack_from(order + "I", data, at + head - 4)[0])
    if (group, element) != (0x7FE0, 0x0010) or length == _UNDEFINED_LENGTH:
        raise PixelError("undecodable-pixels")
    return at + head, length


def stored_values(raw: NDArray[Any], instance: Instance) -> NDArray[np.int32]:
    """The stored numbers: bits outside BitsStored masked away (old overlays), sign extended (PS3.5, 8.1.1)."""
    allocated, stored, shift = _layout(instance)
    values = raw.astype(np.int32)
    if shift:
        values >>= shift
    if stored < allocated:
        values &= (1 << stored) - 1
    if instance.signed:
        half = 1 << (stored - 1)
        values ^= half
        values -= half
    return values


def _layout(instance: Instance) -> tuple[int, int, int]:
    """Bits of a word, bits of a value, and how many bits lie below the value."""
    allocated = instance.bits_allocated or 16
    stored = instance.bits_stored or allocated
    return allocated, stored, (stored - 1 if instance.high_bit is None else instance.high_bit) + 1 - stored


def hounsfield(raw: NDArray[Any], instance: Instance) -> NDArray[Any]:
    """HU as int32 or int64 where slope and intercept are whole numbers, else float64; padding and below the scale: -1024."""
    values = stored_values(raw, instance)
    padded = padded_pixels(raw, values, instance)
    slope, intercept = instance.slope or 1.0, instance.intercept or 0.0
    hu: NDArray[Any]
    if whole_rescale(instance):
        hu = values
        if slope != 1:
            hu = values.astype(np.int64) * int(slope)
        hu += int(intercept)
    else:
        with np.errstate(over="ignore"):  # a rescale beyond all numbers is refused by its outcome
            hu = values * slope + intercept
    if padded is not None:
        hu[padded] = LOWEST_HU
    return np.maximum(hu, LOWEST_HU, out=hu)


def write_hounsfield(raw: NDArray[Any], instance: Instance, into: NDArray[Any]) -> None:
    """The numbers of `hounsfield` into `into` (int16 or float32), fast where they can be had in 16 bits throughout.

    Raises PixelError where one lies above HIGHEST_HU.
    """
    if into.dtype == np.int16 and _write_in_16_bits(raw, instance, into):
        return
    hu = hounsfield(raw, instance)
    if hu.size and float(hu.max()) > HIGHEST_HU:
        raise PixelError("hu-range")
    into[...] = hu


def _write_in_16_bits(raw: NDArray[Any], instance: Instance, into: NDArray[np.int16]) -> bool:
    """Whether it could be done: 16-bit words, a whole rescale, and every number on the way within 16 bits.

    `into` serves as the scratch, too: memory that is fresh for each slice would cost more than the arithmetic.
    """
    if raw.dtype.itemsize != 2 or not raw.size or not whole_rescale(instance) or _layout(instance)[2]:
        return False
    values = _stored_in_16_bits(raw, instance, scratch=into)
    if values is None:
        return False
    slope, intercept = int(instance.slope or 1), int(instance.intercept or 0)
    padded = padded_pixels(raw, values, instance) if pads_above_the_lowest(instance) else None
    low, high = int(values.min()), int(values.max())
    if slope > 0 and (floor := (LOWEST_HU - intercept) // slope) > low:
        # what lies below the scale becomes its lowest value before it can run out of the 16 bits
        values, low = np.maximum(values, np.int16(min(floor, HIGHEST_HU)), out=into), floor
    scaled = (slope * low, slope * high)
    ends = [intercept, slope, low, *scaled, *(v + intercept for v in scaled)]
    if min(ends) < np.iinfo(np.int16).min or max(ends) > HIGHEST_HU:
        return False
    if slope != 1:
        values = np.multiply(values, np.int16(slope), out=into)
    np.add(values, np.int16(intercept), out=into)
    if padded is not None:
        np.copyto(into, np.int16(LOWEST_HU), where=padded)
    if min(scaled) + intercept < LOWEST_HU:
        np.maximum(into, np.int16(LOWEST_HU), out=into)
    return True


def _stored_in_16_bits(
    raw: NDArray[Any], instance: Instance, *, scratch: NDArray[np.int16]
) -> NDArray[np.int16] | None:
    """The stored numbers as int16, None where they reach beyond."""
    stored = _layout(instance)[1]
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


def pads_above_the_lowest(instance: Instance) -> bool:
    """Whether a padded pixel could come out above the lowest HU if it were taken for a value, so that it must be sought."""
    if instance.padding is None:
        return False
    allocated, stored, _ = _layout(instance)
    slope, intercept = instance.slope or 1.0, instance.intercept or 0.0
    if instance.padding_limit is not None and (stored < allocated or slope < 0):
        return True
    stated = [instance.padding, instance.padding if instance.padding_limit is None else instance.padding_limit]
    words = np.array([v & ((1 << allocated) - 1) for v in stated])
    return any(slope * float(v) + intercept > LOWEST_HU for v in [*stored_values(words, instance), *stated])


def whole_rescale(instance: Instance) -> bool:
    """Slope and intercept keep whole numbers whole, in any number of bits that there is."""
    return all(
        v is not None and float(v).is_integer() and abs(v) <= _MOST_WHOLE for v in (instance.slope, instance.intercept)
    )


def padded_pixels(raw: NDArray[Any], values: NDArray[Any], instance: Instance) -> NDArray[np.bool_] | None:
    """Where there is no picture (PS3.3, C.7.5.1.1.2).

    The padding is looked for among the stored numbers and among the whole words, as it may lie outside BitsStored. Writers
    state a negative one as unsigned and the other way round: it is taken by its bits.
    """
    if instance.padding is None:
        return None
    allocated, stored, _ = _layout(instance)
    word = instance.padding & ((1 << allocated) - 1)
    padded: NDArray[np.bool_] = raw == word
    if stored < allocated:
        padded |= values == instance.padding
    if instance.padding_limit is not None:
        low, high = sorted(_as_stated(v, instance) for v in (instance.padding, instance.padding_limit))
        padded |= (values >= low) & (values <= high)
        if stored < allocated:
            whole = raw.astype(np.int32)
            if instance.signed:
                whole = whole - ((whole >> (allocated - 1)) << allocated)
            padded |= (whole >= low) & (whole <= high)
    return padded


def _as_stated(value: int, instance: Instance) -> int:
    """A padding limit as a number of the pixels' own sign."""
    allocated = _layout(instance)[0]
    word = value & ((1 << allocated) - 1)
    return word - (word >> (allocated - 1) << allocated) if instance.signed else word
