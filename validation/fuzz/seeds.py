"""Small scans of every kind that intake may meet, as units: what the fuzzer starts from."""

from __future__ import annotations

import gc
import gzip
import io
import struct
import warnings
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from pydicom import uid
from pydicom.dataset import Dataset, FileDataset
from pydicom.fileset import FileSet
from pydicom.sequence import Sequence as Items

from validation.fuzz.surface_seeds import surface_seeds
from validation.fuzz.unit import joined
from validation.odd import coding_cases as coding
from validation.odd.enhanced import LEGACY_CT, enhanced
from validation.odd.layout import Layout, layout, tilted
from validation.odd.odd import Change, each
from validation.odd.value_cases import with_lut, with_overlays
from validation.odd.writer import Stored, slices, write

# Two slices of 34 x 33 pixels: as small as the encoder of JPEG 2000 takes.
AT = layout(count=2, step_mm=4.0, size=(34, 33), pixel_mm=(1.3, 1.3))
TILTED = tilted(15.0, about="x", count=2, step_mm=4.0)
UNSIGNED, SIGNED = Stored(bits=12), Stored(signed=True)
CHARACTER_SETS = {
    "latin1": ("ISO_IR 100", "M\u00fcller^J\u00fcrgen"),
    "cyrillic": ("ISO_IR 144", "\u041b\u044e\u043ace"),
    "utf8": ("ISO_IR 192", "\u738b^\u5c0f\u6771"),
    "gb18030": ("GB18030", "\u738b^\u5c0f\u4e1c"),
    "japanese": (["", "ISO 2022 IR 87"], "Yamada^Tarou=\u5c71\u7530^\u592a\u90ce"),
    "korean": (["", "ISO 2022 IR 149"], "Hong^Gildong=\u6d2a^\u5409\u6d1e"),
}


def seeds() -> dict[str, bytes]:
    """Units by name."""
    made = {name: unit() for name, unit in {**_slices(), **_objects(), **_others()}.items()}
    return {name: unit for name, unit in {**made, **surface_seeds()}.items() if unit}


def _written(series: Sequence[FileDataset]) -> list[bytes]:
    with TemporaryDirectory(prefix="anatofit-seed-") as name:
        write(series, Path(name))
        return [p.read_bytes() for p in sorted(Path(name).iterdir())]


def _series(*changes: Change, stored: Stored = SIGNED, at: Layout = AT) -> bytes:
    series = slices(_small(at), stored)
    for change in changes:
        change(series)
    return joined(_written(series))


def _small(at: Layout) -> Layout:
    return Layout(at.row, at.column, at.first, min(at.rows, 34), min(at.columns, 33), at.row_mm, at.column_mm)


