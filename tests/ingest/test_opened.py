"""A scan may be a folder, a zip archive, a DICOMDIR or one file; what leads elsewhere is refused, and nothing outside is read."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from anatofit.app.caching import folder_sha256
from anatofit.errors import OutputError, ScanUnsuitableError
from anatofit.ingest.door import archive
from anatofit.ingest.door.media import DICOMDIR_CLASS
from anatofit.ingest.door.opened import Kind, opened
from anatofit.ingest.load import load_scan
from anatofit.ingest.scan import inspect_scan
from anatofit.model.scan import ScanLimits, ScanReport
from anatofit.verify.scan_inputs import other_scan
from tests.ingest.dicom_writer import make_series
from validation.hostile import HOSTILE
from validation.hostile import archive as zipped

LIMITS = ScanLimits()
ARCHIVES = [name for name, h in HOSTILE.items() if h.suffix == ".zip" and name != "1 GB in an archive"]
_read: list[str] = []
_watching = False


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching and event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        _read.append(os.fsdecode(arguments[0]))


sys.addaudithook(_note)


@pytest.fixture
def watched() -> Iterator[list[str]]:
    """Every path that is opened meanwhile."""
    global _watching
    _read.clear()
    _watching = True
    yield _read
    _watching = False


def rules_of(report: ScanReport) -> set[str]:
    return {f.rule for f in report.findings}


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What other runs on this machine unpack meanwhile is not counted."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))


def temporary() -> set[str]:
    return {p.name for p in Path(tempfile.gettempdir()).glob("anatofit-*")}


def pack(folder: Path, out: Path, *, within: str = "study/series/") -> Path:
    """The folder as a zip archive, with a note beside the slices."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.mkdir("study")
        made.writestr("study/readme.txt", "hello")
        made.writestr("__MACOSX/study/._f000.dcm", b"\0\x05\x16\x07 not DICOM")
        for path in sorted(folder.iterdir()):
            made.write(path, f"{within}{path.name}")
    return out


def test_an_archive_gives_the_same_volume_as_its_folder(tmp_path: Path) -> None:
    folder = make_series().write(tmp_path / "scan")
    before = temporary()
    plain = load_scan(folder, limits=LIMITS)
    packed = load_scan(pack(folder, tmp_path / "study.zip"), limits=LIMITS)
    assert np.array_equal(packed.volume.hu, plain.volume.hu) and packed.facts.input == plain.facts.input
    assert packed.facts.files.model_dump() == {"received": 22, "accepted": 20, "quarantined": 0, "ignored": 2}
    assert temporary() == before


def test_unpacked_files_are_private_and_bear_nothing_of_their_names(tmp_path: Path) -> None:
    scan = pack(make_series(count=3).write(tmp_path / "scan"), tmp_path / "study.zip", within="CANARY^Name/")
    with opened(scan) as inside:
        files = list(inside.files)
        assert stat.S_IMODE(files[0].parent.stat().st_mode) == 0o700
        assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}
        assert [f.name for f in files] == ["000001.other", "000002.other", "000003", "000004", "000005"]
    assert not files[0].parent.exists()


def test_what_was_unpacked_is_gone_after_an_error(tmp_path: Path) -> None:
    scan = pack(make_series(count=3).write(tmp_path / "scan"), tmp_path / "study.zip")
    before = temporary()
    with pytest.raises(RuntimeError), opened(scan):
        raise RuntimeError
    with pytest.raises(ScanUnsuitableError):
        load_scan(scan, limits=LIMITS)
    assert temporary() == before


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_hostile_archive_is_refused_by_its_rule(name: str, tmp_path: Path) -> None:
    before = temporary()
    report = inspect_scan(HOSTILE[name].write(tmp_path), LIMITS)
    assert rules_of(report) == {HOSTILE[name].rule} and not report.fit
    assert (report.files.received, report.files.quarantined) == (1, 1)
    assert temporary() == before


def test_an_archive_that_bursts_is_stopped_at_its_ratio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "ALWAYS_BYTES", 2**20)
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"a": bytes(2**21)}))
    assert rules_of(inspect_scan(path, LIMITS)) == {"archive-too-large"}
    path.write_bytes(zipped({"a": np.random.default_rng(0).bytes(2**21)}))
    assert rules_of(inspect_scan(path, LIMITS)) == {"no-dicom"}


@pytest.mark.parametrize("cut", [30, 60, -10, -30])
def test_an_archive_that_is_cut_or_spoiled_is_broken(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"a": b"some text", "b": b"other text"})[:cut])
    assert rules_of(inspect_scan(path, LIMITS)) == {"archive-broken"}


def test_an_archive_that_lost_bytes_in_its_middle_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    whole = zipped({"a": b"some text", "b": b"other text"})
    path.write_bytes(whole[:40] + whole[50:])
    assert rules_of(inspect_scan(path, LIMITS)) == {"archive-broken"}


def test_content_that_is_not_what_its_sum_says_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"a": b"some text"}, method=zipfile.ZIP_STORED).replace(b"some text", b"same text"))
    assert rules_of(inspect_scan(path, LIMITS)) == {"archive-broken"}


def test_an_archive_beside_the_slices_is_left_aside(tmp_path: Path) -> None:
    folder = make_series().write(tmp_path / "scan")
    (folder / "viewer.zip").write_bytes(zipped({"../x": b"x"}))
    report = inspect_scan(folder, LIMITS)
    assert report.fit and report.skipped == {"not DICOM": 1}


