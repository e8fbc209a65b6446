"""Every file and series of the folders with odd DICOM: what intake says of it, and whether its voxels are those of other readers.

What is judged is `anatofit.ingest`; the references come from other code: SimpleITK's decoders (GDCM), pydicom's own for RLE,
libjpeg for JPEG-LS, and the twin of a file in a plainer form where the folder holds one. What must be refused
is told from each file by plain pydicom. Lossy forms are compared, too, and their difference is written down, not judged.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK
from numpy.typing import NDArray
from pydicom import config, dcmread
from pydicom.dataset import FileDataset

from anatofit.ingest.door.files import walk_files
from anatofit.ingest.header.headers import read_files
from anatofit.ingest.header.instance import Instance
from anatofit.ingest.pixel.coding import LOSSY
from anatofit.ingest.pixel.decode import decoder
from anatofit.ingest.pixel.fault import PixelError
from anatofit.ingest.pixel.pixels import Decode, raw_pixels
from anatofit.ingest.pixel.words import stored_values
from anatofit.ingest.scan import inspect_scan
from anatofit.model.quiet import quiet_pydicom
from anatofit.model.scan import ScanLimits, ScanReport
from anatofit.rules import code_of
from validation import record

FOLDERS = ("dicom-oddities", "mixed-study", "seg-and-rtstruct")
# One file is no stack: what only a stack can have is not asked of it.
LIMITS = ScanLimits(slice_count_min=2, height_mm_min=0)
OF_STACKS = frozenset({"too-few-slices", "too-short", "scan-age", "slice-thickness", "pixel-size", "image-size"})
CT = "1.2.840.10008.5.1.4.1.1.2"
# Folders whose files are one picture in many forms: two with an uncompressed one, one with RLE, which pydicom decodes itself.
NEMA = Path("dicom-oddities/nema_wg04")
GENERIC = Path("dicom-oddities/dicom2nifti_generic")
PYDICOM = Path("dicom-oddities/pydicom_test_files")
MR_SMALL = ("MR_small_RLE", "MR_small_bigendian", "MR_small_expb", "MR_small_implicit", "MR_small_jp2klossless",
            "MR_small_jpeg_ls_lossless", "MR_small_padded")  # fmt: skip
# Coding by coding, the plugin that is not the decoder of intake: RLE in Python, JPEG-LS by libjpeg in place of CharLS.
OTHER_DECODERS = {
    "1.2.840.10008.1.2.5": "pydicom",
    "1.2.840.10008.1.2.4.80": "pylibjpeg",
    "1.2.840.10008.1.2.4.81": "pylibjpeg",
}
Values = NDArray[Any]


@dataclass(frozen=True)
class Row:
    """What was found of files that share everything. voxels: equal, differ, lossy, refused (then `codes` says why) or none."""

    file: str
    files: int
    syntax: str
    verdict: str
    codes: tuple[str, ...]
    voxels: str
    reference: str = ""
    difference: float = 0.0
    right: bool = True


def main() -> int:
    """The study from the command line."""
    parser = record.parser(__doc__)
    parser.add_argument("--cases", type=Path, required=True, metavar="DIR", help="holds " + ", ".join(FOLDERS))
    arguments = parser.parse_args()
    config.settings.reading_validation_mode = config.IGNORE
    with warnings.catch_warnings(), quiet_pydicom(), decoder() as decode:
        warnings.simplefilter("ignore")
        SimpleITK.ProcessObject.GlobalWarningDisplayOff()
        rows = [row for name in FOLDERS for row in study_folder(arguments.cases, name, decode)]
    told = grouped(rows) + [row for name in FOLDERS for row in series_rows(arguments.cases / name)]
    for row in told:
        record.say(line_of(row))
    figures = figures_of(rows)
    missed = record.failures(figures, record.bars("oddities"))
    return record.finish(arguments.out, "oddities", figures, [asdict(row) for row in told], missed)


def study_folder(cases: Path, name: str, decode: Decode) -> Iterator[Row]:
    """Each file below a folder, judged by itself."""
    for path in sorted(p for p in (cases / name).rglob("*") if p.is_file()):
        yield study_file(path, cases, decode)


def study_file(path: Path, cases: Path, decode: Decode) -> Row:
    """One file: intake's verdict on it alone, and its voxels against every reference that there is."""
    report = inspect_scan(path, LIMITS)
    pictures = read_files(walk_files(path)).instances
    rules = {f.rule for f in report.findings} | {f.rule for s in report.series for f in s.findings}
    row = Row(
        file=str(path.relative_to(cases)),
        files=1,
        syntax=pictures[0].transfer_syntax if pictures else "",
        verdict=verdict_of(report, rules),
        codes=tuple(sorted(code_of(r) for r in rules - OF_STACKS)),
        voxels="none",
    )
    row = replace(row, right=not (wanted := wanted_rules(path)) or bool(wanted & (rules | {row.verdict})))
    return with_voxels(row, path, cases, pictures[:1], decode)