def _slices() -> dict[str, Callable[[], bytes]]:
    """Series of single slices: codings, values, tags."""
    out: dict[str, Callable[[], bytes]] = {}
    for name, syntax in coding.PLAIN.items():
        out[f"{name}-signed"] = partial(_series, coding.in_syntax(syntax))
        out[f"{name}-unsigned"] = partial(_series, coding.in_syntax(syntax), stored=UNSIGNED)
    for name, syntax in coding.ENCODED.items():
        out[f"{name}-signed"] = partial(_series, coding.encoded(syntax))
        out[f"{name}-unsigned"] = partial(_series, coding.encoded(syntax), stored=UNSIGNED)
    for syntax in (uid.JPEGLossless, uid.JPEGLosslessSV1):
        out[f"jpeg-{syntax.rsplit('.')[-1]}"] = partial(_series, coding.as_jpeg_lossless(syntax), stored=UNSIGNED)
    out["jpeg-2000-lossy"] = partial(_series, coding.encoded(uid.JPEG2000, j2k_cr=[20]), stored=UNSIGNED)
    out["jpeg-ls-near"] = partial(_series, coding.encoded(uid.JPEGLSNearLossless, jls_error=2), stored=UNSIGNED)
    for name, (declared, patient) in CHARACTER_SETS.items():
        out[f"charset-{name}"] = partial(
            _series, each(SpecificCharacterSet=declared, PatientName=patient, SeriesDescription="Kopf")
        )
    out["plain"] = _series
    out["one-slice"] = partial(_series, lambda s: s.__delitem__(slice(1, None)))
    out["tilted"] = partial(_series, each(GantryDetectorTilt="15"), at=TILTED)
    out["padded"] = partial(_series, each(PixelPaddingValue=-2000, PixelPaddingRangeLimit=-1900))
    table = with_lut(np.arange(4096) - 1024)
    out["lut"] = partial(_series, table, stored=UNSIGNED)
    out["lut-signed"] = partial(
        _series, with_lut(np.arange(4096) - 1024, first=-1024), stored=Stored(intercept=0, signed=True)
    )
    out["lut-padded"] = partial(_series, table, each(PixelPaddingValue=0, PixelPaddingRangeLimit=30), stored=UNSIGNED)
    for name, syntax in coding.PLAIN.items():
        words = (np.arange(4096) - 1024).astype("<i2")
        swapped = with_lut(words.byteswap() if syntax == uid.ExplicitVRBigEndian else words)
        out[f"lut-{name}"] = partial(_series, swapped, coding.in_syntax(syntax), stored=UNSIGNED)
    out["lut-rle"] = partial(_series, table, coding.encoded(uid.RLELossless), stored=UNSIGNED)
    out["upper-bits"] = partial(_series, stored=Stored(bits=12, high=15, garbage=True))
    out["overlays-in-the-words"] = partial(_series, with_overlays, stored=Stored(bits=12, garbage=True))
    out["overlays-coded-with-the-words"] = partial(
        _series, with_overlays, coding.encoded(uid.RLELossless), stored=Stored(bits=12, garbage=True)
    )
    out["fractions"] = partial(_series, stored=Stored(slope=0.5, intercept=-1024.5))
    out["private-and-nested"] = partial(_series, _nested)
    out["overlay-and-icon"] = partial(_series, _overlay)
    out["burned-in"] = partial(
        _series, each(BurnedInAnnotation="YES", ContrastBolusAgent="X", LossyImageCompression="00")
    )
    out["localizer"] = partial(_series, each(ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]))
    out["mr"] = partial(_series, each(SOPClassUID="1.2.840.10008.5.1.4.1.1.4", Modality="MR"))
    out["two-series"] = lambda: joined(_written([*slices(AT, SIGNED), *slices(AT, UNSIGNED, uid="1.2.826.0.1.7.2")]))
    return out


def _nested(series: list[FileDataset]) -> None:
    for ds in series:
        item = Dataset()
        item.StudyDescription = "inner"
        item.ReferencedImageSequence = Items([Dataset(), Dataset()])
        ds.RequestAttributesSequence = Items([item])
        ds["RequestAttributesSequence"].is_undefined_length = True
        ds.private_block(0x0009, "ODD", create=True).add_new(0x01, "LO", "private")


