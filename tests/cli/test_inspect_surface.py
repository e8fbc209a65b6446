"""`anatofit inspect` of a surface tells format, unit, size, openings, what was mended and what stops; `run` refuses it by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anatofit.app import stages
from anatofit.app.prescription import read_job
from anatofit.cli.main import run
from anatofit.errors import PrescriptionError
from anatofit.model.surface_scan import SurfaceScan
from tests.app.fakes import PRESCRIPTION, FakeDevice, fake_run, write_prescription
from tests.ingest.surface import shapes

LIMB = shapes.tube(around=16, along=6, dome=3)
SURFACE = PRESCRIPTION.replace('dicom = "scan"', 'surface = "limb.stl"\nunit = "mm"')


@pytest.fixture
def limb(tmp_path: Path) -> Path:
    return shapes.written(tmp_path, "limb.stl", shapes.stl(LIMB))


def test_a_surface_is_shown_whole(limb: Path, capsys) -> None:
    assert run(["inspect", str(limb), "--unit", "mm", "--anatomy", "limb"]) == 0
    said = capsys.readouterr().out
    assert "binary STL" in said and "unit: mm (stated)" in said and "longest 250" in said
    assert f"{len(LIMB.faces)} read = {len(LIMB.faces)} kept" in said and "openings: 1" in said
    assert "corners that shared a place became one vertex" in said and "Fit for design." in said


def test_without_a_unit_the_value_to_write_is_told(limb: Path, capsys) -> None:
    assert run(["inspect", str(limb)]) == 3
    said = capsys.readouterr().out
    assert 'confirm it with unit = "mm"' in said and "AF-1608 surface-unit (stops a design)" in said


def test_json_is_one_object(limb: Path, capsys) -> None:
    assert run(["inspect", str(limb), "--unit", "mm", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["exit"] == 0 and said["fit"] and said["balance"]["read"] == len(LIMB.faces)
    assert str(limb.parent) not in json.dumps(said)


def test_a_broken_surface_ends_with_3_and_its_rule(tmp_path: Path, capsys) -> None:
    path = shapes.written(tmp_path, "limb.stl", shapes.stl(LIMB)[:-7])
    assert run(["inspect", str(path), "--unit", "mm"]) == 3
    assert "AF-1603 surface-damaged" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [["--unit", "inch"], ["--up", "z"], ["--frame", "LAS"]])
def test_a_wrong_word_ends_with_2(limb: Path, wrong: list[str], capsys) -> None:
    assert run(["inspect", str(limb), *wrong, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["reasons"]


def test_a_plate_that_needs_a_ct_refuses_a_surface_by_name(tmp_path: Path, monkeypatch, capsys, limb: Path) -> None:
    fake_run(monkeypatch)
    order = write_prescription(tmp_path, SURFACE)
    assert run(["run", str(order), "--out", str(tmp_path / "pack"), "--json"]) == 2
    (reason,) = json.loads(capsys.readouterr().out)["reasons"]
    assert (reason["code"], reason["rule"]) == ("AF-1617", "surface-device") and not (tmp_path / "pack").exists()


def test_a_device_that_takes_surfaces_gets_it(tmp_path: Path, monkeypatch, limb: Path) -> None:
    fake_run(monkeypatch)
    monkeypatch.setattr(FakeDevice, "sources", ("surface",), raising=False)
    scan = stages.load_surface(read_job(write_prescription(tmp_path, SURFACE)))
    assert isinstance(scan, SurfaceScan) and len(scan.mesh.faces) == len(LIMB.faces)


@pytest.mark.parametrize(
    "source, said",
    [
        ('dicom = "scan"\nsurface = "limb.stl"', "exactly one of"),
        ('series = "1.2"', "exactly one of"),
        ('dicom = "scan"\nunit = "mm"', "unit together with surface"),
        ('surface = "limb.stl"\nseries = "1.2"', "series together with dicom"),
        ('surface = "limb.stl"\nunit = "inch"', "'mm', 'cm', 'm' or 'in'"),
        ('surface = "limb.stl"\nup = "z"', "a text of the form"),
        ('surface = "limb.stl"\nframe = "LAS"', "'LPS' or 'RAS'"),
    ],
)
def test_a_wrong_source_is_told(tmp_path: Path, source: str, said: str) -> None:
    order = write_prescription(tmp_path, PRESCRIPTION.replace('dicom = "scan"', source))
    with pytest.raises(PrescriptionError) as error:
        read_job(order)
    assert any(said in r.message for r in error.value.reasons)


def test_a_surface_passes_from_step_to_step_whole(limb: Path) -> None:
    from anatofit.app.codec import decode, digest, encode
    from anatofit.ingest.surface.read import read_surface

    scan = read_surface(limb, unit="mm")
    tree, arrays = encode(scan)
    again = decode(tree, arrays)
    assert isinstance(again, SurfaceScan) and again.report == scan.report and digest(again) == digest(scan)
