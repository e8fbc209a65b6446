"""One picture's words out of its file, whole and as they were written."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.door.inflate import DEFLATED
from anatofit.ingest.header.instance import Instance
from anatofit.ingest.pixel.coding import NATIVE
from anatofit.ingest.pixel.fault import PixelError

IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
UNCOMPRESSED = NATIVE | {DEFLATED}
_UNDEFINED_LENGTH = 0xFFFFFFFF

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
