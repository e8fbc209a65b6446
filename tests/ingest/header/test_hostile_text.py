"""Whatever stands in the texts of a file, no output carries it as it is: not the report, not a refusal, not an exception."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from anatofit.cli.main import run
from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.load import load_scan
from anatofit.ingest.scan import inspect_lines, inspect_scan
from anatofit.model.quiet import quiet_pydicom
from anatofit.model.scan import ScanLimits
from tests.ingest.dicom_writer import make_series
from validation.hostile import element, header, meta, pixels

LIMITS = ScanLimits()
VALUES = {
    "a path": "../../x-CANARY",
    "an absolute path": "/etc/x-CANARY",
    "a drive": "C:\\x-CANARY",
    "NUL": "a\0b-CANARY",
    "long": "x" * 10_000 + "-CANARY",
    "right to left": "\u202ex-CANARY",
    "a forged line": "a\nERROR x-CANARY",
    "an escape": "\x1b[31mx-CANARY",
    "a shell": ";rm -rf x-CANARY",
    "a substitution": "$(x-CANARY)",
    "a formula": "=cmd|x-CANARY",
    "a page": "<script>x-CANARY</script>",
}
IDENTIFYING = (
    "PatientID",
    "PatientName",
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "StudyInstanceUID",
    "FrameOfReferenceUID",
)


def spoiled(folder: Path, value: str, *, only: tuple[str, ...] = IDENTIFYING) -> Path:
    """A series with this text in every attribute that names somebody or something."""
    series = make_series()
    with quiet_pydicom():
        for number, ds in enumerate(series.slices):
            ds.SpecificCharacterSet = "ISO_IR 192"
            for keyword in only:
                own = keyword == "SOPInstanceUID"
                if own and not value.isascii():
                    continue  # pydicom copies it into group 0002, which is ASCII
                text = f"{value}{number}" if own else value
                odd = len(text) > 1000 or not text.isascii()
                ds.add_new(keyword, "UT", text) if odd else setattr(ds, keyword, text)
        return series.write(folder)


def refusal_of(folder: Path) -> str:
    """What loading says, with all that the exception carries."""
    try:
        return repr(load_scan(folder, limits=LIMITS).facts)
    except ScanUnsuitableError as error:
        return f"{error!r} {error} {error.reasons!r} {error.__cause__!r} {error.__context__!r}"


def is_clean(text: str) -> bool:
    """No piece of a planted text, and nothing that steers a terminal or forges a line."""
    return "CANARY" not in text.upper() and not any(c in text for c in "\x1b\0\u202e") and "rm -rf" not in text


@pytest.mark.parametrize("name", VALUES)
def test_identifying_text_reaches_no_output(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = spoiled(tmp_path / "scan", VALUES[name])
    report = inspect_scan(folder, LIMITS)
    assert report.files.received == 20
    for text in ("\n".join(inspect_lines(report)), report.model_dump_json(), repr(report), refusal_of(folder)):
        assert is_clean(text)
    for more in ([], ["--json"]):
        run(["inspect", str(folder), *more])
    run(["run", str(_order(tmp_path)), "--out", str(tmp_path / "pack")])
    said = capfd.readouterr()
    assert is_clean(said.out) and is_clean(said.err)


def _order(tmp_path: Path) -> Path:
    order = {"case": "A-1", "device": "cranial-plate", "laterality": "R", "prescriber": "x"}
    lines = ["[order]", *(f"{k} = {json.dumps(v)}" for k, v in order.items()), "[source]", 'dicom = "scan"']
    path = tmp_path / "prescription.toml"
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("name", VALUES)
def test_text_that_may_be_shown_is_shown_without_what_steers(name: str, tmp_path: Path) -> None:
    value = VALUES[name].replace("CANARY", "shown")
    shown: dict[str, Any] = inspect_scan(
        spoiled(tmp_path / "scan", value, only=("SeriesDescription", "ConvolutionKernel")), LIMITS
    ).model_dump()
    for text in (shown["series"][0]["description"], shown["series"][0]["kernel"]):
        assert text.isprintable() and len(text) <= 64


@pytest.mark.parametrize("value", [b"../../x-CANARY", b"\x1b[31mCANARY", b"1.2.CANARY", b"\xff\xfe\0CANARY"])
def test_the_transfer_syntax_is_shown_as_a_uid_or_not_at_all(value: bytes, tmp_path: Path) -> None:
    for field in (0x00020002, 0x00020010):
        data = meta() + header() + pixels()
        data = data.replace(_meta_element(data, field), element(field, b"UI", value), 1)
        (tmp_path / f"{field:x}").write_bytes(data)
    report = inspect_scan(tmp_path, LIMITS)
    assert is_clean(report.model_dump_json()) and is_clean(refusal_of(tmp_path)) and report.files.received == 2


def _meta_element(data: bytes, tag: int) -> bytes:
    at = data.index(element(tag, b"UI")[:6])
    return data[at : at + 8 + int.from_bytes(data[at + 6 : at + 8], "little")]
