"""Labels in place of our own segmentation: a DICOM SEG, an RTSTRUCT, or a label map, compared with the scan before they are believed."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.door.faults import FileError
from anatofit.ingest.door.files import MARK, MARK_OFFSET, walk_files
from anatofit.ingest.door.guard import judge
from anatofit.ingest.door.inflate import DEFLATED
from anatofit.ingest.door.picture import IMPOSSIBLE
from anatofit.ingest.header.tags import Getter
from anatofit.ingest.labels.contours import read_rtstruct, roi_names
from anatofit.ingest.labels.labelled_grid import read_label_grid
from anatofit.ingest.labels.marked import Marked, Wanted, told, unreadable_labels_named
from anatofit.ingest.labels.segments import read_seg, segment_names
from anatofit.ingest.research.gridfile import is_grid_file
from anatofit.ingest.research.stops import as_findings, set_apart, stop
from anatofit.ingest.research.streams import HashedFile
from anatofit.ingest.rules import found
from anatofit.ingest.series.kinds import LABEL_CLASSES
from anatofit.model.labels import LabelMap
from anatofit.model.provenance import FileBalance, LabelFacts
from anatofit.model.quiet import quiet_pydicom
from anatofit.model.scan import LoadedScan, ScanReport, SeriesKind, SeriesReport
from anatofit.model.words import counted

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

RTSTRUCT_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"
# 300 frames of 512 x 512 with 16 bits take 157 MB; contours are text, and a skull's take some MB.
MOST_FILE_BYTES = 1 << 28
_META_BYTES = 1 << 16
_CLASS, _SYNTAX = 0x0002, 0x0010  # Media Storage SOP Class UID and Transfer Syntax UID in group 2


def read_labels(path: Path, scan: LoadedScan, *, label: Wanted = None) -> tuple[LabelMap, LabelFacts]:
    """The labelled bone on the scan's own grid. `path`: a file, or a folder with one file of labels in it.

    label: name or number of the one that is the bone; needed where there are several. Raises ScanUnsuitableError by name.
    """
    file = _label_file(path)
    if is_grid_file(file):
        marked = read_label_grid(file, scan, label)
    else:
        with unreadable_labels_named(), quiet_pydicom():
            dataset, sha256 = _dataset(file)
            marked = _read_dicom(dataset, scan, label, sha256)
    if not marked.inside.any():
        raise stop("labels-empty", f"Label {marked.number} marks no voxel of the scan")
    facts = LabelFacts(
        kind=marked.kind, number=marked.number, name=label if isinstance(label, str) else "", sha256=marked.sha256,
        step_mm=round(marked.step_mm, 6), voxels=int(marked.inside.sum()), placed=marked.placed, notes=list(marked.notes),
    )  # fmt: skip
    return LabelMap(scan.volume.grid, marked.inside, marked.step_mm), facts


def _read_dicom(dataset: FileDataset, scan: LoadedScan, label: Wanted, sha256: str) -> Marked:
    kind = str(dataset.get("SOPClassUID", ""))
    if kind == RTSTRUCT_CLASS:
        return read_rtstruct(dataset, scan, label, sha256=sha256)
    if kind in LABEL_CLASSES:
        return read_seg(dataset, scan, label, sha256=sha256)
    raise stop("labels-unreadable", "The DICOM object is neither a segmentation (SEG) nor a structure set (RTSTRUCT)")


def _label_file(path: Path) -> Path:
    """The file itself, or the one file of labels below a folder."""
    if path.is_file():
        return path
    if not path.is_dir():
        raise stop("labels-unreadable", "The file or folder of the labels does not exist")
    files = [file for file in walk_files(path) if is_grid_file(file) or class_of(file) in LABEL_CLASSES]
    if len(files) > 1:
        raise stop("labels-several-files", f"The folder holds {len(files)} files of labels, one is wanted")
    if not files:
        raise stop("labels-unreadable", "The folder holds no file of labels")
    return files[0]


def class_of(path: Path) -> str:
    """The SOP class that a DICOM file states in its file meta information; empty for any other file, a broken one or a link."""
    try:
        file = HashedFile(path)
    except OSError:
        return ""
    head = file.read(_META_BYTES)
    file.abandon()
    return _meta(head).get(_CLASS, "")


def _meta(head: bytes) -> dict[int, str]:
    """The UIDs of the file meta information by element, always in explicit little endian (PS3.10, 7.1). Nothing else is read:
    whatever lies beyond may be deflated and unpack to any size."""
    found: dict[int, str] = {}
    at = MARK_OFFSET + len(MARK)
    while head[MARK_OFFSET : MARK_OFFSET + len(MARK)] == MARK and at + 12 <= len(head):
        group, element, kind, length = struct.unpack_from("<HH2sH", head, at)
        long = kind in (b"OB", b"UN", b"OW")
        length = struct.unpack_from("<I", head, at + 8)[0] if long else length
        at += 12 if long else 8
        if group != 2:
            break
        if kind == b"UI":
            found[element] = head[at : at + length].decode("ascii", "replace").rstrip("\0 ")
        at += length
    return found


def _judge(file: HashedFile, path: Path) -> None:
    """Lengths that lie and sequences without end are refused before a library follows them."""
    try:
        judge(file.descriptor, path=path, keywords=())
    except FileError as error:
        file.abandon()
        rule = "labels-size" if error.rule == IMPOSSIBLE else "labels-unreadable"
        raise stop(rule, f"The labels are broken: {error.was}") from error


def _dataset(path: Path) -> tuple[FileDataset, str]:
    """The whole object and the sha256 of its file; refused where it could unpack to more than it holds."""
    from pydicom import dcmread

    try:
        file = HashedFile(path)
    except OSError as error:
        raise stop("labels-unreadable", "The file of the labels cannot be read, or is a link") from error
    if file.file_bytes > MOST_FILE_BYTES:
        file.abandon()
        raise stop("labels-size", f"The file holds {file.file_bytes} bytes, at most {MOST_FILE_BYTES} are read")
    _judge(file, path)
    data = file.read(MOST_FILE_BYTES)
    sha256 = file.close()
    if data[MARK_OFFSET : MARK_OFFSET + len(MARK)] != MARK:
        raise stop("labels-unreadable", "The file is neither DICOM, NIfTI nor NRRD")
    if _meta(data[:_META_BYTES]).get(_SYNTAX, DEFLATED) == DEFLATED:
        raise stop(
            "labels-unreadable",
            "The object is deflated as a whole, which is not read for labels; write it plain or with RLE",
        )
    return dcmread(BytesIO(data)), sha256


def inspect_labels(path: Path, *, quarantine: Path | None = None) -> ScanReport:
    """What a file of DICOM labels is, and the labels in it for a person to choose from. It is no scan, and never fit for one."""
    try:
        with set_apart(path, quarantine), unreadable_labels_named(), quiet_pydicom():
            series = _told(_dataset(path)[0])
    except ScanUnsuitableError as error:
        files, why = FileBalance(received=1, quarantined=1), "The file cannot be read as labels."
        return ScanReport(file_count=1, findings=as_findings(error), files=files, why=why)
    files, why = FileBalance(received=1, accepted=1), "The file holds labels, which belong to a scan."
    return ScanReport(file_count=1, series=(series,), files=files, nearest=series.uid, why=why)


def _told(dataset: FileDataset) -> SeriesReport:
    get = Getter(dataset)
    structures = str(dataset.get("SOPClassUID", "")) == RTSTRUCT_CLASS
    names = roi_names(dataset) if structures else segment_names(dataset)
    kind = "RTSTRUCT" if structures else f"DICOM SEG ({get.text('SegmentationType').lower()})"
    return SeriesReport(
        number=1, uid=get.uid("SeriesInstanceUID"), kind=SeriesKind.LABELS, modality=get.text("Modality"), file_count=1,
        rows=get.integer("Rows"), columns=get.integer("Columns"),
        findings=(found("labels-alone", f"{kind} with {counted(len(names), 'label')}"),),
        notes=(f"labels: {told(names)}",) if names else (),
    )  # fmt: skip
