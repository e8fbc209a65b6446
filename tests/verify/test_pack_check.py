"""A pack is measured again; whatever was altered, added, removed or rewritten is found and named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from small_pack import SCAN, digest, seal, write_pack

from anatofit.model.finding import Finding
from anatofit.model.mesh import Mesh
from anatofit.verify.pack_check import check_pack
from anatofit.verify.run import verify

KNOWN: dict[str, list[Finding]] = {}


def verify_once(parts: Mapping[str, Mesh], **asked: Any) -> list[Finding]:
    """The real measurements; the same bodies under the same requirements are measured only once."""
    meshes = [m for group in (parts, asked["models"]) for _, m in sorted(group.items())]
    shapes = b"".join(m.vertices_lps_mm.tobytes() + m.faces.tobytes() for m in meshes)
    rest = repr((sorted(parts), sorted(asked["models"]), asked["requirements"], asked["plan"], asked["unread"]))
    key = digest(shapes + rest.encode())
    if key not in KNOWN:
        KNOWN[key] = verify(parts, **asked)
    return KNOWN[key]


@pytest.fixture(autouse=True)
def _measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anatofit.verify.pack_check.verify", verify_once)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pack(tmp_path_factory.mktemp("pack") / "pack")


@pytest.fixture
def pack(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "pack"))


def failed(pack: Path) -> dict[str, str]:
    return {f.id: f.detail for f in check_pack(pack) if not f.passed}


def rewrite(pack: Path, change: Callable[[dict[str, Any]], object]) -> None:
    manifest = json.loads((pack / "manifest.json").read_bytes())
    change(manifest)
    (pack / "manifest.json").write_text(json.dumps(manifest))


def test_a_whole_pack_holds(whole: Path) -> None:
    found = check_pack(whole)
    assert all(f.passed for f in found), [f for f in found if not f.passed]
    assert {"CR-GAP-1", "CR-STEP-1", "SCAN-1", "PK-FILE-1", "PK-LEDGER-1", "PK-MEASURE-1"} <= {f.id for f in found}


def test_a_pack_that_is_not_fit_checks_to_its_failed_finding(tmp_path: Path) -> None:
    assert set(failed(write_pack(tmp_path / "pack", gap_low_mm=0.6))) == {"CR-GAP-1"}


def test_an_altered_byte_is_found_and_named(pack: Path) -> None:
    path = pack / "device" / "plate.stl"
    data = bytearray(path.read_bytes())
    data[200] ^= 1
    path.write_bytes(data)
    assert "device/plate.stl" in failed(pack)["PK-FILE-1"]


def test_a_missing_file_is_found_and_named(pack: Path) -> None:
    (pack / "models" / "host.stl").unlink()
    faults = failed(pack)
    assert "models/host.stl: the file is missing" in faults["PK-FILE-1"]
    assert "host" in faults["CR-GAP-1"]


def test_a_mesh_that_cannot_be_read_is_named_with_its_reason_and_without_a_number(pack: Path) -> None:
    (pack / "device" / "plate.stl").write_bytes(b"")
    faults = failed(pack)
    said = "not measured: device/plate.stl cannot be read: the file is empty (0 bytes)"
    assert faults["CR-GAP-1"] == faults["CR-STEP-1"] == said
    assert faults["PK-MEASURE-1"] == "not measured again: CR-GAP-1, CR-STEP-1"


def test_a_plan_that_is_none_is_said_without_the_name_of_an_exception(pack: Path) -> None:
    (pack / "plan.json").write_text("no plan")
    faults = failed(pack)
    assert "plan.json is not the JSON that was written" in faults["PK-MEASURE-1"]
    assert not any("Error" in fault for fault in faults.values())


def test_an_extra_file_is_found_and_named(pack: Path) -> None:
    (pack / "device" / "other.stl").write_bytes(b"x")
    assert "device/other.stl" in failed(pack)["PK-FILE-1"]


def test_a_changed_line_of_the_ledger_is_found(pack: Path) -> None:
    path = pack / "ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"build"', b'"wield"'))
    assert "line 3" in failed(pack)["PK-LEDGER-1"]


@pytest.mark.parametrize(
    "name", ["../outside.stl", "/etc/hostname", "device/../../x", "device\\plate.stl", "", None, 3]
)
def test_a_name_that_leads_out_of_the_pack_is_refused(pack: Path, name: object) -> None:
    rewrite(pack, lambda m: m["outputs"].append({"path": name, "sha256": "0", "bytes": 1}))
    assert "PK-FILE-1" in failed(pack)


def test_a_link_is_no_file_of_a_pack(pack: Path) -> None:
    target = pack / "plan.json"
    moved = pack.parent / "plan.json"
    target.rename(moved)
    target.symlink_to(moved)
    assert "plan.json: the name is a link" in failed(pack)["PK-FILE-1"]


def test_a_measurement_that_was_rewritten_is_found(pack: Path) -> None:
    rewrite(pack, lambda m: m["findings"][1].update(measured=0.51))
    assert "CR-GAP-1" in failed(pack)["PK-MEASURE-1"]


def test_a_verdict_that_was_rewritten_is_found(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "pack", gap_low_mm=0.6)
    rewrite(pack, lambda m: m.update(verdict="every requirement holds", fit=True))
    assert "PK-VERDICT-1" in failed(pack)


def test_another_case_in_the_plan_is_found(pack: Path) -> None:
    plan = json.loads((pack / "plan.json").read_bytes()) | {"laterality": "L"}
    (pack / "plan.json").write_text(json.dumps(plan))
    assert "laterality" in failed(pack)["PK-ORDER-1"]


def overrule(pack: Path, entry: str) -> None:
    path = pack / "resolved.toml"
    path.write_text(path.read_text().replace("set = []", f'set = ["{entry}"]'))


def test_what_was_set_on_the_command_line_is_judged_by_the_resolved_order(pack: Path) -> None:
    text = (pack / "prescription.toml").read_text().replace('laterality = "R"', 'laterality = "L"')
    (pack / "prescription.toml").write_text(text)
    rewrite(pack, lambda m: m.update(prescription_sha256=digest(text.encode())))
    assert "L in the prescription" in failed(pack)["PK-ORDER-1"]
    overrule(pack, "order.laterality")
    assert "PK-ORDER-1" not in failed(pack)


def test_another_order_in_the_resolved_one_is_found(pack: Path) -> None:
    path = pack / "resolved.toml"
    path.write_text(path.read_text().replace("A-0001", "A-0002"))
    assert "A-0002 in the resolved order" in failed(pack)["PK-ORDER-1"]


def test_parameters_that_are_not_those_of_the_order_are_found(pack: Path) -> None:
    rewrite(pack, lambda m: m["parameters"].update(gap_mm=0.4))
    assert "parameters" in failed(pack)["PK-ORDER-1"]


def test_a_requirement_without_a_finding_is_never_fit(pack: Path) -> None:
    rewrite(pack, lambda m: m.update(findings=[f for f in m["findings"] if f["id"] != "CR-STEP-1"]))
    assert {"PK-MEASURE-1", "PK-VERDICT-1"} <= set(failed(pack))


def test_without_the_scan_its_findings_are_named_as_recorded(whole: Path) -> None:
    found = {f.id: f for f in check_pack(whole)}
    assert "not measured again" in found["SCAN-1"].detail and found["SCAN-1"].passed


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"schema": NaN}', b"\xff\xfe", b"[" * 100_000])
def test_a_manifest_that_is_none_gives_a_finding(pack: Path, content: bytes) -> None:
    (pack / "manifest.json").write_bytes(content)
    assert list(failed(pack)) == ["PK-MANIFEST-1"]


@pytest.mark.parametrize(
    "key", ["outputs", "findings", "requirements", "order", "verdict", "ledger_sha256", "inputs", "fit"]
)
@pytest.mark.parametrize("value", [None, [None], {}, "x"])
def test_a_broken_key_never_raises_and_never_passes(pack: Path, key: str, value: object) -> None:
    rewrite(pack, lambda m: m.update({key: value}))
    assert failed(pack)
    assert [f for f in check_pack(pack, scan=pack) if not f.passed]


def of_id(manifest: dict[str, Any], group: str, id_: str) -> dict[str, Any]:
    return next(r for r in manifest[group] if r["id"] == id_)


def without_a_requirement(manifest: dict[str, Any]) -> None:
    for group in ("findings", "requirements"):
        manifest[group] = [r for r in manifest[group] if r["id"] != "CR-STEP-1"]


def with_a_wider_limit(manifest: dict[str, Any]) -> None:
    for group in ("findings", "requirements"):
        of_id(manifest, group, "CR-STEP-1")["limit_high"] = 5.0


EDITS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a requirement and its finding removed": without_a_requirement,
    "a limit raised in both": with_a_wider_limit,
    "remarks emptied": lambda m: m["remarks"].clear(),
    "a scan finding changed": lambda m: of_id(m, "findings", "SCAN-1").update(measured=0.9),
    "a scan finding removed": lambda m: m["findings"].remove(of_id(m, "findings", "SCAN-1")),
    "a detail rewritten": lambda m: of_id(m, "findings", "CR-GAP-1").update(detail="looked at by hand"),
    "another density": lambda m: m["make"]["material"].update(density_g_cm3=1.0),
    "another printer": lambda m: m["make"]["printer"].update(volume_mm=[900, 900, 900]),
    "another number of files of the scan": lambda m: m["inputs"][0].update(count=2),
    "another version": lambda m: m["software"].update(anatofit="9.9.9"),
    "another prescriber": lambda m: m["order"].update(prescriber="Nobody"),
    "another frame": lambda m: m.update(frame="RAS"),
    "a key removed": lambda m: m.pop("software"),
    "a key added": lambda m: m.update(approved=True),
    "a word added to a file's record": lambda m: m["outputs"][0].update(approved=True),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_whatever_is_changed_in_the_manifest_is_an_altered_pack(
    pack: Path, edit: Callable[[dict[str, Any]], object]
) -> None:
    rewrite(pack, edit)
    assert "manifest.json was altered" in failed(pack)["PK-MANIFEST-2"]


def test_another_layout_of_the_same_manifest_is_the_same(pack: Path) -> None:
    rewrite(pack, lambda m: m.update(sorted(m.items(), reverse=True)))
    assert not failed(pack)


def test_a_key_that_stands_twice_is_no_manifest(pack: Path) -> None:
    path = pack / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b"{", b'{"frame": "RAS",', 1))
    assert list(failed(pack)) == ["PK-MANIFEST-1"]


def seal_again(pack: Path, parameters: Callable[[dict[str, Any]], dict[str, str]]) -> None:
    """The last line of the ledger, and what the manifest says of the ledger, follow the manifest as it is now."""
    manifest = json.loads((pack / "manifest.json").read_bytes())
    *before, last = (pack / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    line = json.dumps(json.loads(last) | {"parameters": parameters(manifest)}).encode() + b"\n"
    data = b"".join([*before, line])
    (pack / "ledger.jsonl").write_bytes(data)
    manifest["ledger_sha256"] = digest(data)
    of_ledger = next(r for r in manifest["outputs"] if r["path"] == "ledger.jsonl")
    of_ledger.update(sha256=digest(data), bytes=len(data))
    (pack / "manifest.json").write_text(json.dumps(manifest))


def test_a_pack_whose_ledger_bears_no_hash_of_the_manifest_is_to_be_made_again(pack: Path) -> None:
    seal_again(pack, lambda manifest: {})
    faults = failed(pack)
    assert list(faults) == ["PK-MANIFEST-2"] and "make it again" in faults["PK-MANIFEST-2"]


def test_a_limit_that_is_not_the_requirements_is_found_without_the_seal(pack: Path) -> None:
    rewrite(pack, lambda m: of_id(m, "findings", "CR-STEP-1").update(limit_high=5.0))
    seal_again(pack, lambda manifest: {"manifest_content_sha256": seal(manifest)})
    faults = failed(pack)
    assert list(faults) == ["PK-MEASURE-1"] and "CR-STEP-1: the recorded finding and its" in faults["PK-MEASURE-1"]


def test_scan_findings_that_differ_from_the_recorded_ones_are_found(pack: Path) -> None:
    worse = SCAN.model_copy(update={"measured": 3.0, "passed": False})
    found: dict[str, Finding] = {f.id: f for f in check_pack(pack, scan_findings=[worse])}
    assert not found["SCAN-1"].passed
    assert not found["PK-SCAN-2"].passed


def test_a_waiver_that_nobody_gave_is_found(pack: Path) -> None:
    def waive(manifest: dict[str, Any]) -> None:
        record = next(f for f in manifest["findings"] if f["id"] == "SCAN-1")
        record.update(measured=3.0, passed=False, waived=True)

    rewrite(pack, waive)
    assert "no waiver names it" in failed(pack)["PK-VERDICT-1"]


def test_of_the_part_nothing_can_be_waived(pack: Path) -> None:
    def waive(manifest: dict[str, Any]) -> None:
        record = next(f for f in manifest["findings"] if f.get("basis", "pack") == "pack")
        record.update(passed=False, waived=True)
        manifest["waivers"] = [{"rule": record["id"]}]

    rewrite(pack, waive)
    assert "PK-VERDICT-1" in failed(pack)


def test_the_hash_of_a_ledger_is_of_the_whole_file(pack: Path) -> None:
    manifest = json.loads((pack / "manifest.json").read_bytes())
    assert manifest["ledger_sha256"] == digest((pack / "ledger.jsonl").read_bytes())
