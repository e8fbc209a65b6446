"""What a header claims of its picture, judged before anybody makes room for it."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from anatofit.ingest.door.elements import Encoding
from anatofit.ingest.door.faults import FileError

# The pixels of one file, uncompressed: a whole-body CT of 4000 slices (512 x 512, 16 bits) takes 2.1e9 bytes; a native pixel
# element cannot hold more than 4.3e9 at all (PS3.5, 7.1: its length has 32 bits).
PICTURE_BYTES = 2**31
IMPOSSIBLE = "image-size"
ROWS, COLUMNS, SAMPLES, FRAMES = 0x00280010, 0x00280011, 0x00280002, 0x00280008
BITS_ALLOCATED, PHOTOMETRIC = 0x00280100, 0x00280004
SHAPE = frozenset({ROWS, COLUMNS, SAMPLES, FRAMES, BITS_ALLOCATED, PHOTOMETRIC})
# Where each of up to 16 overlays lies in the words of the pixels, as those of old files do (PS3.3, C.9.2 of 2004; PS3.5, 8.1.2).
OVERLAY_GROUPS = tuple(range(0x60000000, 0x60200000, 0x00020000))
OVERLAY_BITS, OVERLAY_AT = 0x0100, 0x0102
OVERLAYS = frozenset(group + element for group in OVERLAY_GROUPS for element in (OVERLAY_BITS, OVERLAY_AT))
_NAMES = {ROWS: "Rows", COLUMNS: "Columns", SAMPLES: "SamplesPerPixel", BITS_ALLOCATED: "BitsAllocated"}
_WHOLE_BITS = (1, 8, 16, 32, 64)
# Number of Frames is a text of digits (VR IS, PS3.5, 6.2), and at most 2**31 - 1.
_FRAMES_TEXT_BYTES = 12

Kept = Mapping[int, tuple[bytes, bytes]]


@dataclass(frozen=True)
class Picture:
    """Bytes that the uncompressed pixels take, and one row of them; 0 where the header does not tell."""

    needed_bytes: int
    row_bytes: int


def claimed_picture(kept: Kept, encoding: Encoding) -> Picture:
    """The picture that the elements in `kept` (tag to VR and value) claim. Raises FileError where none can be so."""
    rows, columns = (_whole(kept, tag, encoding) for tag in (ROWS, COLUMNS))
    samples, bits = _whole(kept, SAMPLES, encoding) or 1, _whole(kept, BITS_ALLOCATED, encoding)
    frames = _frames(kept)
    if rows is None or columns is None or bits is None:
        return Picture(0, 0)
    if 0 in (rows, columns, bits) or bits > 64:
        raise FileError(IMPOSSIBLE, f"{columns} x {rows} pixels of {bits} bits are no picture")
    if bits not in _WHOLE_BITS:
        return Picture(0, 0)  # an old form that packs across bytes; no CT is read from it
    needed = (rows * columns * samples * frames * bits + 7) // 8
    if needed > PICTURE_BYTES:
        claim = f"{columns} x {rows} pixels x {samples} x {frames} frames of {bits} bits take {needed} bytes"
        raise FileError(IMPOSSIBLE, f"{claim}, at most {PICTURE_BYTES} are read from one file")
    if b"_42" in kept.get(PHOTOMETRIC, (b"", b""))[1]:
        return Picture(0, 0)  # colour at half resolution takes less than its samples say (PS3.3, C.7.6.3.1.2)
    return Picture(needed, (columns * samples * bits + 7) // 8)


def _whole(kept: Kept, tag: int, encoding: Encoding) -> int | None:
    """An unsigned number of 16 bits; None where the element is missing or empty. Raises FileError where it is something else."""
    vr, value = kept.get(tag, (b"", b""))
    if not value:
        return None
    if vr not in (b"US", b"") or len(value) != 2:
        raise FileError(IMPOSSIBLE, f"{_NAMES[tag]} is no number of 16 bits but {len(value)} bytes of another kind")
    return int(struct.unpack(">H" if encoding is Encoding.BIG_ENDIAN else "<H", value)[0])


def _frames(kept: Kept) -> int:
    """Number of Frames; 1 where the element is missing or empty. Raises FileError where it is no positive number."""
    text = kept.get(FRAMES, (b"", b""))[1].strip(b" \0")
    if not text:
        return 1
    digits = text.removeprefix(b"+")
    if len(text) > _FRAMES_TEXT_BYTES or not digits.isdigit() or int(digits) == 0:
        raise FileError(IMPOSSIBLE, "NumberOfFrames is no positive whole number")
    return int(digits)