def verdict_of(report: ScanReport, rules: set[str]) -> str:
    """ignored (no DICOM image), refused, or read: nothing but that it is one file alone speaks against it."""
    if not report.series:
        return "unreadable" if "unreadable-file" in rules else "ignored"
    return "refused" if rules - OF_STACKS else "read"


def wanted_rules(path: Path) -> set[str]:
    """By plain pydicom: rules (or verdicts) of which one at least must be told of the file; none where it may be read."""
    data = path.read_bytes()
    if data[128:132] != b"DICM":
        return {"ignored"}
    try:
        ds = dcmread(path, stop_before_pixels=True)
    except Exception:  # noqa: BLE001 - whatever pydicom cannot read, intake must not read either
        return {"unreadable", "ignored"}
    if ds.file_meta.get("MediaStorageSOPClassUID") == "1.2.840.10008.1.3.10":
        return {"ignored"}
    if "Rows" not in ds:
        return {"not-an-image"}
    return _wanted_of_image(ds, len(data))


def _wanted_of_image(ds: FileDataset, file_bytes: int) -> set[str]:
    if ds.get("SOPClassUID", ds.file_meta.get("MediaStorageSOPClassUID")) != CT or ds.get("Modality") != "CT":
        return set() if _enhanced(ds) else {"modality", "secondary-capture", "multi-frame", "not-an-image"}
    syntax = ds.file_meta.get("TransferSyntaxUID", "")
    if ds.get("LossyImageCompression") == "01" or syntax in LOSSY:
        return {"lossy-compression"}
    if {"LOCALIZER", "MIP"} & set(ds.get("ImageType", [])):
        return {"localizer", "projection"}
    size = ds.Rows * ds.Columns * ds.SamplesPerPixel * ds.BitsAllocated // 8
    if not syntax.is_compressed and file_bytes < size:
        return {"truncated-pixels"}
    return set()


def _enhanced(ds: FileDataset) -> bool:
    return str(ds.get("SOPClassUID", "")).startswith(CT + ".")


def with_voxels(row: Row, path: Path, cases: Path, pictures: Sequence[Instance], decode: Decode) -> Row:
    """The row with what became of the file's first picture, where it is one grey channel of 8 or 16 bits."""
    if not pictures or pictures[0].samples != 1 or pictures[0].bits_allocated not in (8, 16):
        return row
    instance = pictures[0]
    try:
        ours = stored_values(raw_pixels(path.read_bytes(), instance, decode), instance)
    except PixelError as error:
        return replace(row, verdict="refused", voxels="refused", codes=tuple(sorted({*row.codes, code_of(error.rule)})))
    compared = {
        name: np.abs(ours - theirs) for name, theirs in references(path, cases, instance) if theirs.size == ours.size
    }
    if not compared:
        return replace(row, voxels="alone")
    worst = max(float(d.max()) for d in compared.values())
    lossy = instance.transfer_syntax in LOSSY
    kind = "equal" if worst == 0 else "lossy" if lossy else "differ"
    return replace(row, voxels=kind, reference=", ".join(compared), difference=worst)


