"""Whether a JPEG scan really held the picture that was decoded from it: the decoder fills what is missing without a word.

libjpeg reads zeros behind the end of a scan and reports success: of a lossless picture cut to half its bytes it returned
half the pixels made up. So the bits that the decoded picture needs are counted and compared with those that were there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.pixel.codestream import jpeg_segments
from anatofit.ingest.pixel.fault import PixelError

_DHT, _DRI, _SOS = 0xC4, 0xDD, 0xDA
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_END = re.compile(rb"\xff+[\x01-\xcf\xd8-\xfe]")  # any marker but a restart ends the scan; FF 00 is a stuffed FF
_NO_CODE = 1 << 20  # bits of a category that the table has not: more than any scan has
# Differences are modulo 2^16, so there are 17 categories (T.81, H.1.2.2); the last, 32768, has no further bits.
_CATEGORIES = 17


@dataclass(frozen=True)
class _Scan:
    """A lossless scan's one table (bits of code and of value by category), its predictor and its intervals.

    bits_of: bits of a difference by category. interval_rows: rows between restarts, 0: none. begin: where the entropy
    coded bytes begin.
    """

    bits_of: NDArray[np.int32]
    predictor: int
    dropped: int
    interval_rows: int
    begin: int


def scan_is_whole(coded: bytes, words: NDArray[Any], *, bits: int) -> bool:
    """Whether the scan of a lossless JPEG has the bits that `words` (rows, columns) need (T.81, annex H).

    Raises PixelError where the tables are none.
    """
    try:
        scan = _read_scan(coded, columns=words.shape[1])
        _PREDICTORS[scan.predictor]
    except (LookupError, ValueError) as error:
        raise PixelError("undecodable-pixels") from error
    pieces = _intervals(coded, begin=scan.begin)
    step = scan.interval_rows or len(words)
    rows = [words[n : n + step] for n in range(0, len(words), step)]
    if len(pieces) != len(rows):
        return False
    return all(_bits_needed(part, scan, bits=bits) <= 8 * size for part, size in zip(rows, pieces, strict=True))


def with_surplus(coded: bytes) -> bytes:
    """The JPEG with alternating bits put in front of each marker of its scan: a picture that is whole does not change by it."""
    begin = next(place for marker, place, _ in jpeg_segments(coded) if marker == _SOS)
    end = _scan_end(coded, begin=begin)
    surplus = bytes([0x5A, 0xA5, 0x33, 0xCC]) * 16
    body = _RESTART.sub(lambda found: surplus + found[0], coded[begin:end])
    return coded[:begin] + body + surplus + coded[end:]


def _read_scan(coded: bytes, *, columns: int) -> _Scan:
    tables: dict[int, NDArray[np.int32]] = {}
    interval = 0
    for marker, place, body in jpeg_segments(coded):
        if marker == _DHT:
            tables.update(_tables(body))
        elif marker == _DRI:
            interval = int.from_bytes(body[:2], "big")
        elif marker == _SOS:
            if interval % columns:  # a restart lies at the end of a row (T.81, H.1.1)
                raise ValueError("restarts within a row")
            return _Scan(tables[body[2] >> 4], body[3], body[5] & 15, interval // columns, place)
    raise ValueError("no scan")


def _tables(body: bytes) -> dict[int, NDArray[np.int32]]:
    """Bits of code and value by category, for each table of a DHT segment (T.81, B.2.4.2)."""
    found = {}
    while body:
        counts, symbols = body[1:17], body[17 : 17 + sum(body[1:17])]
        lengths = np.repeat(np.arange(1, 17), list(counts))
        bits = np.full(_CATEGORIES, _NO_CODE, dtype=np.int32)
        for symbol, length in zip(symbols, lengths, strict=True):
            bits[symbol] = length + (symbol if symbol < _CATEGORIES - 1 else 0)
        found[body[0] & 15] = bits
        body = body[17 + len(symbols) :]
    return found


def _intervals(coded: bytes, *, begin: int) -> list[int]:
    """Bytes between the restart markers, stuffed zeros not counted."""
    body = coded[begin : _scan_end(coded, begin=begin)]
    places = [(m.start(), m.end()) for m in _RESTART.finditer(body)]
    edges = pairwise([(0, 0), *places, (len(body), len(body))])
    return [after - before - body.count(b"\xff\x00", before, after) for (_, before), (after, _) in edges]


def _scan_end(coded: bytes, *, begin: int) -> int:
    end = _END.search(coded, begin)
    if end is None:
        raise PixelError("truncated-pixels")
    return end.start()


def _bits_needed(words: NDArray[Any], scan: _Scan, *, bits: int) -> int:
    """Code and value bits of every difference from the prediction, modulo 2^16 (T.81, H.1.2.1)."""
    wide = np.int32 if scan.predictor > _LAST_MODULAR else np.uint16  # halving needs the numbers' own sign
    values = (words.astype(np.uint16, copy=False) >> scan.dropped).astype(wide, copy=False)
    difference = values - _predicted(values, scan.predictor, half=1 << (bits - scan.dropped - 1))
    return int(scan.bits_of[_CATEGORY].take(difference.astype(np.uint16, copy=False)).sum(dtype=np.int64))


def _predicted(values: NDArray[Any], predictor: int, *, half: int) -> NDArray[Any]:
    """Each pixel's prediction (T.81, table H.1): the first row from the left, the first column from above."""
    out = np.empty_like(values)
    out[0, 0] = half
    out[0, 1:] = values[0, :-1]
    out[1:, 0] = values[:-1, 0]
    left, above, corner = values[1:, :-1], values[:-1, 1:], values[:-1, :-1]
    out[1:, 1:] = _PREDICTORS[predictor](left, above, corner)
    return out


_PREDICTORS: dict[int, Callable[[Any, Any, Any], Any]] = {
    1: lambda left, above, corner: left,
    2: lambda left, above, corner: above,
    3: lambda left, above, corner: corner,
    4: lambda left, above, corner: left + above - corner,
    5: lambda left, above, corner: left + ((above - corner) >> 1),
    6: lambda left, above, corner: above + ((left - corner) >> 1),
    7: lambda left, above, corner: (left + above) >> 1,
}
_LAST_MODULAR = 4  # up to this predictor 16 bits suffice


def _categories() -> NDArray[np.intp]:
    """The category of each difference modulo 2^16: the bits of its size."""
    size = np.abs(np.arange(1 << 16).astype(np.uint16).view(np.int16).astype(np.int64))
    category: NDArray[np.intp] = np.ceil(np.log2(size + 1)).astype(np.intp)
    return category


_CATEGORY = _categories()
