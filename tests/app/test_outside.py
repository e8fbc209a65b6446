"""No command writes into what it reads: what lies in the folder of a scan is taken for a part of it the next time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anatofit.app.outside import refuse_among_studies, refuse_within
from anatofit.cli.main import run
from anatofit.errors import OutputError
from tests.app.fakes import PRESCRIPTION, fake_run, write_prescription
from tests.ingest.dicom_writer import make_series


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return make_series().write(tmp_path / "scan")


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The rules by which a command ends with 2."""
    capsys.readouterr()
    assert run([*arguments, "--json"]) == 2
    return [r["rule"] for r in json.loads(capsys.readouterr().out)["reasons"]]


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_no_command_writes_into_the_scan_that_it_reads(scan: Path, tmp_path: Path, capsys) -> None:
    before, vault = tree(scan), str(tmp_path / "vault")
    inside, named = str(scan / "new"), str(scan)
    assert refused(["deidentify", named, inside, "--vault", vault], capsys) == ["out-in-scan"]
    assert refused(["deidentify", named, str(tmp_path / "o"), "--vault", inside], capsys) == ["vault-open"]
    assert refused(["export-volume", named, inside + ".nii"], capsys) == ["out-in-scan"]
    assert refused(["inspect", named, "--quarantine", inside], capsys) == ["quarantine"]
    assert tree(scan) == before and sorted(p.name for p in tmp_path.iterdir()) == ["scan"]


def test_a_pack_and_what_comes_beside_it_lie_outside_of_scan_and_labels(tmp_path: Path, monkeypatch, capsys) -> None:
    fake_run(monkeypatch)
    order = ["run", str(write_prescription(tmp_path))]
    inside, out = tmp_path / "scan" / "new", ["--out", str(tmp_path / "pack")]
    assert refused([*order, "--out", str(inside)], capsys) == ["out-in-scan"]
    both = ["--refusal", str(inside), "--quarantine", str(inside)]
    assert refused([*order, *out, *both], capsys) == ["refusal", "quarantine"]
    (tmp_path / "labels").mkdir()
    labelled = ["--set", 'source.labels="labels"', "--out", str(tmp_path / "labels" / "pack")]
    assert refused([*order, *labelled], capsys) == ["out-in-scan"]
    assert run([*order, *out]) == 0


def test_a_quarantine_in_the_pack_is_refused_before_the_work(tmp_path: Path, monkeypatch, capsys) -> None:
    fake_run(monkeypatch)
    order = ["run", str(write_prescription(tmp_path)), "--out", str(tmp_path / "pack")]
    assert refused([*order, "--quarantine", str(tmp_path / "pack" / "apart")], capsys) == ["quarantine"]


def test_the_key_of_pseudonyms_does_not_go_with_what_is_given_away(scan: Path, tmp_path: Path, capsys) -> None:
    (out := tmp_path / "out").mkdir()
    assert refused(["deidentify", str(scan), str(out), "--vault", str(out / "vault")], capsys) == ["vault-open"]
    assert list(out.iterdir()) == []


def test_a_volume_never_replaces_the_file_that_it_is_made_from(tmp_path: Path, capsys) -> None:
    (volume := tmp_path / "v.nii").write_bytes(b"mine")
    assert refused(["export-volume", str(volume), str(volume), "--force"], capsys) == ["out-in-scan"]
    assert volume.read_bytes() == b"mine"


def test_a_link_into_the_scan_and_a_way_back_up_are_followed(tmp_path: Path) -> None:
    (scan := tmp_path / "scan").mkdir()
    (tmp_path / "link").symlink_to(scan)
    for place in (tmp_path / "link" / "new", scan / "a" / ".." / "b", tmp_path / "other" / ".." / "scan", scan):
        with pytest.raises(OutputError, match="out-in-scan"):
            refuse_within({"the scan": scan}, {"OUT": place})
    refuse_within({"the scan": scan}, {"OUT": tmp_path / "scan2", "--out": scan / ".." / "new", "--refusal": None})


@pytest.mark.parametrize("text", ["", "  ", "a\\u0000b"])
@pytest.mark.parametrize("key", ["dicom", "volume", "surface", "labels"])
def test_a_source_without_a_name_is_refused_and_never_the_working_folder(tmp_path: Path, key, text, capsys) -> None:
    source = f'dicom = "scan"\nlabels = "{text}"' if key == "labels" else f'{key} = "{text}"'
    path = write_prescription(tmp_path, PRESCRIPTION.replace('dicom = "scan"', source))
    assert refused(["run", str(path), "--out", str(tmp_path / "pack")], capsys)[0] == f"source.{key}"


@pytest.mark.parametrize(
    "arguments",
    [["inspect", ""], ["export-volume", " ", "o.nii"], ["run", "o.toml", "--out", ""], ["run", "o.toml", "--out", "p", "--scan", ""]],
)  # fmt: skip
def test_an_empty_path_is_a_wrong_command_and_never_the_working_folder(arguments: list[str], capsys) -> None:
    assert refused(arguments, capsys) == ["command"]


def test_a_study_is_not_brought_into_the_folder_of_another(tmp_path: Path) -> None:
    for name in ("pulled/scan", "inbox/studies", "inbox/incoming"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "pulled" / "pull.json").write_text("{}")
    loose = make_series(count=3).write(tmp_path / "loose")
    for place in ("pulled/new", "pulled/scan/a/b", "inbox/studies/x", "inbox/new", f"{loose.name}/new"):
        with pytest.raises(OutputError, match="out-in-scan"):
            refuse_among_studies("--into", tmp_path / place)
    for place in ("pulled", "inbox", "loose", "new", "new/deeper"):
        refuse_among_studies("--into", tmp_path / place)


def test_a_pull_into_an_earlier_one_ends_before_the_archive_is_asked(tmp_path: Path, capsys) -> None:
    (tmp_path / "one" / "scan").mkdir(parents=True)
    (tmp_path / "one" / "pull.json").write_text("{}")
    (tmp_path / "site.toml").write_text('[pacs.x]\nkind = "dimse"\nhost = "127.0.0.1"\nport = 1\nae_title = "X"\n')
    into = ["--into", str(tmp_path / "one" / "scan" / "two"), "--site", str(tmp_path / "site.toml")]
    assert refused(["pull", "--study", "1.2", *into], capsys) == ["out-in-scan"]


def test_packs_of_received_studies_lie_outside_of_the_listeners_folder(tmp_path: Path, capsys) -> None:
    order = write_prescription(tmp_path, PRESCRIPTION + '[patient]\nid = "1"\n')
    into = ["receive", "--into", str(tmp_path / "in"), "--caller", "A", "--order", str(order)]
    assert refused([*into, "--out", str(tmp_path / "in" / "studies")], capsys) == ["out-in-scan"]
    assert not (tmp_path / "in").exists()
