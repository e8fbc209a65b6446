"""The files of a series that a refusal speaks of are refused with it: counted as such, and kept apart with its reasons."""

from __future__ import annotations

from pathlib import Path

import pytest

from anatofit.cli.main import run
from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.load import load_scan
from anatofit.ingest.scan import inspect_scan
from anatofit.model.provenance import FileBalance
from anatofit.model.scan import ScanLimits
from tests.ingest.dicom_writer import make_series
from tests.ingest.test_faults import each
from tests.ingest.test_quarantine import kept

LIMITS = ScanLimits()


def gap(folder: Path, *, uid: str = "1.2.3.4", prefix: str = "f") -> Path:
    """A series of 19 whose eighth slice is missing and whose pixels are large."""
    made = make_series(uid=uid)
    each(PixelSpacing=[1.2, 1.2])(made.slices)
    del made.slices[7]
    return made.write(folder, prefix=prefix)


def test_a_refused_series_goes_with_its_files_and_every_reason(tmp_path: Path) -> None:
    scan, apart = gap(tmp_path / "scan"), tmp_path / "apart"
    (scan / "readme.txt").write_text("hello")
    before = {p: p.read_bytes() for p in scan.iterdir()}
    with pytest.raises(ScanUnsuitableError) as refusal:
        load_scan(scan, limits=LIMITS, quarantine=apart)
    records = kept(apart)
    assert len(records) == 19 and {r["refused"] for r in records.values()} == {"series"}
    told = [(r.code, r.rule, r.message) for r in refusal.value.reasons]
    assert {r.rule for r in refusal.value.reasons} == {"missing-slice", "pixel-size"}
    for record in records.values():
        assert [(r["code"], r["rule"], r["message"]) for r in record["reasons"]] == told
        assert (record["code"], record["rule"], record["message"]) == told[0]
    assert "20 files received = 0 accepted + 19 quarantined + 1 ignored" in refusal.value.__notes__
    assert {p: p.read_bytes() for p in scan.iterdir()} == before


def test_a_series_refused_for_its_pixels_goes_the_same_way(tmp_path: Path) -> None:
    made = make_series()
    each(PixelRepresentation=0, RescaleIntercept=0)(made.slices)
    scan, apart = made.write(tmp_path / "scan"), tmp_path / "apart"
    assert inspect_scan(scan, LIMITS).files == FileBalance(received=20, accepted=20)
    with pytest.raises(ScanUnsuitableError) as refusal:
        load_scan(scan, limits=LIMITS, quarantine=apart)
    assert {r["rule"] for r in kept(apart).values()} == {"hu-range"} and len(kept(apart)) == 20
    assert refusal.value.__notes__ == ["20 files received = 0 accepted + 20 quarantined + 0 ignored"]


def test_what_nobody_asked_for_stays_accepted(tmp_path: Path) -> None:
    scan, apart = gap(tmp_path / "scan", uid="1.2.3.5", prefix="g"), tmp_path / "apart"
    make_series().write(scan)
    report = inspect_scan(scan, LIMITS, quarantine=apart)
    assert report.chosen == "1.2.3.4" and report.files == FileBalance(received=39, accepted=39)
    assert not apart.exists()
    report = inspect_scan(scan, LIMITS, series="1.2.3.5", quarantine=apart)
    assert report.files == FileBalance(received=39, accepted=20, quarantined=19) and len(kept(apart)) == 19


def test_a_series_that_is_not_there_refuses_no_other(tmp_path: Path) -> None:
    scan, apart = gap(tmp_path / "scan"), tmp_path / "apart"
    with pytest.raises(ScanUnsuitableError) as refusal:
        load_scan(scan, limits=LIMITS, series="1.2.99", quarantine=apart)
    assert [r.rule for r in refusal.value.reasons] == ["series-not-found"] and not apart.exists()
    assert "The only series is not the one that was asked for" in str(refusal.value)
    assert "--series" in str(refusal.value)


def test_localizers_beside_refused_slices_stay_accepted(tmp_path: Path) -> None:
    scan = gap(tmp_path / "scan")
    scout = make_series(uid="1.2.3.9", count=2)
    each(ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])(scout.slices)
    scout.write(scan, prefix="s")
    assert inspect_scan(scan, LIMITS).files == FileBalance(received=21, accepted=2, quarantined=19)


def test_a_file_refused_by_itself_keeps_its_own_reason_beside_those_of_its_series(tmp_path: Path) -> None:
    scan, apart = make_series().write(tmp_path / "scan"), tmp_path / "apart"
    cut = next(scan.glob("f*-3"))
    cut.write_bytes(cut.read_bytes()[:-100])
    report = inspect_scan(scan, LIMITS, quarantine=apart)
    assert report.files == FileBalance(received=20, quarantined=20)
    assert sorted(r["refused"] for r in kept(apart).values()) == ["file"] + ["series"] * 19
    assert {r["rule"] for r in kept(apart).values()} == {"truncated-pixels"}


def test_a_sound_series_beside_a_hostile_file_stays_accepted(tmp_path: Path) -> None:
    scan = make_series().write(tmp_path / "scan")
    (scan / "broken").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 400)
    report = inspect_scan(scan, LIMITS)
    assert not report.fit and report.files.accepted == 20 and report.files.quarantined == 1


def test_the_command_says_that_nothing_was_copied_and_how_to_have_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scan = gap(tmp_path / "scan")
    assert run(["inspect", str(scan)]) == 3
    said = capsys.readouterr().out
    assert "19 files received = 0 accepted + 19 quarantined + 0 ignored" in said and "--quarantine DIR" in said
    assert run(["inspect", str(scan), "--quarantine", str(tmp_path / "apart")]) == 3
    assert "No copy was made" not in capsys.readouterr().out and len(kept(tmp_path / "apart")) == 19


def test_the_pixels_of_an_inspected_series_count_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_series()
    each(PixelRepresentation=0, RescaleIntercept=0)(made.slices)
    scan = made.write(tmp_path / "scan")
    assert run(["inspect", str(scan), "--image", "--quarantine", str(tmp_path / "apart")]) == 3
    assert "20 files received = 0 accepted + 20 quarantined + 0 ignored" in capsys.readouterr().out
    assert len(kept(tmp_path / "apart")) == 20


def test_how_a_file_is_found_by_its_hash_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_series()
    made.slices[3].PatientID = "CANARY-99"
    scan = made.write(tmp_path / "scan")
    for command in (["inspect", str(scan)], ["export-volume", str(scan), str(tmp_path / "v.nii.gz")]):
        assert run(command) == 3
        said = "".join(capsys.readouterr())
        assert "sha256 beginning" in said and "find SCAN -type f -exec sha256sum {} +" in said


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("scan.zip", b"PK\3\4" + bytes(60), "but 1 zip archive. Name that file itself"),
        ("CANARY", b"PK\3\4" + bytes(60), "but 1 zip archive. Name that file itself"),
        ("head.nii.gz", b"\x1f\x8b" + bytes(60), "but 1 NIfTI or NRRD file. Name that file itself"),
        ("limb.3mf", b"PK\3\4" + bytes(60), "but 1 surface. Name that file itself"),
    ],
)
def test_a_folder_with_another_kind_of_scan_alone_says_that_the_file_is_to_be_named(
    name: str, data: bytes, said: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "readme.txt").write_text("hello")
    (finding,) = inspect_scan(tmp_path, LIMITS).findings
    assert finding.rule == "no-dicom" and said in finding.message and "CANARY" not in finding.message
