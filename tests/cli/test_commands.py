"""Every end of a command has its exit code, a sentence, and one JSON object where it was asked for."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from anatofit.app import stages
from anatofit.cli.main import run
from anatofit.cli.output import plain
from anatofit.errors import DefectError, GeometryError, Reason, ScanUnsuitableError
from anatofit.model.finding import Finding
from tests.app.fakes import PRESCRIPTION, FakeDevice, fake_run, write_prescription
from tests.ingest.dicom_writer import make_series


@pytest.fixture
def order(tmp_path, monkeypatch) -> list[str]:
    """The arguments of a run that works."""
    fake_run(monkeypatch)
    return ["run", str(write_prescription(tmp_path)), "--out", str(tmp_path / "pack")]


def reasons(capsys: pytest.CaptureFixture[str]) -> set[str]:
    said = json.loads(capsys.readouterr().out)
    assert all(r["message"] for r in said["reasons"])
    return {r["rule"] for r in said["reasons"]}


def test_a_pack_that_holds_ends_with_0(order, capsys) -> None:
    assert run(order) == 0
    said = capsys.readouterr()
    assert "every requirement holds" in said.out and "To try" not in said.out + said.err
    assert "[3/13] Locating the defect" in said.err


def test_a_pack_that_fails_ends_with_4(order, monkeypatch, capsys) -> None:
    fake_run(monkeypatch, passes=False)
    assert run(order) == 4
    said = capsys.readouterr()
    assert "NOT FOR USE" in said.out and "FAIL  CR-GAP-1" in said.err
    assert said.err.splitlines()[-1].endswith("(at least 0.45 wanted). To try: a larger gap_mm")


def test_json_is_one_object_on_stdout(order, capsys) -> None:
    assert run([*order, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["exit"] == 0 and said["fit"] and said["findings"]


@pytest.mark.parametrize(
    "error, code",
    [
        (ScanUnsuitableError([Reason("missing-slice", "a"), Reason("localizer", "b")]), 3),
        (DefectError(Reason("side", "the defect is on the left; the right was ordered")), 3),
        (GeometryError("an empty result"), 1),
        (ValueError("secret detail"), 1),
        (MemoryError(), 1),
    ],
)
def test_an_error_of_a_step_has_its_code_and_leaves_nothing(
    order, monkeypatch, capsys, error: Exception, code: int
) -> None:
    def fail(job: object) -> None:
        raise error

    monkeypatch.setattr(stages, "load", fail)
    assert run(order) == code
    said = capsys.readouterr()
    assert "Traceback" not in said.err and "secret" not in said.err and not said.out
    assert all(r.message in said.err for r in getattr(error, "reasons", ()))
    assert not Path(order[-1]).exists()
    assert run([*order, "--json"]) == code
    assert reasons(capsys)
    run([*order, "--debug"])
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["run"],
        ["run", "x.toml"],
        ["run", "x.toml", "--out", "p", "--fast"],
        ["inspect"],
        ["check", "/nowhere"],
        ["devices", "nose"],
        ["receive", "--into", "in", "--caller", "A", "--expect", "0"],
        ["receive", "--into", "in", "--caller", "A", "--out", "packs"],
        ["receive", "--into", "in", "--caller", "A\\B"],
        ["inspect", ""],
    ],
)
def test_a_wrong_command_ends_with_2(arguments: list[str], capsys) -> None:
    assert run([*arguments, "--json"]) == 2
    assert reasons(capsys)
    assert run(arguments) == 2
    assert capsys.readouterr().err.strip()


def test_a_wrong_prescription_ends_with_2_and_every_reason(order, capsys) -> None:
    assert run([*order, "--set", "design.gap_mm=9", "--set", "order.laterality=X", "--json"]) == 2
    assert reasons(capsys) == {"design.gap_mm", "order.laterality"}


def test_a_second_run_into_the_same_folder_needs_force(order, capsys) -> None:
    assert [run(order), run(order), run([*order, "--force"])] == [0, 2, 0]


def test_the_terminal_names_the_path_that_a_reason_is_about_and_json_does_not(order, tmp_path, capsys) -> None:
    run(order)
    wrong = [
        (order, f"[{order[-1]}]"),
        (["run", "none.toml", *order[2:]], "[none.toml]"),
        ([*order, "--force", "--site", "none.site"], "[none.site]"),
        (["check", "none.pack"], "[none.pack]"),
        (["sample", "head", order[-1]], f"[{order[-1]}]"),
    ]
    for arguments, named in wrong:
        capsys.readouterr()
        assert run(arguments) == 2 and named in capsys.readouterr().err
        assert run([*arguments, "--json"]) == 2 and named.strip("[]") not in capsys.readouterr().out


def test_a_scan_that_is_not_there_is_named_as_written_on_the_terminal_alone(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("anatofit.devices.registry.get_device", lambda name: FakeDevice())
    path = write_prescription(tmp_path, PRESCRIPTION.replace('"scan"', '"disc/none"'))
    arguments = ["run", str(path), "--out", str(tmp_path / "pack"), "--refusal", str(tmp_path / "why")]
    assert run(arguments) == 3
    said = capsys.readouterr().err
    assert "[disc/none (relative to the prescription's folder)]" in said
    assert said.splitlines()[-1].endswith(f"was written [{tmp_path / 'why' / 'refusal.html'}]")
    assert "disc/none" not in (tmp_path / "why" / "refusal.html").read_text()
    assert run([*arguments, "--json"]) == 3
    said = capsys.readouterr().out
    assert "disc/none" not in said and "refusal.html" not in said


def test_a_refusal_that_cannot_be_written_is_a_reason_beside_the_scans_own(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("anatofit.devices.registry.get_device", lambda name: FakeDevice())
    path = write_prescription(tmp_path, PRESCRIPTION.replace('"scan"', '"none"'))
    assert run(["run", str(path), "--out", str(tmp_path / "pack"), "--refusal", str(path)]) == 3
    said = capsys.readouterr().err
    assert "no-dicom: " in said and "was written" not in said
    last = said.splitlines()[-1]
    assert last.startswith("AF-2014 refusal: the refusal report could not be written") and last.endswith(f"[{path}]")
    assert run(["inspect", str(tmp_path / "none")]) == 3 and str(tmp_path / "none") in capsys.readouterr().out


def test_inspect_says_what_it_did_not_judge(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("anatofit.devices.registry.get_device", lambda name: FakeDevice())
    make_series().write(tmp_path / "scan")
    run(["inspect", str(tmp_path / "scan")])
    last = capsys.readouterr().out.splitlines()[-1]
    assert "Not judged without an order: patient-mismatch, scan-age" in last


def test_inspect_judges_the_pixels_where_it_is_asked_to(tmp_path, monkeypatch, capsys) -> None:
    """The pattern is no head: its values run up to bone at its sides; 800 HU lower they do not, and nothing tells movement."""
    monkeypatch.setattr("anatofit.devices.registry.get_device", lambda name: FakeDevice())
    series = make_series()
    scan = series.write(tmp_path / "scan")
    assert run(["inspect", str(scan)]) == 0 and "judged with --image" in capsys.readouterr().out
    assert run(["inspect", str(scan), "--image"]) == 3
    said = capsys.readouterr().out
    assert "By its pixels it is not fit" in said and "AF-1804 bone-cut-sides: " in said
    for ds in series.slices:
        ds.RescaleIntercept = -824
    series.write(tmp_path / "scan")
    assert run(["inspect", str(scan), "--image"]) == 0
    said = capsys.readouterr().out
    assert (
        "By its pixels it is fit too" in said
        and "  metal: " in said
        and "motion-step (at most 1 mm) was not judged" in said
    )
    for ds in series.slices:
        ds.PixelRepresentation, ds.RescaleIntercept = 0, 0
    series.write(tmp_path / "scan")
    assert run(["inspect", str(scan)]) == 0
    capsys.readouterr()
    assert run(["inspect", str(scan), "--image", "--json"]) == 3
    image = json.loads(capsys.readouterr().out)["image"]
    assert not image["fit"] and [r["rule"] for r in image["reasons"]] == ["hu-range"]
    assert run(["inspect", str(tmp_path / "none"), "--image", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["image"] is None


def test_inspect_says_where_the_slices_are_or_that_they_make_no_stack(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("anatofit.devices.registry.get_device", lambda name: FakeDevice())
    series = make_series()
    series.write(tmp_path / "many")
    make_series(count=1).write(tmp_path / "single")
    for ds in series.slices:
        del ds.ImagePositionPatient
    series.write(tmp_path / "nowhere")
    for name, wanted in (("many", "mm, from "), ("single", "mm, at "), ("nowhere", "mm, no stack of slices")):
        run(["inspect", str(tmp_path / name)])
        said = capsys.readouterr().out
        assert wanted in said and "=  mm" not in said and "()" not in said


def test_a_stop_leaves_nothing(order, monkeypatch, capsys) -> None:
    def stopped(job: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stages, "load", stopped)
    assert run(order) == 1
    assert "Stopped" in capsys.readouterr().err and not Path(order[-1]).exists()


def test_devices_lists_names_and_envelopes(monkeypatch, capsys) -> None:
    monkeypatch.setattr("anatofit.devices.registry.get_device", lambda name: FakeDevice())
    monkeypatch.setattr("anatofit.devices.registry.list_devices", lambda: ["cranial-plate"])
    assert run(["devices"]) == 0 and "cranial-plate" in capsys.readouterr().out
    assert run(["devices", "cranial-plate"]) == 0
    said = capsys.readouterr().out
    assert "gap_mm" in said and "0.3" in said and "slice-thickness" in said
    assert run(["devices", "cranial-plate", "--json"]) == 0
    rows = {p["name"]: p for p in json.loads(capsys.readouterr().out)["parameters"]}
    assert rows["gap_mm"]["max"] == 1.5 and rows["gap_mm"]["source"]


def test_inspect_of_an_empty_folder_ends_with_3(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("anatofit.devices.registry.get_device", lambda name: FakeDevice())
    assert run(["inspect", str(tmp_path)]) == 3
    assert "no-dicom" in capsys.readouterr().out
    assert run(["inspect", str(tmp_path / "none"), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["exit"] == 3


def test_no_text_can_steer_the_terminal() -> None:
    assert plain("a\x1b[31mb\nc\u202ed") == "a\\x1b[31mb\\nc\\u202ed"
    assert plain("größer – ≥ 3") == "größer – ≥ 3"


def test_help_starts_fast_and_loads_no_engine() -> None:
    script = (
        "import sys; from anatofit.cli.main import run\ntry: run(['--help'])\nexcept SystemExit as e: code = e.code\n"
    )
    script += "print(code, *sorted({m.partition('.')[0] for m in sys.modules} & {'numpy', 'vtk', 'pydantic', 'rich', 'SimpleITK'}))"
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        seconds.append(time.perf_counter() - start)
    assert done.stdout.splitlines()[-1] == "0"
    assert min(seconds) < 0.3


def test_check_answers_with_the_findings_of_the_verifier(order, monkeypatch, capsys) -> None:
    run(order)
    holds = Finding(id="PK-FILE-1", what="files", measured=0, unit="faults", limit_high=0, passed=True)
    asked: dict[str, object] = {}

    def check_pack(pack: Path, **more: object) -> list[Finding]:
        asked.update(more)
        return [holds]

    monkeypatch.setattr("anatofit.verify.pack_check.check_pack", check_pack)
    assert run(["check", order[-1]]) == 0 and asked == {"scan": None, "scan_findings": None}
    scan = Path(order[1]).parent / "scan"
    asked.clear()
    assert run(["check", order[-1], "--scan", str(scan)]) == 3 and not asked  # no scan lies there: nothing is judged
    monkeypatch.setattr(
        "anatofit.verify.pack_check.check_pack", lambda pack, **_: [holds.model_copy(update={"passed": False})]
    )
    capsys.readouterr()
    assert run(["check", order[-1], "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["exit"] == 4
    monkeypatch.setattr("anatofit.verify.pack_check.check_pack", lambda pack, **_: [])
    assert run(["check", order[-1]]) == 4


def test_check_of_a_folder_that_is_no_pack_is_a_wrong_command(tmp_path, order, capsys) -> None:
    run(order)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("x")
    assert run(["check", str(tmp_path / "notes")]) == 2
    assert "pack: the folder holds no manifest.json: this is no pack; name the folder" in capsys.readouterr().err
    (Path(order[-1]) / "manifest.json").unlink()
    assert run(["check", order[-1]]) == 4  # what was a pack is an altered one


def test_check_names_one_altered_file_once_and_says_what_to_do(order, capsys) -> None:
    run(order)
    plate = Path(order[-1]) / "device" / "plate.stl"
    plate.write_bytes(b"")
    capsys.readouterr()
    assert run(["check", order[-1]]) == 4
    said = capsys.readouterr().out
    assert (
        said.count("device/plate.stl: ") == 1 and "-1 " not in said and "-1," not in said and "ValueError" not in said
    )
    assert said.count("not measured: device/plate.stl cannot be read: the file is empty (0 bytes)") == 1
    assert "take the pack from the archive again" in said.splitlines()[-1]


def test_check_sees_an_altered_and_an_added_file(order, capsys) -> None:
    run(order)
    pack = Path(order[-1])

    def faulty() -> set[str]:
        capsys.readouterr()
        assert run(["check", str(pack), "--json"]) == 4  # the fakes' tetrahedron is no implant
        return {f["id"] for f in json.loads(capsys.readouterr().out)["findings"] if not f["passed"]}

    assert not faulty() & {"PK-MANIFEST-1", "PK-FILE-1", "PK-LEDGER-1", "PK-VERDICT-1"}
    (pack / "extra.txt").write_text("x")
    assert "PK-FILE-1" in faulty()
    (pack / "extra.txt").unlink()
    plate = pack / "device" / "plate.stl"
    plate.write_bytes(plate.read_bytes()[:-1] + b"\x01")
    assert "PK-FILE-1" in faulty()
    (pack / "manifest.json").write_text("{}")
    assert "PK-MANIFEST-1" in faulty()