def test_no_room_to_unpack_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = pack(make_series(count=2).write(tmp_path / "scan"), tmp_path / "a.zip")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(OutputError) as refusal:
        inspect_scan(scan, LIMITS)
    assert [r.rule for r in refusal.value.reasons] == ["unpack"]


def medium(folder: Path, references: list[list[str]]) -> Path:
    """A DICOMDIR in `folder` with a record for each reference."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = DICOMDIR_CLASS, "1.2.3"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    directory = Dataset()
    directory.file_meta = meta
    path = folder / "DICOMDIR"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom dislikes such names, too
        directory.DirectoryRecordSequence = [_record(reference) for reference in references]
        directory.save_as(path, enforce_file_format=True)
    return path


def _record(reference: list[str]) -> Dataset:
    record = Dataset()
    record.DirectoryRecordType, record.ReferencedFileID = "IMAGE", reference
    return record


def laid(tmp_path: Path) -> tuple[Path, list[list[str]]]:
    """A medium's folder with a series, and the references to its files as a DICOMDIR writes them."""
    root = tmp_path / "medium"
    folder = make_series().write(root / "DICOM" / "SE1")
    return root, [["DICOM", "SE1", p.name.upper()] for p in sorted(folder.iterdir())]


def test_a_dicomdir_gives_the_files_that_it_names(tmp_path: Path) -> None:
    root, references = laid(tmp_path)
    make_series(uid="1.9").write(root / "OTHER")
    scan = load_scan(medium(root, references), limits=LIMITS)
    assert scan.facts.files.model_dump() == {"received": 21, "accepted": 20, "quarantined": 0, "ignored": 1}
    assert inspect_scan(root, LIMITS).files.received == 41


def test_files_that_a_dicomdir_names_in_vain_are_told(tmp_path: Path) -> None:
    root, references = laid(tmp_path)
    report = inspect_scan(medium(root, [*references, ["DICOM", "SE1", "GONE"], ["NONE", "X"]]), LIMITS)
    (finding,) = report.findings
    assert (finding.rule, finding.measured) == ("media-missing", 2) and not report.fit


@pytest.mark.parametrize(
    "reference",
    [["..", "outside"], ["DICOM", "..", "..", "outside"], ["", "etc", "passwd"], ["/etc/passwd"], ["C:", "X"], ["LINK"], ["LINKED", "FILE"],
     ["PIPE"], ["DICOM"], ["DICOM/SE1"], ["."]],
)  # fmt: skip
def test_a_reference_that_leads_elsewhere_is_refused_and_not_followed(
    reference: list[str], tmp_path: Path, watched: list[str]
) -> None:
    root, references = laid(tmp_path)
    outside = make_series(uid="1.9", count=1).write(tmp_path / "secret")
    (tmp_path / "outside").write_bytes(next(outside.iterdir()).read_bytes())
    (root / "LINK").symlink_to(tmp_path / "outside")
    (root / "LINKED").symlink_to(outside)
    os.mkfifo(root / "PIPE")
    path = medium(root, [*references, reference])
    watched.clear()
    report = inspect_scan(path, LIMITS)
    assert rules_of(report) == {"media-reference"} and not report.fit
    assert report.files.model_dump() == {"received": 21, "accepted": 20, "quarantined": 1, "ignored": 0}
    read = [p for p in watched if p.startswith(str(tmp_path))]
    assert len(read) >= 21 and [p for p in read if not p.startswith(str(root))] == []
    assert not any(Path(p).name in ("LINK", "PIPE", "FILE") for p in read)


def test_one_file_is_a_scan_of_one_file(tmp_path: Path) -> None:
    folder = make_series(count=1).write(tmp_path / "scan")
    path = next(folder.iterdir())
    (tmp_path / "link").symlink_to(path)
    for named in (path, tmp_path / "link"):
        report = inspect_scan(named, LIMITS)
        assert report.files.quarantined == 1 and len(report.series) == 1  # one slice makes no scan
    text = tmp_path / "text"
    text.write_text("hello")
    assert "The file that was named as the scan" in inspect_scan(text, LIMITS).findings[0].message


def test_what_is_no_file_is_no_scan(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path / "none"):
        with opened(path) as scan:
            assert scan.kind is Kind.NOTHING
        assert rules_of(inspect_scan(path, LIMITS)) == {"no-dicom"}


def test_the_hash_of_a_scan_follows_what_is_in_it(tmp_path: Path) -> None:
    root, references = laid(tmp_path)
    scan, directory = pack(root / "DICOM" / "SE1", tmp_path / "a.zip"), medium(root, references)
    before = {p: folder_sha256(p) for p in (scan, directory)}
    moved = scan.rename(tmp_path / "b.zip")
    assert folder_sha256(moved) == before[scan]
    slice_ = root / "DICOM" / "SE1" / references[0][2].lower()
    slice_.write_bytes(slice_.read_bytes()[:-2] + b"xy")
    assert folder_sha256(directory) != before[directory]


def test_check_finds_the_files_of_an_archive_a_medium_and_slices_without_preamble(tmp_path: Path) -> None:
    root, references = laid(tmp_path)
    directory = medium(root, references)
    scan = pack(root / "DICOM" / "SE1", tmp_path / "a.zip")
    record = load_scan(scan, limits=LIMITS).facts.input
    assert other_scan(scan, [record]) == other_scan(directory, [record]) == other_scan(root, [record]) == []
    bare = tmp_path / "bare"
    bare.mkdir()
    for path in (root / "DICOM" / "SE1").iterdir():
        (bare / path.name).write_bytes(path.read_bytes()[132:])
    assert other_scan(bare, [record]) != []
    assert other_scan(bare, [load_scan(bare, limits=LIMITS).facts.input]) == []
