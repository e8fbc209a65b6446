"""What is refused is kept apart with its reason, bytes intact; every file that was received is somewhere."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from anatofit.cli.main import run
from anatofit.errors import OutputError, ScanUnsuitableError
from anatofit.ingest.door import faults, quarantine
from anatofit.ingest.door.faults import Refused
from anatofit.ingest.header import headers
from anatofit.ingest.load import load_scan
from anatofit.ingest.scan import inspect_lines, inspect_scan
from anatofit.model.provenance import FileBalance
from anatofit.model.scan import ScanLimits
from tests.ingest.dicom_writer import make_series
from validation.hostile import HOSTILE, slice_file, zip_bomb

LIMITS = ScanLimits()
NAME = "Canary^Yellow_19700203.dcm"


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A good series with a program, a truncated slice, a text and a link beside it."""
    folder = make_series().write(tmp_path / "scan")
    (folder / NAME).write_bytes(slice_file(preamble=b"MZ"))
    (folder / "cut").write_bytes(HOSTILE["half of the pixels"].make().replace(b"1.2.3.4\0", b"1.2.3.5\0"))
    (folder / "readme.txt").write_text("hello")
    (folder / "link").symlink_to(folder / "readme.txt")
    return folder


def kept(folder: Path) -> dict[str, dict[str, Any]]:
    """The records of a quarantine folder by their hash, each held against its copy."""
    out = {}
    for path in sorted(folder.glob("*.json")):
        record = json.loads(path.read_text())
        data = (folder / record["sha256"]).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (path.stem, record["bytes"])
        out[path.stem] = record
    assert len(list(folder.iterdir())) == 2 * len(out)
    return out


def test_refused_files_are_kept_apart_with_their_reasons(scan: Path, tmp_path: Path) -> None:
    apart = tmp_path / "apart"
    before = {p: p.read_bytes() for p in scan.iterdir() if not p.is_symlink()}
    with pytest.raises(ScanUnsuitableError):
        load_scan(scan, limits=LIMITS, quarantine=apart)
    records = kept(apart)
    assert {r["rule"]: r["code"] for r in records.values()} == {
        "executable-preamble": "AF-1106",
        "truncated-pixels": "AF-1406",
    }
    assert stat.S_IMODE(apart.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in apart.iterdir()} == {0o600}
    assert {p: p.read_bytes() for p in before} == before
    told = json.dumps(records) + " ".join(p.name for p in apart.iterdir())
    assert "canary" not in told.lower() and "1970" not in told


def test_the_same_again_leaves_the_same(scan: Path, tmp_path: Path) -> None:
    apart = tmp_path / "apart"
    inspect_scan(scan, LIMITS, quarantine=apart)
    first = {p.name: p.read_bytes() for p in apart.iterdir()}
    inspect_scan(scan, LIMITS, quarantine=apart)
    assert {p.name: p.read_bytes() for p in apart.iterdir()} == first


def test_the_balance_holds_and_everything_else_is_still_told(scan: Path) -> None:
    report = inspect_scan(scan, LIMITS)
    assert report.files == FileBalance(received=24, accepted=20, quarantined=2, ignored=2)
    assert "24 files received = 20 accepted + 2 quarantined + 2 ignored" in inspect_lines(report)
    assert not report.fit and {f.rule for f in report.findings} == {"executable-preamble", "truncated-pixels"}
    assert [s.slice_count for s in report.series if s.fit] == [20]


def test_a_balance_that_loses_a_file_cannot_be_stated() -> None:
    with pytest.raises(ValueError, match="a file was lost"):
        FileBalance(received=3, accepted=1, quarantined=1, ignored=0)


def test_a_hostile_archive_is_kept_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zip_bomb(2**29))
    report = inspect_scan(path, LIMITS, quarantine=tmp_path / "apart")
    assert [r["rule"] for r in kept(tmp_path / "apart").values()] == ["archive-too-large"]
    assert report.files == FileBalance(received=1, quarantined=1)


def test_the_command_prints_the_balance_and_fills_the_folder(
    scan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["inspect", str(scan), "--quarantine", str(tmp_path / "apart")]) == 3
    assert "24 files received = 20 accepted + 2 quarantined + 2 ignored" in capsys.readouterr().out
    assert len(kept(tmp_path / "apart")) == 2
    assert run(["inspect", str(scan), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["files"]["quarantined"] == 2


@pytest.mark.parametrize("fault", ["in the scan", "open to others", "a file", "full"])
def test_a_folder_that_cannot_keep_them_apart_is_refused(
    fault: str, scan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = scan / "apart" if fault == "in the scan" else tmp_path / "apart"
    if fault == "open to others":
        apart.mkdir(mode=0o755)
        apart.chmod(0o755)
    if fault == "a file":
        apart.write_text("x")
    if fault == "full":
        monkeypatch.setattr(quarantine.os, "fsync", _full)
    with pytest.raises(OutputError) as refusal:
        inspect_scan(scan, LIMITS, quarantine=apart)
    assert [r.rule for r in refusal.value.reasons] == ["quarantine"]
    if fault == "full":
        assert list(apart.iterdir()) == []


def _full(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_file_that_changed_after_its_refusal_is_kept_as_it_is_now_and_said_to_have_changed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"now")
    quarantine.keep_apart([Refused("not-dicom", "was", path, "0" * 64, 3)], tmp_path / "apart", scan=tmp_path / "scan")
    assert [r["rule"] for r in kept(tmp_path / "apart").values()] == ["changed-file"]


def test_a_file_that_cannot_be_opened_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_series().write(tmp_path / "scan")
    denied = sorted(folder.iterdir())[3]
    opening = headers.open_regular

    def guarded(path: Path) -> int | None:
        if path == denied:
            raise PermissionError(13, "Permission denied")
        return opening(path)

    monkeypatch.setattr(headers, "open_regular", guarded)
    report = inspect_scan(folder, LIMITS, quarantine=tmp_path / "apart")
    assert {f.rule for f in report.findings} == {"unreadable-file"}
    # the others go with their series, which has a gap now; of the one there is nothing to copy
    assert report.files.quarantined == 20 and len(kept(tmp_path / "apart")) == 19


def test_each_file_is_opened_once_without_following_and_hashed_by_the_same_descriptor(
    scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[str, int]] = []
    opening = os.open

    def recorded(path: Any, flags: int, *more: Any, **named: Any) -> int:
        opened.append((os.fsdecode(path), flags))
        return opening(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", recorded)
    inspect_scan(scan, LIMITS)
    ours = [(p, f) for p, f in opened if p.startswith(str(scan))]
    assert len(ours) == len({p for p, _ in ours}) == 23
    assert all(flags & os.O_NOFOLLOW for _, flags in ours)


def test_a_hard_link_is_the_file_that_it_is(tmp_path: Path) -> None:
    folder = make_series().write(tmp_path / "scan")
    twin = sorted(folder.iterdir())[0]
    os.link(twin, folder / "twin")
    report = inspect_scan(folder, LIMITS)
    assert report.fit and report.series[0].slice_count == 20 and report.files.accepted == 21


def test_a_file_too_large_to_be_hashed_is_told_by_its_bytes(scan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "LARGEST_KEPT_BYTES", 100)
    (finding, *_) = inspect_scan(scan, LIMITS).findings
    assert f"1 file ({(scan / NAME).stat().st_size} bytes, too many to be hashed): " in finding.message