def references(path: Path, cases: Path, instance: Instance) -> Iterator[tuple[str, Values]]:
    """The stored numbers of the first picture by other code."""
    shape = (instance.rows or 0, instance.columns or 0)
    itk = by_itk(path, instance)
    if itk is not None:
        yield "SimpleITK", itk.reshape(shape)
    if (values := by_pydicom(path)) is not None:
        yield "pydicom", values.reshape(shape)
    if (twin := twin_of(path.relative_to(cases), cases)) is not None and (values := by_pydicom(twin)) is not None:
        yield "its twin", values.reshape(shape)


def by_itk(path: Path, instance: Instance) -> Values | None:
    """ITK rescales what it reads; the stored numbers are had back by the inverse. Where black is high it turns them round."""
    if instance.photometric == "MONOCHROME1":
        return None
    try:
        values = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
    except RuntimeError:
        return None
    if values.ndim != 3:
        return None
    first = values[0].astype(np.float64)
    return np.rint((first - (instance.intercept or 0.0)) / (instance.slope or 1.0)).astype(np.int64)


def by_pydicom(path: Path) -> Values | None:
    """pydicom's numbers, of codings of which it has another decoder than intake."""
    try:
        ds = dcmread(path)
        if ds.file_meta.TransferSyntaxUID.is_encapsulated:
            ds.pixel_array_options(decoding_plugin=OTHER_DECODERS[ds.file_meta.TransferSyntaxUID])
        values = ds.pixel_array
    except Exception:  # noqa: BLE001 - a reader that cannot is no reference
        return None
    if values.ndim not in (2, 3):
        return None
    return np.asarray(values if values.ndim == 2 else values[0]).astype(np.int64)


def twin_of(relative: Path, cases: Path) -> Path | None:
    """The uncompressed file of the same picture."""
    if relative.is_relative_to(NEMA) and relative.parent.name != "REF":
        return cases / NEMA / "REF" / f"{relative.name.split('_')[0]}_UNC"
    if relative.is_relative_to(GENERIC) and relative.parent.name.startswith("compressed_"):
        return cases / GENERIC / "compressed_rle" / relative.name
    if relative.stem in MR_SMALL:
        return cases / PYDICOM / "MR_small.dcm"
    return None


def grouped(rows: Sequence[Row]) -> list[Row]:
    """Rows of one folder that differ in nothing but their file, as one."""
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = (Path(row.file).parent, *list(asdict(row).values())[2:])
        found[key] = replace(found[key], files=found[key].files + 1) if key in found else row
    return list(found.values())


def series_rows(folder: Path) -> Iterator[Row]:
    """Each series of the whole folder as intake groups and judges it."""
    for series in inspect_scan(folder, ScanLimits()).series:
        codes = tuple(sorted({f.code for f in series.findings}))
        verdict = "fit" if series.fit else "can be waived" if all(f.waivable for f in series.findings) else "refused"
        name = f"{folder.name}: series {series.number} ({series.kind})"
        yield Row(name, series.file_count, series.transfer_syntax, verdict, codes, "none")


def figures_of(rows: Sequence[Row]) -> dict[str, float]:
    """What the bars are held against, and how many files came to what."""
    lossless = [r for r in rows if r.syntax not in LOSSY]
    return {
        "files": len(rows),
        "compared_files": sum(bool(r.reference) for r in rows),
        "equal_files": sum(r.voxels == "equal" for r in rows),
        "differing_files": sum(r.voxels == "differ" for r in lossless),
        "lossy_files": sum(r.syntax in LOSSY for r in rows),
        "wrong_verdicts": sum(not r.right for r in rows),
    }


def line_of(row: Row) -> str:
    """One row for a person."""
    count = f" (and {row.files - 1} like it)" if row.files > 1 else ""
    voxels = (
        row.voxels
        + (f" by {row.difference:g}" if row.difference else "")
        + (f": {row.reference}" if row.reference else "")
    )
    mark = "" if row.right else "  WRONG VERDICT"
    return f"{row.file}{count}  {row.syntax}  {row.verdict} {' '.join(row.codes)}  voxels {voxels}{mark}"


if __name__ == "__main__":
    sys.exit(main())
