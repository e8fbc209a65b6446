"""The smallest encoder of JPEG lossless (ITU-T T.81, annex H, first-order prediction): no library here has one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

CATEGORIES = 17  # differences of 0 to 16 bits, each with a code of five bits: its own number


def encode(image: NDArray[np.uint16], *, bits: int) -> bytes:
    """One grey image as a JPEG lossless stream, selection value 1."""
    rows, columns = image.shape
    frame = bytes([bits]) + rows.to_bytes(2, "big") + columns.to_bytes(2, "big") + b"\x01\x01\x11\x00"
    table = b"\x00" + bytes([0, 0, 0, 0, CATEGORIES] + [0] * 11) + bytes(range(CATEGORIES))
    scan = b"\x01\x01\x00\x01\x00\x00"
    head = b"\xff\xd8" + _segment(0xC3, frame) + _segment(0xC4, table) + _segment(0xDA, scan)
    return head + _packed(_differences(image, bits=bits)) + b"\xff\xd9"


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def _differences(image: NDArray[np.uint16], *, bits: int) -> list[int]:
    """Each pixel less its left neighbour; a row's first less the one above; the very first less half the range."""
    out: list[int] = []
    above = 1 << (bits - 1)
    for row in image.astype(int).tolist():
        out.append(row[0] - above)
        out += [b - a for a, b in pairwise(row)]
        above = row[0]
    return out


def _packed(differences: list[int]) -> bytes:
    codes = []
    for value in differences:
        size = abs(value).bit_length()
        codes.append(f"{size:05b}")
        if 0 < size < 16:
            codes.append(f"{value if value > 0 else value + (1 << size) - 1:0{size}b}")
    stream = "".join(codes)
    stream += "1" * (-len(stream) % 8)
    return int(stream, 2).to_bytes(len(stream) // 8, "big").replace(b"\xff", b"\xff\x00")
