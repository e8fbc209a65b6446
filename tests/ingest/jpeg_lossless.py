"""The smallest encoder of JPEG lossless (ITU-T T.81, annex H): no library here has one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CATEGORIES = 17  # differences of 0 to 16 bits, each with a code of five bits: its own number


def encode(
    image: NDArray[np.uint16], *, bits: int, predictor: int = 1, restart_rows: int = 0, dropped: int = 0
) -> bytes:
    """One grey image as a JPEG lossless stream. dropped: low bits that the point transform leaves out."""
    rows, columns = image.shape
    frame = bytes([bits]) + rows.to_bytes(2, "big") + columns.to_bytes(2, "big") + b"\x01\x01\x11\x00"
    table = b"\x00" + bytes([0, 0, 0, 0, CATEGORIES] + [0] * 11) + bytes(range(CATEGORIES))
    scan = bytes([1, 1, 0, predictor, 0, dropped])
    head = b"\xff\xd8" + _segment(0xC3, frame) + _segment(0xC4, table)
    if restart_rows:
        head += _segment(0xDD, (restart_rows * columns).to_bytes(2, "big"))
    head += _segment(0xDA, scan)
    step = restart_rows or rows
    parts = [image[n : n + step].astype(int) >> dropped for n in range(0, rows, step)]
    packed = [_packed(_differences(part, predictor, above=1 << (bits - dropped - 1))) for part in parts]
    marks = [bytes([0xFF, 0xD0 + n % 8]) for n in range(len(packed) - 1)] + [b"\xff\xd9"]
    return head + b"".join(p + m for p, m in zip(packed, marks, strict=True))


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def _differences(image: NDArray[np.int64], predictor: int, *, above: int) -> list[int]:
    """Each pixel less its prediction: the very first half the range, the first row from the left, the first column from above."""
    out: list[int] = []
    for j, row in enumerate(image.tolist()):
        for i, value in enumerate(row):
            a = row[i - 1] if i else 0
            b = int(image[j - 1, i]) if j else 0
            c = int(image[j - 1, i - 1]) if i and j else 0
            if j and i:
                guess = (a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1)[predictor - 1]
            else:
                guess = a if i else b if j else above
            out.append((value - guess + 32767) % 65536 - 32767)  # modulo 2^16: -32767 to 32768
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
