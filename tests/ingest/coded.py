"""One slice in any coding, as the bytes of a file and the header that intake reads of it."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

import jpeg_ls
import numpy as np
import rle
from numpy.typing import NDArray
from openjpeg.utils import encode_buffer
from pydicom import dcmwrite
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, encapsulate_extended

from anatofit.ingest.door.guard import judge
from anatofit.ingest.header.headers import KEYWORDS, read_header
from anatofit.ingest.header.instance import Instance
from tests.ingest import jpeg_lossless
from tests.ingest.dicom_writer import one_slice

PLAIN = "1.2.840.10008.1.2.1"
RLE = "1.2.840.10008.1.2.5"
JPEG_BASELINE, JPEG_EXTENDED = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"
JPEG_14, JPEG_SV1 = "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"
JPEG_LS, JPEG_LS_NEAR = "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"
J2K, J2K_LOSSY = "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"
HTJ2K, HTJ2K_RPCL, HTJ2K_LOSSY = "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203"
LOSSLESS = (RLE, JPEG_14, JPEG_SV1, JPEG_LS, J2K)  # those that can be encoded here


def picture(*, bits: int, signed: bool = False, rows: int = 41, columns: int = 37, seed: int = 0) -> NDArray[np.int64]:
    """`(rows, columns)` numbers with edges, ramps and noise that use all `bits`."""
    rng = np.random.default_rng(seed)
    j, i = np.mgrid[:rows, :columns]
    top = (1 << bits) - 1
    values = (i * top // columns // 2 + rng.integers(0, 1 + top // 50, i.shape) + (top // 2) * (j > rows // 2)) % (
        top + 1
    )
    values[0, :2] = 0, top
    return values - (1 << (bits - 1)) * signed


def words(values: NDArray[Any], *, allocated: int) -> NDArray[Any]:
    """The numbers as unsigned words of so many bits, two's complement."""
    return (values & ((1 << allocated) - 1)).astype(f"<u{allocated // 8}")


def encode(values: NDArray[Any], syntax: str, *, bits: int, allocated: int, signed: bool = False) -> bytes:
    """The numbers as one code stream."""
    rows, columns = values.shape
    raw = words(values, allocated=allocated).tobytes()
    if syntax == RLE:
        return bytes(rle.rle.encode_frame(raw, rows, columns, 1, allocated, "<"))
    small = words(values & ((1 << bits) - 1), allocated=8 if bits <= 8 else 16)
    if syntax in (JPEG_14, JPEG_SV1):
        return jpeg_lossless.encode(small.astype(np.uint16), bits=bits)
    if syntax in (JPEG_LS, JPEG_LS_NEAR):
        return bytes(jpeg_ls.encode_buffer(small.tobytes(), rows, columns, 1, bits, 2 if syntax == JPEG_LS_NEAR else 0))
    if syntax in (J2K, J2K_LOSSY):
        number = words(values, allocated=8 if bits <= 8 else 16)
        ratio = {"compression_ratios": [4.0]} if syntax == J2K_LOSSY else {}
        return bytes(
            encode_buffer(number.tobytes(), columns, rows, 1, bits, signed, photometric_interpretation=2, **ratio)
        )
    raise ValueError(syntax)


def split(coded: bytes, parts: int) -> list[bytes]:
    """A code stream in so many fragments of even length."""
    size = -(-len(coded) // parts // 2) * 2
    return [coded[n : n + size] for n in range(0, len(coded), size)]


def a_slice(*, rows: int, columns: int, bits: int, allocated: int, signed: bool) -> FileDataset:
    """A CT slice without pixels."""
    ds = one_slice(
        np.zeros((rows, columns)), position=np.zeros(3), orientation=[1, 0, 0, 0, 1, 0], number=0, uid="1.2.3.4"
    )
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = allocated, bits, bits - 1, int(signed)
    return ds


def plain(
    values: NDArray[Any], *, bits: int, allocated: int, signed: bool = False, **tags: Any
) -> tuple[bytes, Instance]:
    """The slice uncompressed."""
    ds = a_slice(rows=values.shape[0], columns=values.shape[1], bits=bits, allocated=allocated, signed=signed)
    ds.PixelData = words(values, allocated=allocated).tobytes()
    return as_file(ds, **tags)


def coded_file(
    frames: list[list[bytes]], syntax: str, *, shape: tuple[int, ...], bits: int, allocated: int, signed: bool = False,
    table: str = "basic", **tags: Any,
) -> tuple[bytes, Instance]:  # fmt: skip
    """A file of pictures, each in its fragments. table: "basic", "extended" or "" for none."""
    ds = a_slice(rows=shape[0], columns=shape[1], bits=bits, allocated=allocated, signed=signed)
    ds.file_meta.TransferSyntaxUID = syntax
    if table == "extended":
        whole = [b"".join(parts) + b"\0" * (sum(map(len, parts)) % 2) for parts in frames]
        ds.PixelData, ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = encapsulate_extended(whole)
    else:
        ds.PixelData = _items(frames, table=bool(table))
    ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
    if len(frames) > 1:
        ds.NumberOfFrames = len(frames)
    return as_file(ds, **tags)


def _items(frames: list[list[bytes]], *, table: bool) -> bytes:
    """Items as PS3.5, A.4 lays them out; pydicom's own writer splits pictures only evenly."""
    if len(frames) == 1 and len(frames[0]) == 1 and not table:
        return encapsulate(frames[0], has_bot=False)
    offsets, items, at = [], [], 0
    for parts in frames:
        offsets.append(at)
        for part in parts:
            even = part + b"\0" * (len(part) % 2)
            items.append(b"\xfe\xff\x00\xe0" + len(even).to_bytes(4, "little") + even)
            at += len(items[-1])
    bot = b"".join(offset.to_bytes(4, "little") for offset in offsets) if table else b""
    return b"\xfe\xff\x00\xe0" + len(bot).to_bytes(4, "little") + bot + b"".join(items)


def as_file(ds: FileDataset, **tags: Any) -> tuple[bytes, Instance]:
    """The file's bytes, with tags set last, and its header."""
    for keyword, value in tags.items():
        setattr(ds, keyword, value)
    stream = io.BytesIO()
    dcmwrite(stream, ds, enforce_file_format=True)
    return stream.getvalue(), header_of(stream.getvalue())


def header_of(data: bytes) -> Instance:
    """The header as intake reads it. Raises FileError where the door refuses the file."""
    with tempfile.TemporaryFile() as stream:
        stream.write(data)
        stream.flush()
        judged = judge(stream.fileno(), path=Path("slice"), keywords=KEYWORDS)
        assert judged is not None
        return read_header(judged, path=Path("slice"), file_bytes=len(data))[0]
