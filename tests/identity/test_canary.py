"""A canary planted in every text that a CT file can hold, in whatever character set, is in nothing that the program says or writes."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from pydicom.datadict import DicomDictionary

from anatofit.app import stages
from anatofit.cli.main import run
from anatofit.rules import WAIVABLE
from tests.app.fakes import PRESCRIPTION, fake_run
from tests.identity.canary import BIRTH, NUMBER, SCRIPTS, TEXT_VRS, WORD, Script, forms, plant, traces
from tests.ingest.dicom_writer import make_series

REAL_LOAD = stages.load
# a pattern of 24 x 16 pixels with a contrast agent is no head: what may be waived is
WAIVED = "".join(f'[[waiver]]\nrule = "{rule}"\nreason = "test"\nby = "test"\n' for rule in sorted(WAIVABLE))
scripts = pytest.mark.parametrize(
    "script", SCRIPTS, ids=lambda s: f"{s.declared}-as-{s.coding}".strip("\\").replace(" ", "-")
)


def test_the_canary_is_planted_in_every_text_attribute_and_in_its_own_coding(planted) -> None:
    texts = sum(vr in TEXT_VRS for vr, *_ in DicomDictionary.values())
    for script in SCRIPTS:
        slices = [plant(d, script) for d in make_series(count=1).slices]
        assert len(slices[0]) > 2300 < texts
    data = next(p for p in sorted(planted(SCRIPTS[1]).iterdir()) if p.stat().st_size > 100_000).read_bytes()
    assert data.count(WORD.encode()) > 9000 and data.count(SCRIPTS[1].encode(SCRIPTS[1].word)) > 3000
    assert traces(
        [], SCRIPTS[1], texts=[data.decode("latin-1")]
    )  # the search finds it even when it is read in the wrong set


@scripts
def test_inspect_shows_no_canary(script: Script, planted, capfd, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    scan = planted(script)
    # the planted contrast agent stops a design, by its rule and not by its name
    assert [run(["inspect", str(scan)]), run(["inspect", str(scan), "--json", "--image"])] == [3, 3]
    said = capfd.readouterr()
    assert "contrast-agent" in said.out
    assert not traces([], script, texts=[said.out.replace(str(scan), ""), said.err, caplog.text])
    assert "[…]" in said.out  # the series description was withheld, not lost


@scripts
def test_a_de_identified_series_bears_no_canary_and_its_table_names_every_attribute(
    script: Script, planted, vault, tmp_path, capfd, caplog
) -> None:
    caplog.set_level(logging.DEBUG)
    scan, out = planted(script), tmp_path / "out"
    assert run(["deidentify", str(scan), str(out), "--vault", str(vault), "--retain", "device,dates"]) == 0
    said = capfd.readouterr()
    assert not traces([out], script, texts=[said.out, said.err, caplog.text])
    rows = json.loads((out / "deidentification.json").read_text())["attributes"]
    named = {row["attribute"] for row in rows}
    assert {"preamble", "(0009,1001)", "(6000,3000)", "(5000,3000)", "(0002,0102)", "behind the dataset"} <= named
    assert len(named) > 2300 and not any(row["action"] == "kept" for row in rows if row["keyword"] == "private")


@pytest.mark.parametrize("script", [SCRIPTS[1], SCRIPTS[3], SCRIPTS[7]], ids=lambda s: s.coding)
def test_a_run_to_a_pack_and_its_check_say_and_keep_no_canary(
    script: Script, planted, vault, tmp_path, monkeypatch, capfd, caplog
) -> None:
    caplog.set_level(logging.DEBUG)
    planted(script)
    fake_run(monkeypatch)
    monkeypatch.setattr(stages, "load", REAL_LOAD)
    order = tmp_path / "order.toml"
    order.write_text(PRESCRIPTION + f'[patient]\nid = "{WORD}-{NUMBER}"\nbirth_year = 1970\n' + WAIVED)
    site = tmp_path / "anatofit.toml"
    site.write_text(f'[identity]\nvault = "site/{vault.name}"\n')
    pack = tmp_path / "pack"
    assert run(["run", str(order), "--out", str(pack), "--json"]) == 0
    run(["check", str(pack), "--scan", str(tmp_path / "scan")])
    said = capfd.readouterr()
    # the fake plan fails other requirements
    assert "pass  PK-SCAN-1" in said.out and "prescription.toml is not the one" not in said.out
    assert not traces([pack], script, texts=[said.out, said.err, caplog.text])
    scan = json.loads((pack / "manifest.json").read_text())["scan"]
    assert scan["patient_pseudonym"] in json.loads(vault.read_text())["patients"]


def test_a_refused_run_and_its_report_bear_no_canary(planted, tmp_path, capfd, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    script = SCRIPTS[3]
    planted(script)
    order, refusal = tmp_path / "order.toml", tmp_path / "refusal"
    order.write_text(PRESCRIPTION + '[patient]\nid = "somebody else"\n')
    for options in ([], ["--json"], ["--debug"]):
        arguments = ["run", str(order), "--out", str(tmp_path / "pack"), "--refusal", str(refusal), *options]
        assert run(arguments) == 3
    said = capfd.readouterr()
    assert "patient-mismatch" in said.out and (refusal / "refusal.html").is_file()
    assert not traces([refusal], script, texts=[said.out, said.err, caplog.text])


def test_without_a_vault_the_pack_holds_no_identifier_either(planted, tmp_path, monkeypatch, capfd) -> None:
    script = SCRIPTS[0]
    planted(script)
    fake_run(monkeypatch)
    monkeypatch.setattr(stages, "load", REAL_LOAD)
    order = tmp_path / "order.toml"
    order.write_text(PRESCRIPTION + f'[patient]\nid = "{WORD}-{NUMBER}"\nbirth_year = 1970\n' + WAIVED)
    assert run(["run", str(order), "--out", str(tmp_path / "pack")]) == 0
    said = capfd.readouterr()
    assert not traces([tmp_path / "pack"], script, texts=[said.out, said.err])
    assert "patient_pseudonym" not in (tmp_path / "pack" / "manifest.json").read_text()


def test_a_series_whose_uid_bears_the_patients_number_is_found_by_either_uid(planted, capfd) -> None:
    scan = planted(SCRIPTS[0])
    run(["inspect", str(scan), "--json"])
    shown = json.loads(capfd.readouterr().out)["series"][0]["uid"]
    assert shown.startswith("2.25.") and not {form for form in forms(SCRIPTS[0]) if form in shown.encode()}
    from anatofit.ingest.scan import inspect_scan
    from anatofit.model.scan import ScanLimits

    for uid in (shown, f"1.2.3.4.{BIRTH}.{NUMBER}"):
        assert inspect_scan(scan, ScanLimits(), series=uid).chosen == shown


def test_a_broken_file_is_named_and_kept_apart_without_its_canary(planted, tmp_path, capfd) -> None:
    scan, apart = planted(SCRIPTS[2]), tmp_path / "apart"
    victim = sorted(Path(scan).iterdir())[5]
    victim.write_bytes(victim.read_bytes()[:1500])
    run(["inspect", str(scan)])
    run(["inspect", str(scan), "--json", "--quarantine", str(apart)])
    said = capfd.readouterr()
    records = [p.read_text() for p in apart.glob("*.json")]
    # the copies beside them are the sealed originals: of the broken file, and of its series, which has a gap now
    assert sorted(json.loads(r)["refused"] for r in records) == ["file"] + ["series"] * (len(records) - 1)
    assert not traces(
        [], SCRIPTS[2], texts=[said.out.replace(str(scan), ""), said.err, *records, *map(str, apart.iterdir())]
    )