def _overlay(series: list[FileDataset]) -> None:
    for ds in series:
        ds.add_new(0x60000010, "US", ds.Rows)
        ds.add_new(0x60000011, "US", ds.Columns)
        ds.add_new(0x60003000, "OW", bytes((ds.Rows * ds.Columns // 8 + 2) // 2 * 2))
        ds.add_new(0x7FE00001, "OV", b"")


def _objects() -> dict[str, Callable[[], bytes]]:
    """Multi-frame objects and objects without slices."""

    def one(make: Callable[[], FileDataset], *changes: Change) -> bytes:
        ds = make()
        for change in changes:
            change([ds])
        return joined(_written([ds]))

    plain, unsigned = partial(enhanced, AT, SIGNED), partial(enhanced, AT, UNSIGNED)
    return {
        "enhanced": partial(one, plain),
        "enhanced-per-frame": partial(one, partial(enhanced, AT, SIGNED, per_frame=True)),
        "enhanced-own-rescale": partial(one, partial(enhanced, AT, [Stored(slope=1 + k) for k in range(2)])),
        "enhanced-legacy": partial(one, partial(enhanced, AT, SIGNED, sop_class=LEGACY_CT)),
        "enhanced-stacks": partial(one, partial(enhanced, AT, SIGNED, stacks=["1", "2"])),
        "enhanced-big-endian": partial(one, plain, coding._big),
        "enhanced-implicit": partial(one, plain, coding.in_syntax(uid.ImplicitVRLittleEndian)),
        "enhanced-deflated": partial(one, plain, coding.in_syntax(uid.DeflatedExplicitVRLittleEndian)),
        "enhanced-rle": partial(one, unsigned, coding.encoded(uid.RLELossless)),
        "enhanced-jpeg-2000": partial(one, unsigned, coding.encoded(uid.JPEG2000Lossless)),
        "enhanced-jpeg-ls": partial(one, unsigned, coding.encoded(uid.JPEGLSLossless)),
        "structure-set": partial(one, partial(_without_image, "1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT")),
        "report": partial(one, partial(_without_image, "1.2.840.10008.5.1.4.1.1.88.33", "SR")),
    }


def _without_image(sop_class: str, modality: str) -> FileDataset:
    ds = slices(AT)[0]
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = sop_class
    ds.Modality = modality
    del ds.PixelData, ds.Rows, ds.Columns
    return ds


def _others() -> dict[str, Callable[[], bytes]]:
    """Files that are something else, or DICOM in other clothes."""
    plain = _written(slices(AT, SIGNED))
    return {
        "bare": lambda: joined([_bare(data) for data in plain]),
        "executable": lambda: joined([b"MZ" + bytes(126) + plain[0][128:], *plain[1:]]),
        "trailing": lambda: joined([data + b"\xfc\xff\xfc\xffOB\0\0\x08\0\0\0" + bytes(8) for data in plain]),
        "text": lambda: joined([b"no scan here\n", b"", b"\0" * 128 + b"DICM"]),
        "zip": lambda: joined([_zipped(plain)]),
        "dicomdir": _dicomdir,
        "nifti": lambda: joined([_nifti()]),
        "nifti-gz": lambda: joined([gzip.compress(_nifti(), mtime=0)]),
        "nifti-2": lambda: joined([_nifti_2()]),
        "nrrd": lambda: joined([_nrrd()]),
        "nrrd-gzip": lambda: joined([_nrrd("gzip")]),
        "nrrd-ascii": lambda: joined([_nrrd("ascii")]),
    }


def _nifti() -> bytes:
    """8 x 7 x 6 voxels of 2 mm with an sform (NIfTI-1)."""
    head = bytearray(352)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<8h", head, 40, 3, 8, 7, 6, 1, 1, 1, 1)
    struct.pack_into("<2h", head, 70, 4, 16)
    struct.pack_into("<8f", head, 76, 1, 2, 2, 2, 0, 0, 0, 0)
    struct.pack_into("<3f", head, 108, 352, 1, 0)
    head[123] = 2  # millimetres
    struct.pack_into("<2h", head, 252, 0, 1)
    struct.pack_into("<12f", head, 280, -2, 0, 0, 5, 0, -2, 0, 6, 0, 0, 2, 7)
    head[344:348] = b"n+1\0"
    return bytes(head) + struct.pack("<336h", *range(-1000, 1016, 6))


def _nifti_2() -> bytes:
    """The same as NIfTI-2, packed, decimal numbers with a slope, placed by a qform."""
    head = bytearray(544)
    struct.pack_into("<i8s2h8q", head, 0, 540, b"n+2\0\r\n\x1a\n", 16, 32, 3, 8, 7, 6, 1, 1, 1, 1)
    struct.pack_into("<8dq2d", head, 104, 1, 2, 2, 2, 0, 0, 0, 0, 544, 0.5, -1000)
    struct.pack_into("<2i6d", head, 344, 1, 0, 0, 0, 0, 5, 6, 7)
    struct.pack_into("<i", head, 500, 2)
    return gzip.compress(bytes(head) + struct.pack("<336f", *range(0, 3360, 10)), mtime=0)


def _nrrd(encoding: str = "raw") -> bytes:
    head = (
        "NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 8 7 6\nspace directions: (2,0,0) (0,2,0) (0,0,2)\n"
        "kinds: domain domain domain\nendian: little\nencoding: ENCODING\nspace origin: (1,2,3)\n\n"
    )
    values = struct.pack("<336h", *range(-1000, 1016, 6))
    coded = {
        "raw": values,
        "gzip": gzip.compress(values, mtime=0),
        "ascii": " ".join(map(str, range(-1000, 1016, 6))).encode(),
    }
    return head.replace("ENCODING", encoding).encode() + coded[encoding]


def _bare(data: bytes) -> bytes:
    """Without preamble and mark, the file meta kept."""
    return data[132:]


def _zipped(files: Sequence[bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for n, data in enumerate(files):
            archive.writestr(f"scan/{n}", data)
    return out.getvalue()


def _dicomdir() -> bytes:
    """A medium's index beside the slices, flat: the fuzzer's folder has no folders."""
    with TemporaryDirectory(prefix="anatofit-seed-") as name, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # a file set leaves its own folder to the collector
        medium = FileSet()
        for ds in slices(AT, SIGNED):
            ds.StudyID, ds.StudyTime, ds.AccessionNumber = "1", "101010", ""
            medium.add(ds)
        medium.write(Path(name), use_existing=False)
        del medium
        gc.collect()
        return joined([p.read_bytes() for p in sorted(Path(name).rglob("*")) if p.is_file()])
