"""One slice's stored numbers out of its file, and Hounsfield units out of stored numbers."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.inflate import DEFLATED
from anatofit.ingest.instance import Instance
from anatofit.ingest.integrity import NATIVE

# The lowest value on the CT scale (PS3.3, C.11.1: air is -1000; 12 bits with intercept -1024 begin here). Padding, and
# the fillers below the scale that scanners put outside their round field of view, become this.
LOWEST_HU = -1024
IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
RLE = "1.2.840.10008.1.2.5"
UNCOMPRESSED = NATIVE | {DEFLATED}
_UNDEFINED_LENGTH = 0xFFFFFFFF


class PixelError(Exception):
    """One slice's pixels cannot be had; `rule` says why."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def raw_pixels(data: bytes, instance: Instance) -> NDArray[Any]:
    """`(rows, columns)` unsigned words as they are in the file (a deflated one inflated in place). Raises PixelError."""
    rows, columns = instance.rows or 0, instance.columns or 0
    if instance.transfer_syntax not in UNCOMPRESSED:
        return _decoded(data, instance)
    start, length = _native_value(data, instance)
    if length < instance.pixel_bytes or len(data) - start < instance.pixel_bytes:
        raise PixelError("truncated-pixels")
    order = ">" if instance.transfer_syntax == BIG_ENDIAN else "<"
    word = _word(instance, order)
    at = start + instance.frame * rows * columns * word.itemsize
    words = np.frombuffer(data, dtype=word, count=rows * columns, offset=at)
    return words.reshape(rows, columns)


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


def _decoded(data: bytes, instance: Instance) -> NDArray[Any]:
    """Compressed pixels through pydicom and one fixed decoder a coding; what follows them in the file is not read."""
    from pydicom import dcmread
    from pydicom.pixels import get_decoder

    try:
        dataset = dcmread(BytesIO(data[: instance.pixel_end]), force=True)
        plugin = "pydicom" if instance.transfer_syntax == RLE else "pylibjpeg"
        words: NDArray[Any]
        words, _ = get_decoder(instance.transfer_syntax).as_array(dataset, raw=True, decoding_plugin=plugin)
        return words.reshape(instance.rows or 0, instance.columns or 0).astype(_word(instance), copy=False)
    except Exception as error:  # decoders raise what they like; the slice's place is named by the caller
        raise PixelError("undecodable-pixels") from error


def stored_values(raw: NDArray[Any], instance: Instance) -> NDArray[np.int32]:
    """The stored numbers: bits outside BitsStored masked away (old overlays), sign extended (PS3.5, 8.1.1)."""
    allocated = instance.bits_allocated or 16
    stored = instance.bits_stored or allocated
    shift = (stored - 1 if instance.high_bit is None else instance.high_bit) + 1 - stored
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


def hounsfield(raw: NDArray[Any], instance: Instance) -> NDArray[Any]:
    """HU as int32 where slope and intercept are whole numbers, else float64; padding and below the scale: -1024."""
    values = stored_values(raw, instance)
    padded = _padding(raw, values, instance)
    slope, intercept = instance.slope or 1.0, instance.intercept or 0.0
    hu: NDArray[Any]
    if whole_rescale(instance):
        hu = values
        if slope != 1:
            hu = values.astype(np.int64) * int(slope)
        hu += int(intercept)
    else:
        hu = values * slope + intercept
    if padded is not None:
        hu[padded] = LOWEST_HU
    return np.maximum(hu, LOWEST_HU, out=hu)


def whole_rescale(instance: Instance) -> bool:
    """Slope and intercept keep whole numbers whole."""
    return all(v is not None and float(v).is_integer() for v in (instance.slope, instance.intercept))


def _padding(raw: NDArray[Any], values: NDArray[np.int32], instance: Instance) -> NDArray[np.bool_] | None:
    """Where there is no picture. Padding is compared with the whole word too: it may lie outside BitsStored."""
    if instance.padding is None:
        return None
    word = instance.padding & ((1 << (instance.bits_allocated or 16)) - 1)
    padded: NDArray[np.bool_] = raw == word
    if instance.padding_limit is not None:
        low, high = sorted((instance.padding, instance.padding_limit))
        padded |= (values >= low) & (values <= high)
    return padded
