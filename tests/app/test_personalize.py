"""A run leaves a pack whose every file is in the manifest, whose ledger is a chain, and which names no patient."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path

import pytest

from anatofit.app import stages
from anatofit.app.personalize import Outcome, Request, personalize
from anatofit.app.prescription import read_job
from anatofit.app.refuse import refusal_pictures
from anatofit.app.routes.cranium import CRANIUM_CT
from anatofit.errors import DefectError, OutputError, Reason
from tests.app.fakes import PRESCRIPTION, a_scan, fake_run, located, write_prescription


def run(tmp_path: Path, text: str = PRESCRIPTION, **options: object) -> Outcome:
    return personalize(Request(write_prescription(tmp_path, text), tmp_path / "pack", **options))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_pack_has_the_layout_of_the_contract(tmp_path, monkeypatch) -> None:
    fake_run(monkeypatch)
    outcome = run(tmp_path)
    assert outcome.fit
    assert set(contents(tmp_path / "pack")) == {
        "manifest.json", "ledger.jsonl", "prescription.toml", "resolved.toml", "plan.json", "device/plate.stl",
        "device/plate.3mf", "models/host.stl", "models/missing_bone.stl", "models/restored.stl", "figures/view.png", "report.html",
    }  # fmt: skip


def test_the_manifest_names_every_other_file_with_its_hash(tmp_path, monkeypatch) -> None:
    fake_run(monkeypatch)
    run(tmp_path)
    files = contents(tmp_path / "pack")
    manifest = json.loads(files.pop("manifest.json"))
    assert {o["path"]: o["sha256"] for o in manifest["outputs"]} == {
        p: hashlib.sha256(b).hexdigest() for p, b in files.items()
    }
    assert manifest["ledger_sha256"] == hashlib.sha256(files["ledger.jsonl"]).hexdigest()
    assert (manifest["frame"], manifest["unit"], manifest["schema"]) == ("LPS", "mm", 1)
    assert manifest["make"]["material"]["name"] == "PEEK" and manifest["inputs"][0]["count"] == 4


def test_the_ledger_is_a_chain_with_a_line_a_step(tmp_path, monkeypatch) -> None:
    fake_run(monkeypatch)
    run(tmp_path)
    lines = (tmp_path / "pack" / "ledger.jsonl").read_bytes().splitlines()
    records = [json.loads(line) for line in lines]
    assert [r["step"] for r in records] == [*(s.name for s in CRANIUM_CT.steps), "pack"]
    said = next(r["sentence"] for r in records if r["step"] == "surface")
    assert "the host's vertices lie less than 0.001 mm (median) and 0.040 mm (95th percentile)" in said
    before = "0" * 64
    made: dict[str, str] = {}
    for line, record in zip(lines, records, strict=True):
        assert record["previous_sha256"] == before
        assert all(made.get(n, h) == h for n, h in record["inputs"].items())
        made |= record["outputs"]
        before = hashlib.sha256(line).hexdigest()


def test_the_ledgers_last_line_holds_the_manifest_without_its_hashes_of_files(tmp_path, monkeypatch) -> None:
    fake_run(monkeypatch)
    outcome = run(tmp_path)
    manifest = json.loads((tmp_path / "pack" / "manifest.json").read_bytes())
    assert manifest == outcome.manifest
    last = json.loads((tmp_path / "pack" / "ledger.jsonl").read_bytes().splitlines()[-1])
    content = {k: v for k, v in manifest.items() if k not in ("outputs", "ledger_sha256")}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    assert last["parameters"] == {"manifest_content_sha256": hashlib.sha256(text.encode()).hexdigest()}


def test_two_runs_give_the_same_bytes_of_geometry(tmp_path, monkeypatch) -> None:
    fake_run(monkeypatch)
    packs = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        run(tmp_path / name)
        packs.append(
            {p: b for p, b in contents(tmp_path / name / "pack").items() if p not in ("manifest.json", "ledger.jsonl")}
        )
    assert packs[0] == packs[1]


def test_a_failed_requirement_marks_the_pack(tmp_path, monkeypatch) -> None:
    fake_run(monkeypatch, passes=False)
    outcome = run(tmp_path)
    assert not outcome.fit
    manifest = json.loads((tmp_path / "pack" / "manifest.json").read_text())
    assert manifest["verdict"] == "NOT FOR USE" and manifest["findings"][1]["advice"] == "a larger gap_mm"
    told = (tmp_path / "pack" / "NOT_FOR_USE.txt").read_text()
    assert "CR-GAP-1" in told and "To try: a larger gap_mm" in told


def test_a_requirement_that_nobody_measured_marks_the_pack(tmp_path, monkeypatch) -> None:
    fake_run(monkeypatch)
    asked, found = stages.verify(None, {}, {})
    lonely = asked[0].model_copy(update={"id": "CR-X-1"})
    monkeypatch.setattr(stages, "verify", lambda job, files, plan: ([*asked, lonely], found))
    outcome = run(tmp_path)
    assert not outcome.fit and [r.id for r in outcome.unmeasured] == ["CR-X-1"]
    assert json.loads((tmp_path / "pack" / "manifest.json").read_text())["verdict"] == "NOT FOR USE"
    assert "CR-X-1" in (tmp_path / "pack" / "NOT_FOR_USE.txt").read_text()


def test_a_scan_without_a_defect_leaves_nothing_but_the_refusal(tmp_path, monkeypatch) -> None:
    fake_run(monkeypatch)

    def refuse(bone: object, job: object) -> None:
        raise DefectError(Reason("no-defect", "no hole was found; one is wanted"))

    written: dict[str, object] = {}
    monkeypatch.setattr(stages, "locate", refuse)
    monkeypatch.setattr(stages, "locate_anywhere", lambda bone, overrides: located())
    monkeypatch.setattr(
        "anatofit.report.refusal.write_refusal", lambda folder, **said: written.update(folder=folder, **said)
    )
    with pytest.raises(DefectError):
        run(tmp_path, refusal=tmp_path / "why")
    assert len(written["pictures"]) == 3 and all(n.startswith("Defect 1, 30 mm, right") for n in written["pictures"])
    assert all(png.startswith(b"\x89PNG") for png in written["pictures"].values())
    assert written["facts"].modality == "CT"
    assert not (tmp_path / "pack").exists()


def test_a_skull_without_a_hole_is_shown_all_the_same(tmp_path, monkeypatch) -> None:
    def none(bone: object, overrides: object) -> None:
        raise DefectError(Reason("no-defect", "no hole was found"))

    fake_run(monkeypatch)
    monkeypatch.setattr(stages, "locate_anywhere", none)
    job, scan = read_job(write_prescription(tmp_path)), a_scan()
    bone = stages.segment(scan.volume, None, edge_hu=None)
    assert all(n.startswith("The head") for n in refusal_pictures(job, {"bone": bone}))
    assert all(n.startswith("The scan") for n in refusal_pictures(job, {"volume": scan.volume}))
    assert len(refusal_pictures(job, {"bone": bone})) == 3 and refusal_pictures(job, {}) == {}


def test_the_place_is_judged_before_the_work_begins(tmp_path, monkeypatch) -> None:
    fake_run(monkeypatch)
    run(tmp_path)
    monkeypatch.setattr(stages, "load", lambda job: pytest.fail("the scan was read in vain"))
    with pytest.raises(OutputError, match="--force"):
        run(tmp_path)


def test_the_patients_identifier_reaches_no_file(tmp_path, monkeypatch) -> None:
    fake_run(monkeypatch)
    run(tmp_path, PRESCRIPTION + '[patient]\nid = "DOE-4711"\n')
    files = contents(tmp_path / "pack")
    assert not any(b"DOE-4711" in content for content in files.values())
    kept = tomllib.loads(files["prescription.toml"].decode())
    assert kept["patient"] == {"id_sha256": hashlib.sha256(b"DOE-4711").hexdigest()}


def test_without_an_identifier_the_prescription_is_kept_as_written(tmp_path, monkeypatch) -> None:
    fake_run(monkeypatch)
    run(tmp_path)
    assert (tmp_path / "pack" / "prescription.toml").read_text() == PRESCRIPTION
    assert tomllib.loads((tmp_path / "pack" / "resolved.toml").read_text())["design"]["gap_mm"] == 0.5
