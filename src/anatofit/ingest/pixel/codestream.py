"""What compressed pixels say of themselves, read from the head of their code stream before anything is decoded."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from anatofit.ingest.pixel.coding import Coding
from anatofit.ingest.pixel.fault import PixelError

# Markers of JPEG and JPEG-LS (T.81, table B.1; T.87, C.1): frames, the start of a scan, of the picture, its end.
_SOF_LOSSLESS, _SOF_LS = 0xC3, 0xF7
_SOF_LOSSY = (0xC0, 0xC1)  # baseline and extended sequential: the only ones that DICOM still has (PS3.5, A.4.1)
_SOI, _SOS = 0xD8, 0xDA
_SOFS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {_SOF_LS}  # C4, C8, CC are tables
# Markers of JPEG 2000 (T.800, table A.2): size, coding style (of all, of one component), quantization likewise, tile part.
_SIZ, _COD, _COC, _QCD, _QCC, _SOT = 0xFF51, 0xFF52, 0xFF53, 0xFF5C, 0xFF5D, 0xFF90
_REVERSIBLE_WAVELET = 1  # the 5-3 filter (T.800, table A.20)
# The first box of a JP2 file (T.800, I.5.1). DICOM wants the bare code stream (PS3.5, A.4.4), some writers wrap it.
_JP2 = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_END_MARK, _END_BYTES = b"\xff\xd9", 16
_RLE_HEADER = struct.Struct("<16I")  # the number of segments, then the offsets of up to 15 (PS3.5, G.5)


@dataclass(frozen=True)
class StreamFacts:
    """The picture as its code stream states it. signed: None where the coding knows no sign.

    lossless: whether the stream's own head proves it: True or False, None where it cannot (a reversible wavelet whose
    bits may have been cut off). sof: the JPEG frame marker, 0 for other codings.
    """

    rows: int
    columns: int
    components: int
    bits: int
    signed: bool | None = None
    lossless: bool | None = None
    sof: int = 0


def stream_facts(coded: bytes, coding: Coding) -> StreamFacts:
    """What the head of `coded` says. Raises PixelError where there is no such head."""
    try:
        return _READERS[coding](coded)
    except (struct.error, IndexError, ValueError) as error:
        raise PixelError("undecodable-pixels") from error


def bare_stream(coded: bytes, coding: Coding) -> bytes:
    """The code stream as its standard wants it: without the JP2 boxes, and with the band, that some writers left (out)."""
    if coding is Coding.JPEG:
        return _with_band(coded)
    if coding is not Coding.JPEG_2000 or not coded.startswith(_JP2):
        return coded
    at = 0
    while at + 8 <= len(coded):
        length, kind = struct.unpack_from(">I4s", coded, at)
        if kind == b"jp2c":
            return coded[at + 8 : at + length if length else None]
        if length < 8:  # the long form (1) and "to the end" (0) have no place before the code stream of one slice
            break
        at += length
    raise PixelError("undecodable-pixels")


def _with_band(coded: bytes) -> bytes:
    """A sequential DCT scan holds all 64 coefficients (T.81, table B.3); writers of the nineties left the last one's number 0."""
    try:
        segments = list(jpeg_segments(coded))
    except (IndexError, ValueError):
        return coded
    *_, (_, end, scan) = segments
    if {marker for marker, _, _ in segments} & set(_SOF_LOSSY) and scan[-3:-1] == b"\0\0":
        return coded[: end - 2] + b"\x3f" + coded[end - 1 :]
    return coded


def has_end(coded: bytes, coding: Coding) -> bool:
    """The stream's end mark (EOI, EOC) stands at its end; an even length and careless writers put some bytes behind it."""
    return coding is Coding.RLE or _END_MARK in coded.rstrip(b"\0")[-_END_BYTES:]


