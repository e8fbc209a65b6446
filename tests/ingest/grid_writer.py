"""Small writers of NIfTI and NRRD files, byte by byte, whose every field a test can spoil; nothing of the reader is used."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

NIFTI_CODES = {"u1": 2, "i2": 4, "i4": 8, "f4": 16, "f8": 64, "i1": 256, "u2": 512, "u4": 768, "i8": 1024, "u8": 1280}
NRRD_TYPES = {"u1": "uint8", "i2": "short", "i4": "int", "f4": "float", "f8": "double", "u2": "unsigned short"}
SHAPE_IJK = (16, 24, 20)
SPACING_MM = (0.75, 0.5, 1.25)


def phantom() -> NDArray[np.int16]:
    """`[k, j, i]` HU that no turn or mirroring maps onto itself, every value once in its surroundings."""
    i, j, k = np.meshgrid(*(np.arange(n) for n in SHAPE_IJK), indexing="ij")
    hu = (-1000 + 37 * i + 11 * j + 53 * k).astype(np.int16)
    hu[4:6, 2:7, 3:9] = 1900
    return np.ascontiguousarray(hu.transpose(2, 1, 0))


def write_nifti(path: Path, array_kji: NDArray[Any], affine_ras: NDArray[Any], **fields: Any) -> Path:
    """NIfTI-1 (`version=2`: NIfTI-2) with an sform; a `.gz` name packs it. fields: replaced values of the header."""
    two, order = fields.pop("version", 1) == 2, fields.pop("order", "<")
    tail, data = fields.pop("tail", b""), fields.pop("data", None)
    kind = array_kji.dtype.str[1:]
    spacing = np.linalg.norm(affine_ras[:3, :3], axis=0)
    shape = tuple(array_kji.shape[::-1])
    values: dict[str, Any] = {
        "dim": (3, *shape, 1, 1, 1, 1), "datatype": NIFTI_CODES.get(kind, 0), "bitpix": 8 * array_kji.dtype.itemsize,
        "pixdim": (1.0, *spacing, 1, 1, 1, 1), "offset": 544 if two else 352, "scale": (0.0, 0.0), "units": 2,
        "codes": (0, 1), "quatern": (0.0, 0.0, 0.0), "shift": (0.0, 0.0, 0.0), "rows": affine_ras[:3].ravel(),
        "magic": b"n+2\0\r\n\x1a\n" if two else b"n+1\0",
    } | fields  # fmt: skip
    head = bytearray(544 if two else 352)
    for name, (at, form) in _LAYOUT[two].items():
        value = values[name]
        struct.pack_into(order + form, head, at, *(value if isinstance(value, (tuple, list, np.ndarray)) else (value,)))
    struct.pack_into(order + "i", head, 0, 540 if two else 348)
    body = array_kji.astype(array_kji.dtype.newbyteorder(order)).tobytes() if data is None else data
    whole = bytes(head) + body + tail
    path.write_bytes(gzip.compress(whole, 6, mtime=0) if path.name.endswith(".gz") else whole)
    return path


_LAYOUT = {
    False: {"dim": (40, "8h"), "datatype": (70, "h"), "bitpix": (72, "h"), "pixdim": (76, "8f"), "offset": (108, "f"),
            "scale": (112, "2f"), "units": (123, "B"), "codes": (252, "2h"), "quatern": (256, "3f"), "shift": (268, "3f"),
            "rows": (280, "12f"), "magic": (344, "4s")},
    True: {"magic": (4, "8s"), "datatype": (12, "h"), "bitpix": (14, "h"), "dim": (16, "8q"), "pixdim": (104, "8d"),
           "offset": (168, "q"), "scale": (176, "2d"), "codes": (344, "2i"), "quatern": (352, "3d"), "shift": (376, "3d"),
           "rows": (400, "12d"), "units": (500, "i")},
}  # fmt: skip


def write_nrrd(path: Path, array_kji: NDArray[Any], affine: NDArray[Any], **fields: Any) -> Path:
    """An NRRD file in the space of `affine` (LPS unless told); `encoding` raw, gzip or ascii; a name `.nhdr` detaches the values."""
    encoding, extra = fields.pop("encoding", "raw"), fields.pop("extra", ())
    body = fields.pop("data", array_kji.astype(array_kji.dtype.newbyteorder("<")).tobytes())
    vectors = " ".join("(" + ",".join(repr(float(v)) for v in affine[:3, a]) + ")" for a in range(3))
    lines = {
        "type": NRRD_TYPES[array_kji.dtype.str[1:]], "dimension": "3", "space": "left-posterior-superior",
        "sizes": " ".join(map(str, array_kji.shape[::-1])), "space directions": vectors, "endian": "little",
        "encoding": encoding, "space units": '"mm" "mm" "mm"',
        "space origin": "(" + ",".join(repr(float(v)) for v in affine[:3, 3]) + ")",
    } | {k.replace("_", " "): v for k, v in fields.items()}  # fmt: skip
    if path.name.endswith(".nhdr"):
        lines.setdefault("data file", path.stem + ".raw")
    text = "NRRD0004\n# a comment\n" + "".join(f"{k}: {v}\n" for k, v in lines.items() if v is not None)
    text += "".join(f"{line}\n" for line in extra)
    if encoding == "ascii":
        body = " ".join(map(str, array_kji.ravel().tolist())).encode()
    packed = gzip.compress(body, mtime=0) if encoding in ("gzip", "gz") else body
    if path.name.endswith(".nhdr"):
        path.write_bytes(text.encode() + b"\n")
        (path.parent / (path.stem + ".raw")).write_bytes(packed)
    else:
        path.write_bytes(text.encode() + b"\n" + packed)
    return path
