"""The header of a NIfTI-1 or NIfTI-2 file (nifti1.h and nifti2.h, nifti.nimh.nih.gov) as plain numbers, RAS turned to LPS."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from anatofit.ingest.research.gridfile import GridFile
from anatofit.ingest.research.stops import stop
from anatofit.ingest.research.streams import HashedFile, Inflated, read_exactly
from anatofit.model.frame import FloatArray

# Offsets and formats of the fields that are read, by the size that the header states of itself.
_FIELDS: Mapping[int, Mapping[str, tuple[int, str]]] = {
    348: {
        "dim": (40, "8h"), "datatype": (70, "h"), "bitpix": (72, "h"), "pixdim": (76, "8f"), "offset": (108, "f"),
        "scale": (112, "2f"), "units": (123, "B"), "codes": (252, "2h"), "quatern": (256, "3f"), "shift": (268, "3f"),
        "rows": (280, "12f"), "magic": (344, "4s"),
    },
    540: {
        "magic": (4, "8s"), "datatype": (12, "h"), "bitpix": (14, "h"), "dim": (16, "8q"), "pixdim": (104, "8d"),
        "offset": (168, "q"), "scale": (176, "2d"), "codes": (344, "2i"), "quatern": (352, "3d"), "shift": (376, "3d"),
        "rows": (400, "12d"), "units": (500, "i"),
    },
}  # fmt: skip
_MAGIC = {348: b"n+1\0", 540: b"n+2\0\r\n\x1a\n"}
_PAIR = (b"ni1\0", b"ni2\0\r\n\x1a\n")
# What a CT or a label map can be stored as, by NIfTI's code; all others are complex, coloured or wider than a double.
_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
_REFUSED = {
    1: "single bits",
    32: "complex",
    1792: "complex",
    2048: "complex",
    128: "RGB",
    2304: "RGBA",
    1536: "128-bit",
}
# Bits 0 to 2 of xyzt_units: unknown, metre, millimetre, micron.
_UNITS = {0: ("none", 1.0), 1: ("metres", 1000.0), 2: ("millimetres", 1.0), 3: ("microns", 0.001)}
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
# The same corner placed by both forms: a tenth of the finest voxel of a head CT.
FORMS_MM = 0.05
SMALLEST_PART = 1e-7
MOST_OFFSET = 1 << 24  # extensions before the values


def read_nifti(path: Path) -> GridFile:
    """The header. Raises ScanUnsuitableError, OSError, EOFError, zlib.error or ValueError."""
    raw, packed = _head_bytes(path)
    head = _Head.of(raw)
    shape, unit = head.shape(), head.unit()
    affine, notes = head.affine_ras(unit[1])
    if unit[0] == "none":
        notes.append("the file names no unit of length; millimetres were taken")
    elif unit[1] != 1.0:
        notes.append(f"lengths in {unit[0]} were turned to millimetres")
    slope, intercept = head.scale()
    return GridFile(
        form=f"NIfTI-{1 if head.size == 348 else 2}",
        path=path,
        data_path=None,
        shape_ijk=shape,
        dtype=head.dtype(),
        affine_lps_mm=RAS_TO_LPS @ affine,
        slope=slope,
        intercept=intercept,
        packed="whole" if packed else "",
        head_bytes=head.offset(),
        notes=tuple(notes),
    )


def _head_bytes(path: Path) -> tuple[bytes, bool]:
    file = HashedFile(path)
    with closing(file):
        start = file.read(2)
    packed = start == b"\x1f\x8b"
    file = HashedFile(path)
    try:
        return read_exactly(
            Inflated(file) if packed else file, 540 if file.file_bytes >= 540 or packed else 348
        ), packed
    except EOFError as error:
        raise stop("research-unreadable", "The file is no NIfTI file: it is too short for a header") from error
    finally:
        file.abandon()


@dataclass(frozen=True)
class _Head:
    size: int
    order: str
    raw: bytes

    @classmethod
    def of(cls, raw: bytes) -> _Head:
        for order in "<>":
            size = struct.unpack_from(order + "i", raw)[0]
            if size in _FIELDS:
                head = cls(size, order, raw)
                head._check_magic()
                return head
        raise stop("research-unreadable", "The file is no NIfTI file")

    def _check_magic(self) -> None:
        magic = self("magic")[0]
        if magic in _PAIR:
            raise stop("research-unreadable", "The header and the values lie in two files (.hdr and .img)")
        if magic != _MAGIC[self.size]:
            raise stop("research-unreadable", "The file is no NIfTI file (Analyze 7.5 has no orientation)")

    def __call__(self, name: str) -> Sequence[Any]:
        offset, kind = _FIELDS[self.size][name]
        return struct.unpack_from(self.order + kind, self.raw, offset)

    def shape(self) -> tuple[int, int, int]:
        count, *sizes = self("dim")
        if not 1 <= count <= 7 or min(sizes[:count]) < 1:
            raise stop("research-dimensions", "The header states no sizes that can be")
        further = math.prod(sizes[3:count])
        if count < 3 or further != 1:
            was = f"{count} dimensions" if count < 3 else f"{further} volumes"
            raise stop("research-dimensions", f"The file holds {was}, one volume of three dimensions is wanted")
        return sizes[0], sizes[1], sizes[2]

    def dtype(self) -> np.dtype[Any]:
        code, bits = self("datatype")[0], self("bitpix")[0]
        if code not in _TYPES:
            raise stop(
                "research-type",
                f"The values are {_REFUSED.get(code, 'of an unknown type')}, whole or decimal numbers are wanted",
            )
        dtype = np.dtype(self.order + _TYPES[code])
        if bits != 8 * dtype.itemsize:
            raise stop("research-type", f"The header states {bits} bits for values of {8 * dtype.itemsize}")
        return dtype

    def offset(self) -> int:
        value = float(self("offset")[0])
        if not self.size <= value <= MOST_OFFSET or value != int(value):
            raise stop("research-unreadable", "The header does not say where the values begin")
        return int(value)

    def unit(self) -> tuple[str, float]:
        code = self("units")[0] & 7
        if code not in _UNITS:
            raise stop("research-units", "The unit of length is none that NIfTI knows")
        return _UNITS[code]

    def scale(self) -> tuple[float, float]:
        """Slope and intercept; a slope of zero means none (nifti1.h)."""
        slope, intercept = (float(v) for v in self("scale"))
        if not math.isfinite(slope) or not math.isfinite(intercept):
            raise stop("research-values", "Slope and intercept are no finite numbers")
        if slope < 0.0:
            raise stop("rescale-negative", "The slope of the values is below zero, which turns air into bone")
        return (slope, intercept) if slope != 0.0 else (1.0, 0.0)

    def affine_ras(self, unit_mm: float) -> tuple[FloatArray, list[str]]:
        """`(4, 4)` from index to RAS mm, with what a reader should know. Raises where the two forms contradict each other."""
        qform, sform = (code > 0 for code in self("codes"))
        if not qform and not sform:
            raise stop("research-space", "The header bears neither an sform nor a qform")
        forms = [self._sform()] if sform else []
        forms += [self._qform()] if qform else []
        if len(forms) == 2:
            self._compare(*(unit_mm * f[:3] for f in forms))
        affine = forms[0].copy()
        affine[:3] *= unit_mm
        return affine, self._spacing_notes(forms[0]) if not qform else []

    def _spacing_notes(self, form: FloatArray) -> list[str]:
        stated, true = np.abs(np.array(self("pixdim")[1:4])), np.linalg.norm(form[:3, :3], axis=0)
        if np.allclose(stated, true, rtol=1e-3):
            return []
        return ["the spacing that the header states (pixdim) contradicts its orientation (sform), which was used"]

    def _sform(self) -> FloatArray:
        return np.vstack([np.array(self("rows"), dtype=np.float64).reshape(3, 4), [0.0, 0.0, 0.0, 1.0]])

    def _qform(self) -> FloatArray:
        """Rotation out of a quaternion with a positive first part; pixdim[0] < 0 mirrors the third axis (nifti1.h, method 2)."""
        b, c, d = (float(v) for v in self("quatern"))
        pixdim = np.array(self("pixdim"), dtype=np.float64)
        if not np.isfinite([b, c, d, *pixdim[1:4]]).all() or pixdim[1:4].min() <= 0.0:
            raise stop("research-space", "The qform holds no usable numbers")
        length = math.sqrt(b * b + c * c + d * d)
        if length > 1.001:
            raise stop("research-space", "The qform holds no rotation")
        rest = 1.0 - length * length
        # of single precision nothing is left of a first part this small (nifti1_io.c: half a turn, to the full length)
        b, c, d = (v / length if rest < SMALLEST_PART else v for v in (b, c, d))
        a = 0.0 if rest < SMALLEST_PART else math.sqrt(rest)
        rotation = np.array([
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ])  # fmt: skip
        steps = pixdim[1:4] * [1.0, 1.0, -1.0 if pixdim[0] < 0 else 1.0]
        affine = np.eye(4)
        affine[:3, :3], affine[:3, 3] = rotation * steps, self("shift")
        return affine

    def _compare(self, sform_mm: FloatArray, qform_mm: FloatArray) -> None:
        last = np.array(self.shape()) - 1
        corners = np.array([[i, j, k, 1.0] for i in (0, last[0]) for j in (0, last[1]) for k in (0, last[2])])
        with np.errstate(invalid="ignore", over="ignore"):
            apart = float(np.linalg.norm(corners @ (sform_mm - qform_mm).T, axis=1).max())
        if not apart <= FORMS_MM:
            mirrored = np.linalg.det(sform_mm[:, :3]) * np.linalg.det(qform_mm[:, :3]) < 0
            how = ", and one of them mirrors the patient" if mirrored else ""
            raise stop(
                "research-forms",
                f"qform and sform place a corner of the volume {apart:.2f} mm apart, at most {FORMS_MM:g} are allowed{how}",
            )
