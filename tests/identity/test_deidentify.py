"""De-identification by PS3.15: the picture stays, the series stays a series, the person goes; what cannot be vouched for is refused."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, RLELossless

from anatofit.cli.main import run
from anatofit.identity.deidentify import seen
from anatofit.identity.keyed import Keyed
from anatofit.identity.profile import Action, Dates, Retain, fate
from anatofit.identity.values import may_stay, shifted
from anatofit.identity.written import TracesLeftError, vouched
from anatofit.ingest.load import load_scan
from anatofit.model.quiet import quiet_pydicom
from anatofit.model.scan import ScanLimits
from tests.ingest.dicom_writer import make_series
from tests.ingest.enhanced import enhanced
from tests.ingest.enhanced import write as enhanced_file
from tests.ingest.pixel.test_lut import series_with as lut_series

Write = Callable[[Callable[[list[FileDataset]], Any]], Path]


@pytest.fixture
def spoiled(tmp_path: Path) -> Write:
    def _write(change: Callable[[list[FileDataset]], Any]) -> Path:
        series = make_series()
        change(series.slices)
        return series.write(tmp_path / "scan")

    return _write


def cleaned(scan: Path, vault: Path, *options: str) -> list[Dataset]:
    out = scan.parent / f"out{len(list(scan.parent.iterdir()))}"
    assert run(["deidentify", str(scan), str(out), "--vault", str(vault), *options]) == 0
    return [dcmread(p) for p in sorted(out.rglob("*.dcm"))]


def refused(scan: Path, vault: Path, capsys: pytest.CaptureFixture[str], *options: str) -> set[str]:
    """The rules by which it ends with 3, and nothing is written."""
    out = scan.parent / "refused"
    capsys.readouterr()
    assert run(["deidentify", str(scan), str(out), "--vault", str(vault), "--json", *options]) == 3
    assert not out.exists()
    return {r["rule"] for r in json.loads(capsys.readouterr().out)["reasons"]}


def each(**values: Any) -> Callable[[list[FileDataset]], None]:
    def change(slices: list[FileDataset]) -> None:
        for dataset in slices:
            for keyword, value in values.items():
                setattr(dataset, keyword, value)

    return change


def compressed(syntax: str) -> Callable[[list[FileDataset]], None]:
    def change(slices: list[FileDataset]) -> None:
        for dataset in slices:
            dataset.compress(syntax, generate_instance_uid=False)

    return change


def stored(syntax: str) -> Callable[[list[FileDataset]], None]:
    def change(slices: list[FileDataset]) -> None:
        for dataset in slices:
            dataset.file_meta.TransferSyntaxUID = syntax
            if syntax == ExplicitVRBigEndian:
                dataset.PixelData = np.frombuffer(dataset.PixelData, "<i2").astype(">i2").tobytes()

    return change


@pytest.mark.parametrize("change", [each(), compressed(RLELossless),
                                    stored(ImplicitVRLittleEndian), stored(ExplicitVRBigEndian)])  # fmt: skip
def test_the_volume_is_the_same_before_and_after(spoiled: Write, vault: Path, change: Any) -> None:
    scan = spoiled(change)
    cleaned(scan, vault)
    out = next(p for p in scan.parent.iterdir() if p.name.startswith("out"))
    before, after = load_scan(scan, limits=ScanLimits()), load_scan(out, limits=ScanLimits())
    one, two = before.volume.grid, after.volume.grid
    assert np.array_equal(before.volume.hu, after.volume.hu)
    for name in ("origin_lps_mm", "spacing_ijk_mm", "direction_lps"):
        assert np.allclose(getattr(one, name), getattr(two, name), atol=1e-9)


def test_the_file_says_that_and_how_it_was_de_identified(spoiled: Write, vault: Path) -> None:
    for dataset in cleaned(spoiled(each(Manufacturer="Maker", StationName="CT7")), vault):
        assert dataset.PatientIdentityRemoved == "YES" and dataset.LongitudinalTemporalInformationModified == "REMOVED"
        assert [item.CodeValue for item in dataset.DeidentificationMethodCodeSequence] == ["113100", "113103"]
        assert (
            dataset.StudyDate == dataset.PatientBirthDate == dataset.Manufacturer == "" and "StationName" not in dataset
        )
        assert dataset.PatientName == dataset.PatientID == json.loads(vault.read_text())["patients"].popitem()[0]


def test_device_and_dates_stay_where_that_is_asked_for(spoiled: Write, vault: Path) -> None:
    scan = spoiled(
        each(Manufacturer="Maker", StationName="CT7", AcquisitionTime="101112.5", DeviceSerialNumber="Canary 99")
    )
    kept = cleaned(scan, vault, "--retain", "device,dates")[0]
    assert (kept.StudyDate, kept.AcquisitionTime, kept.Manufacturer, kept.StationName) == (
        "20240115",
        "101112.5",
        "Maker",
        "CT7",
    )
    assert "DeviceSerialNumber" not in kept  # it held a part of the patient's name
    assert kept.PatientBirthDate == "" and kept.LongitudinalTemporalInformationModified == "UNMODIFIED"
    codes = [item.CodeValue for item in kept.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113103", "113109", "113106"]
    moved = cleaned(scan, vault, "--retain", "shifted-dates")
    assert len({d.StudyDate for d in moved}) == 1 and moved[0].StudyDate < "20240115"
    assert moved[0].LongitudinalTemporalInformationModified == "MODIFIED" and moved[0].AcquisitionTime == "101112.5"


def test_a_series_stays_a_series_and_one_patient_keeps_one_pseudonym(spoiled: Write, vault: Path) -> None:
    scan = spoiled(each())
    first, again = cleaned(scan, vault), cleaned(scan, vault)
    for keyword in ("SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID"):
        assert len({d[keyword].value for d in first}) == 1 and first[0][keyword].value.startswith("2.25.")
    assert [d.SOPInstanceUID for d in first] == [d.SOPInstanceUID for d in again] and len(
        {d.SOPInstanceUID for d in first}
    ) == 20
    other = scan.parent / "site" / "other.json"
    elsewhere = cleaned(scan, other)[0]
    assert elsewhere.PatientID != first[0].PatientID and elsewhere.SeriesInstanceUID != first[0].SeriesInstanceUID


def test_the_table_is_complete_and_bears_no_value(spoiled: Write, vault: Path) -> None:
    scan = spoiled(each(StudyDescription="secret", PatientAge="054Y"))
    cleaned(scan, vault)
    out = next(p for p in scan.parent.iterdir() if p.name.startswith("out"))
    text = (out / "deidentification.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    source = dcmread(next(iter(scan.iterdir())))
    wanted = {f"({e.tag.group:04X},{e.tag.element:04X})" for e in [*source, *source.file_meta]}
    assert wanted <= {row["attribute"] for row in rows} and "secret" not in text and "054Y" not in text
    actions = {row["keyword"]: row["action"] for row in rows}
    assert (actions["StudyDescription"], actions["PatientBirthDate"], actions["PatientID"], actions["Rows"]) == (
        "removed", "emptied", "replaced", "kept",
    )  # fmt: skip


def test_makers_words_go_and_what_a_design_must_know_stays(spoiled: Write, vault: Path) -> None:
    said = each(
        ImageType=["DERIVED", "PRIMARY", "AXIAL", "CT_SOM5 SPI"],
        ContrastBolusAgent="Ultravist",
        BodyPartExamined="HEAD",
    )
    for dataset in cleaned(spoiled(said), vault):
        assert list(dataset.ImageType) == ["DERIVED", "PRIMARY", "AXIAL", "OTHER"]
        assert (dataset.ContrastBolusAgent, dataset.BodyPartExamined) == ("CONTRAST", "HEAD")


def test_what_was_once_compressed_with_loss_still_says_so(spoiled: Write, vault: Path) -> None:
    kept = cleaned(spoiled(each(LossyImageCompression="YES", LossyImageCompressionMethod="ISO_10918_1")), vault)
    assert {(d.LossyImageCompression, d.LossyImageCompressionMethod) for d in kept} == {("01", "ISO_10918_1")}


def test_frames_of_an_enhanced_object_come_back_as_they_were(vault: Path) -> None:
    folder = vault.parent.parent
    scan = enhanced_file(enhanced([make_series()]), folder / "scan")
    assert run(["deidentify", str(scan), str(folder / "out"), "--vault", str(vault)]) == 0
    before, after = load_scan(scan, limits=ScanLimits()), load_scan(folder / "out", limits=ScanLimits())
    assert np.array_equal(before.volume.hu, after.volume.hu)
    assert np.allclose(before.volume.grid.origin_lps_mm, after.volume.grid.origin_lps_mm)


def test_numbers_that_are_written_too_long_are_rounded_and_the_scan_stays_one(spoiled: Write, vault: Path) -> None:
    def change(slices: list[FileDataset]) -> None:
        for n, ds in enumerate(slices):
            with quiet_pydicom():
                ds.ImagePositionPatient = [
                    "-91.54321987654321",
                    "12.123456789012345",
                    f"{1.25 * n + 0.1234567890123456:.16f}",
                ]

    scan = spoiled(change)
    before = load_scan(scan, limits=ScanLimits())
    files = cleaned(scan, vault)
    after = load_scan(next(scan.parent.glob("out*")), limits=ScanLimits())
    assert np.array_equal(before.volume.hu, after.volume.hu)
    np.testing.assert_allclose(after.volume.grid.origin_lps_mm, before.volume.grid.origin_lps_mm, atol=1e-9)
    assert all(
        len(str(v.original_string if hasattr(v, "original_string") else v)) <= 16 for v in files[0].ImagePositionPatient
    )


def test_a_table_of_hounsfield_units_stays_and_one_that_holds_text_goes(tmp_path: Path, vault: Path) -> None:
    scan = lut_series(LUTExplanation="of ANNA CANARY").write(tmp_path / "scan")
    before = load_scan(scan, limits=ScanLimits())
    files = cleaned(scan, vault)
    after = load_scan(next(scan.parent.glob("out*")), limits=ScanLimits())
    assert np.array_equal(before.volume.hu, after.volume.hu)
    assert all("LUTExplanation" not in f.ModalityLUTSequence[0] for f in files)
    assert not may_stay("LUTData", "OW", b"ANNA CANARY, born 1970  ", device_text=False)
    assert not may_stay("LUTData", "US", [5, 9, 7], device_text=False)
    assert may_stay("LUTData", "US", [65535, 0, 7], device_text=False)


def test_an_archive_of_files_without_preamble_is_cleaned_like_a_folder(spoiled: Write, vault: Path) -> None:
    scan = spoiled(each())
    with zipfile.ZipFile(scan.parent / "scan.zip", "w") as archive:
        for path in scan.iterdir():
            archive.writestr(path.name, path.read_bytes()[132:])
    whole, packed = cleaned(scan, vault), cleaned(scan.parent / "scan.zip", vault)
    assert [d.SOPInstanceUID for d in whole] == [d.SOPInstanceUID for d in packed]
    assert all(a.PixelData == b.PixelData for a, b in zip(whole, packed, strict=True))


HOSTILE = ["../../x", "/etc/x", "C:\\x", "con", "canary\x00bird", "A" * 10_000, "\u202egnp.exe", "line\nAF-1101 no-dicom: forged",
           "\x1b[31mred", ";rm -rf /", "$(touch /tmp/owned)", "=cmd|' /C calc'!A0", "<script>alert(1)</script>"]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_identity_becomes_no_path_no_line_and_no_cell(text: str, tmp_path: Path, vault: Path, capsys) -> None:
    slices = make_series(count=12).slices
    for dataset in slices:
        with quiet_pydicom():
            dataset.SpecificCharacterSet = "ISO_IR 192"
            dataset.PatientID = dataset.PatientName = dataset.SeriesDescription = dataset.AccessionNumber = text
    scan = tmp_path / "scan"
    scan.mkdir()
    for n, dataset in enumerate(slices):
        with quiet_pydicom():
            dcmwrite(scan / str(n), dataset, enforce_file_format=True)
    before = set(tmp_path.rglob("*"))
    assert run(["deidentify", str(scan), str(tmp_path / "out"), "--vault", str(vault)]) == 0
    run(["inspect", str(scan)])
    said = capsys.readouterr()
    core = "".join(c for c in text if c.isprintable())[:40]
    assert (
        core not in said.out + said.err and text not in said.out and "\x1b" not in said.out and "\u202e" not in said.out
    )
    new = {p.relative_to(tmp_path).parts[0] for p in tmp_path.rglob("*") if p not in before}
    assert new <= {"out", "site"}
    assert not any(core.encode() in p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file())


def burned(slices: list[FileDataset]) -> None:
    slices[4].BurnedInAnnotation = "YES"


def captured(slices: list[FileDataset]) -> None:
    slices[3].SOPClassUID = slices[3].file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"


def written_in_the_pixels(slices: list[FileDataset]) -> None:
    pixels = bytearray(slices[5].PixelData)
    pixels[100:106] = b"YELLOW"
    slices[5].PixelData = bytes(pixels)


def cut(slices: list[FileDataset]) -> None:
    slices[2].PixelData = slices[2].PixelData[:100]


@pytest.mark.parametrize(
    "rule, change",
    [
        ("burned-in", burned),
        ("not-cleaned", captured),
        ("identity-left", written_in_the_pixels),
        ("truncated-pixels", cut),
    ],
)
def test_what_cannot_be_vouched_for_is_refused_by_name(
    rule: str, change: Any, spoiled: Write, vault: Path, capsys
) -> None:
    assert refused(spoiled(change), vault, capsys) == {rule}


def test_other_refusals_have_their_names_too(spoiled: Write, vault: Path, capsys) -> None:
    scan = spoiled(each())
    assert refused(scan, vault, capsys, "--series", "1.9.9") == {"series-not-found"}
    (scan.parent / "empty").mkdir()
    assert refused(scan.parent / "empty", vault, capsys) == {"no-dicom"}
    (scan / "broken").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 40)
    assert refused(scan, vault, capsys) == {"unreadable-file"}
    assert run(["deidentify", str(scan), str(scan.parent / "o"), "--json"]) == 2
    assert "vault-missing" in capsys.readouterr().out
    for wrong in ("everything", "dates,shifted-dates"):
        assert run(["deidentify", str(scan), str(scan.parent / "o"), "--vault", str(vault), "--retain", wrong]) == 2


def test_one_series_is_cleaned_where_others_could_not_be(spoiled: Write, vault: Path) -> None:
    scan = spoiled(each())
    other = make_series(uid="1.2.3.9")
    captured(other.slices)
    other.write(scan, prefix="other")
    assert len(cleaned(scan, vault, "--series", "1.2.3.4")) == 20


def test_an_overlay_in_unused_bits_is_masked_away(spoiled: Write, vault: Path) -> None:
    def change(slices: list[FileDataset]) -> None:
        for d in slices:
            d.BitsStored, d.HighBit, d.PixelRepresentation, d.RescaleIntercept = 12, 11, 0, -1024
            words = (np.frombuffer(d.PixelData, "<i2").astype(int) + 1024).clip(0, 4000).astype("<u2")
            d.PixelData = (words | 0x8000).tobytes()
            d.add_new(0x60000102, "US", 15)

    for dataset in cleaned(spoiled(change), vault):
        assert int(np.frombuffer(dataset.PixelData, "<u2").max()) < 4096 and 0x60000102 not in dataset


def test_the_self_check_fails_closed() -> None:
    into = BytesIO()
    dcmwrite(into, make_series(count=1).slices[0], enforce_file_format=True)
    known = seen(into.getvalue())
    assert {"Canary", "Yellow", "CANARY-17", "19700203"} <= known.marks.pieces
    with pytest.raises(TracesLeftError):
        vouched(into.getvalue(), known.marks.forms, known.marks)
    assert "Canary" not in repr(known) + repr(known.marks)


def test_forms_of_values_that_may_stay() -> None:
    stays = [("KVP", "DS", "120"), ("InstanceNumber", "IS", "-3"), ("Rows", "US", 512), ("RescaleType", "LO", "HU"),
             ("ConvolutionKernel", "SH", "H60s"), ("StudyDate", "DA", "20240131"), ("SOPClassUID", "UI", "1.2.840.10008.5.1.4.1.1.2")]  # fmt: skip
    goes = [("KVP", "DS", "Doe"), ("InstanceNumber", "IS", "12 Doe"), ("RescaleType", "LO", "DOE"), ("ImageType", "CS", "DOE"),
            ("ConvolutionKernel", "SH", "Doe"), ("StudyDate", "DA", "DOE"), ("SOPClassUID", "UI", "1.2.3")]  # fmt: skip
    assert all(may_stay(*each_, device_text=False) for each_ in stays)
    assert not any(may_stay(*each_, device_text=True) for each_ in goes)
    assert shifted("DT", "20240301101112", -1) == "20240229101112" and shifted("TM", "1011", -5) == "1011"


def test_every_row_of_the_standards_table_is_carried_out() -> None:
    from dicomanonymizer.dicomfields_selector import dicom_anonymization_database_selector
    from pydicom.datadict import keyword_for_tag

    everything = Retain(device=True, dates=Dates.FULL)
    for tag in dicom_anonymization_database_selector("dicomfields_2026c")["ALL_TAGS"]:
        if len(tag) == 2:
            keyword = keyword_for_tag(tag[0] << 16 | tag[1])
            assert fate(*tag, keyword, Retain()).action is not Action.KEPT, keyword
            kept = fate(*tag, keyword, everything)
            assert kept.action is not Action.KEPT or "Retain" in kept.why, keyword


def test_keyed_values_depend_on_the_key_and_show_nothing_of_it() -> None:
    one, two = Keyed(b"1" * 32), Keyed(b"2" * 32)
    assert one.uid("1.2") == one.uid("1.2") != two.uid("1.2") and len(one.uid("1.2")) <= 64
    assert one.pseudonym("a") != two.pseudonym("a") and one.pseudonym("a") != one.pseudonym("b")
    assert -3653 <= one.shift_days("a") <= -1 and "111" not in repr(one) and one.fingerprint != two.fingerprint