def rle_segments(coded: bytes) -> list[int]:
    """The lengths of the RLE segments in bytes. Raises PixelError where their table is none."""
    if len(coded) < _RLE_HEADER.size:
        raise PixelError("truncated-pixels")
    count, *offsets = _RLE_HEADER.unpack_from(coded)
    if not 1 <= count <= len(offsets) or offsets[0] != _RLE_HEADER.size:
        raise PixelError("undecodable-pixels")
    lengths = [end - start for start, end in pairwise([*offsets[:count], len(coded)])]
    if min(lengths) < 0:
        raise PixelError("undecodable-pixels")
    return lengths


def jpeg_segments(coded: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Marker, place behind the segment and its content, from the picture's start to the first scan's header inclusive."""
    if coded[:2] != bytes([0xFF, _SOI]):
        raise ValueError("no start of image")
    at = 2
    while True:
        if coded[at] != 0xFF:
            raise ValueError("no marker")
        while coded[at] == 0xFF:  # any number of fill bytes may stand before a marker (T.81, B.1.1.2)
            at += 1
        marker, length = coded[at], int.from_bytes(coded[at + 1 : at + 3], "big")
        if length < 2 or at + 1 + length > len(coded):
            raise ValueError("segment beyond the end")
        yield marker, at + 1 + length, coded[at + 3 : at + 1 + length]
        if marker == _SOS:
            return
        at += 1 + length


def _jpeg(coded: bytes) -> StreamFacts:
    frame: tuple[int, ...] = ()
    sof = scan_last = near = 0
    for marker, _, body in jpeg_segments(coded):
        if marker in (_SOF_LOSSLESS, _SOF_LS, *_SOF_LOSSY) and not sof:
            sof, frame = marker, struct.unpack_from(">BHHB", body)
        elif marker in _SOFS:
            raise ValueError("two frames, or a kind of JPEG that DICOM has not")
        elif marker == _SOS:
            near, _, scan_last = body[-3:]
    bits, rows, columns, components = frame
    # lossless JPEG drops as many low bits as its point transform says (T.81, H.1.2.1); JPEG-LS is off by NEAR at most
    dropped = scan_last & 15
    exact = {_SOF_LOSSLESS: not dropped, _SOF_LS: near == 0 and not dropped}
    return StreamFacts(rows, columns, components, bits, lossless=exact.get(sof, False), sof=sof)


def _rle(coded: bytes) -> StreamFacts:
    """RLE states only how many bytes a pixel has: a segment each."""
    return StreamFacts(0, 0, 1, 8 * len(rle_segments(coded)), lossless=True)


def _jpeg_2000(coded: bytes) -> StreamFacts:
    if struct.unpack_from(">HH", coded) != (0xFF4F, _SIZ):
        raise ValueError("no JPEG 2000 code stream")
    xsiz, ysiz, x0, y0 = struct.unpack_from(">4I", coded, 8)
    components, depth, dx, dy = struct.unpack_from(">H3B", coded, 40)
    if (dx, dy) != (1, 1):
        raise ValueError("a component that is not sampled at every pixel")
    return StreamFacts(
        rows=ysiz - y0,
        columns=xsiz - x0,
        components=components,
        bits=(depth & 0x7F) + 1,
        signed=depth >= 0x80,
        lossless=None if _reversible(coded) else False,
    )


def _reversible(coded: bytes) -> bool:
    """The main header asks for the reversible wavelet and no quantization, in every component."""
    at = 2
    found: list[bool] = []
    while True:
        marker, length = struct.unpack_from(">HH", coded, at)
        if marker == _SOT:
            return bool(found) and all(found)
        body = coded[at + 4 : at + 2 + length]
        if marker == _COD:
            found.append(body[9] == _REVERSIBLE_WAVELET)
        elif marker == _COC:
            found.append(body[6] == _REVERSIBLE_WAVELET)
        elif marker in (_QCD, _QCC):
            found.append(body[marker == _QCC] & 0x1F == 0)
        at += 2 + max(length, 2)


_READERS: dict[Coding, Callable[[bytes], StreamFacts]] = {
    Coding.RLE: _rle,
    Coding.JPEG: _jpeg,
    Coding.JPEG_LS: _jpeg,
    Coding.JPEG_2000: _jpeg_2000,
}
