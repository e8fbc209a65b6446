"""A scan that is not the pack's own, or not fit, is the scan's fault: nothing is said of the pack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from anatofit.app.check import check
from anatofit.cli.main import run
from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.load import load_scan
from anatofit.model.finding import Finding
from anatofit.model.scan import ScanLimits
from anatofit.rules import RULES
from anatofit.rules.files import UNOPENED
from anatofit.verify.manifest_seal import content_sha256
from tests.app.fakes import FakeDevice
from tests.ingest.dicom_writer import make_series
from validation.hostile import HOSTILE

HOLDS = Finding(id="PK-FILE-1", what="files", measured=0, unit="faults", limit_high=0, passed=True)
asked: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def _pack_is_judged_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    asked.clear()

    def check_pack(pack: Path, **more: Any) -> list[Finding]:
        asked.update(more)
        return [HOLDS, *(more["scan_findings"] or ())]

    monkeypatch.setattr("anatofit.verify.pack_check.check_pack", check_pack)
    monkeypatch.setattr("anatofit.devices.registry.get_device", lambda name: FakeDevice())


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """The pattern 800 HU lower: no bone of it reaches the border, so that it keeps every limit of the plate."""
    series = make_series(count=30)
    for ds in series.slices:
        ds.RescaleIntercept = -824
    return series.write(tmp_path / "scan")


@pytest.fixture
def pack(scan: Path) -> Path:
    """What `check` reads of a pack made from that scan."""
    record = load_scan(scan, limits=ScanLimits()).facts.input.model_dump()
    order = {"case": "A-1", "device": "cranial-plate", "laterality": "R", "prescriber": "x"}
    folder = scan.parent / "pack"
    folder.mkdir()
    (folder / "manifest.json").write_text("{}")
    rewrite(folder, order=order, waivers=[], inputs=[record], outputs=[])
    return folder


def rewrite(pack: Path, **keys: object) -> None:
    """The manifest with other keys, as if it had been written so: the ledger's hash of it follows."""
    alter(pack, **keys)
    manifest = json.loads((pack / "manifest.json").read_text())
    line = {"step": "pack", "outputs": {}, "parameters": {"manifest_content_sha256": content_sha256(manifest)}}
    (pack / "ledger.jsonl").write_text(json.dumps(line) + "\n")


def alter(pack: Path, **keys: object) -> None:
    path = pack / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | keys))


def refused(pack: Path, scan: Path) -> dict[str, str]:
    with pytest.raises(ScanUnsuitableError) as caught:
        check(pack, scan=scan)
    assert not asked and caught.value.reasons[-1].message.endswith("Nothing was judged of the pack by this scan")
    return {r.rule: r.message for r in caught.value.reasons}


def test_the_scan_that_went_in_is_judged_again(pack: Path, scan: Path) -> None:
    assert all(f.passed for f in check(pack, scan=scan))
    assert {f.id for f in asked["scan_findings"]} >= {"slice-thickness", "pixel-size"}


def test_another_scan_is_the_reason_and_says_what_it_is_and_what_was_wanted(pack: Path, tmp_path: Path) -> None:
    other = make_series(count=20, uid="1.2.3.5").write(tmp_path / "other")
    said = refused(pack, other)
    assert list(said) == ["other-scan"]
    assert "the scan holds 1 other series (20 files); series 1.2.3.4 (30 files of sha256 " in said["other-scan"]
    assert "Name the folder of the scan that the pack was made from, or leave --scan out" in said["other-scan"]


def test_an_altered_scan_is_the_reason(pack: Path, scan: Path) -> None:
    make_series(count=30, origin=(-3.0, 5.0, 41.0)).write(scan)
    assert "series 1.2.3.4 is there with 30 files of sha256 " in refused(pack, scan)["other-scan"]


def test_a_scan_that_is_not_fit_is_the_reason(pack: Path, scan: Path) -> None:
    (scan / "broken").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 40)
    assert list(refused(pack, scan)) == ["unreadable-file"]
    assert list(refused(pack, scan.parent / "none")) == ["no-dicom"]


def test_a_record_that_the_very_scan_contradicts_is_the_packs_fault(pack: Path, tmp_path: Path) -> None:
    thick = make_series(count=30, step_mm=3.0).write(tmp_path / "thick")
    limits = ScanLimits.model_validate({"slice_spacing_mm": (4.0, None)})
    rewrite(pack, inputs=[load_scan(thick, limits=limits).facts.input.model_dump()])
    assert [f.id for f in check(pack, scan=thick) if not f.passed] == ["slice-thickness"]  # its waiver is gone


@pytest.mark.parametrize("inputs", [[], None, [{"uid": "1"}], [None], "x"])
def test_a_pack_that_names_no_scan_is_altered_whatever_scan_is_given(pack: Path, scan: Path, inputs: object) -> None:
    rewrite(pack, inputs=inputs)
    assert check(pack, scan=scan) == [HOLDS] and asked["scan_findings"] is None and asked["scan"] == scan


def test_by_an_altered_record_no_scan_is_refused(pack: Path, tmp_path: Path) -> None:
    other = make_series(count=20, uid="1.2.3.5").write(tmp_path / "other")
    alter(pack, remarks=["all is well"])
    assert check(pack, scan=other) == [HOLDS] and asked["scan_findings"] is None and asked["scan"] == other


def test_the_command_ends_with_3_and_names_the_folder_on_the_terminal_alone(pack: Path, tmp_path: Path, capsys) -> None:
    other = make_series(uid="1.2.3.5").write(tmp_path / "other")
    arguments = ["check", str(pack), "--scan", str(other)]
    assert run(arguments) == 3
    said = capsys.readouterr()
    assert said.err.startswith("AF-2013 other-scan: this is not the scan") and f"[{other}]" in said.err
    assert "NOT FOR USE" not in said.err + said.out
    assert run([*arguments, "--json"]) == 3
    said = capsys.readouterr().out
    assert json.loads(said)["exit"] == 3 and str(other) not in said


@pytest.mark.parametrize(
    "name", ["a name that leads out", "10000 sequences, undefined lengths", "an unknown representation"]
)
def test_what_intake_refuses_to_open_is_opened_by_nobody_else(
    name: str, pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: object) -> list[str]:
        raise AssertionError("a hostile scan was opened")

    monkeypatch.setattr("anatofit.verify.scan_inputs.other_scan", opened)
    assert HOSTILE[name].rule in refused(pack, HOSTILE[name].write(tmp_path / "hostile"))


def test_the_rules_that_close_a_scan_are_rules() -> None:
    assert set(RULES) >= UNOPENED
