"""What export-volume writes is what ingest made, in a file that other tools place where the scan was."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from anatofit.app.export_volume import export_volume
from anatofit.cli.main import run
from anatofit.errors import OutputError, ScanUnsuitableError
from tests.ingest.dicom_writer import make_series
from tests.ingest.volume.test_straight import CASES, series

OBLIQUE = (0.8, 0.6, 0.0, 0.0, 0.0, -1.0)


@pytest.mark.parametrize("suffix", [".nii.gz", ".nii", ".nrrd"])
@pytest.mark.parametrize("orientation", [(1, 0, 0, 0, 1, 0), (-1, 0, 0, 0, 1, 0), OBLIQUE])
def test_another_reader_finds_every_value_at_its_place(
    suffix: str, orientation: tuple[float, ...], tmp_path: Path
) -> None:
    out = tmp_path / f"volume{suffix}"
    made = export_volume(make_series(orientation=orientation).write(tmp_path / "scan"), out)
    image, grid = SimpleITK.ReadImage(str(out)), made.volume.grid
    assert np.array_equal(SimpleITK.GetArrayFromImage(image), made.volume.hu)
    for ijk in ((0, 0, 0), (5, 9, 3)):
        assert image.TransformIndexToPhysicalPoint(ijk) == pytest.approx(grid.to_lps(np.array(ijk, float)), abs=1e-4)


def test_a_tilted_series_is_written_straight(tmp_path: Path) -> None:
    out = tmp_path / "volume.nii.gz"
    export_volume(series(*CASES["tilted forward"]).write(tmp_path / "scan"), out)
    image = SimpleITK.ReadImage(str(out))
    assert image.GetDirection() == (1, 0, 0, 0, 1, 0, 0, 0, 1) and max(image.GetSpacing()) <= 0.75


def test_limits_of_a_device_do_not_apply_and_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scan = make_series(step_mm=4.0).write(tmp_path / "scan")
    assert run(["export-volume", str(scan), str(tmp_path / "v.nii")]) == 0
    assert "16 x 24 x 20 voxels of 0.75 x 0.5 x 4 mm" in capsys.readouterr().out
    assert run(["export-volume", str(scan), str(tmp_path / "w.nii"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["shape_ijk"] == [16, 24, 20]


def test_each_limit_of_a_device_that_the_scan_breaks_is_said(tmp_path: Path, capsys) -> None:
    made = make_series(step_mm=4.0)
    for ds in made.slices:
        ds.PixelSpacing = [1.2, 1.4]
    scan = made.write(tmp_path / "scan")
    assert run(["export-volume", str(scan), str(tmp_path / "v.nii")]) == 0
    said = capsys.readouterr().out
    assert "note  cranial-plate: AF-1001 slice-thickness (needs a waiver): The step between slices is 4.000 mm" in said
    assert "note  cranial-plate: AF-1002 pixel-size (needs a waiver): The pixels measure 1.400 mm" in said
    assert "to be looked at" in said
    assert run(["export-volume", str(scan), str(tmp_path / "w.nii"), "--json"]) == 0
    stops = json.loads(capsys.readouterr().out)["design_stops"]
    told = {s["rule"]: (s["measured"], s["waivable"]) for s in stops if s["device"] == "cranial-plate"}
    assert told["slice-thickness"] == (4.0, True) and told["pixel-size"] == (1.4, True)


def test_a_limit_that_nobody_can_waive_is_said_as_such_and_uneven_slices_too(tmp_path: Path, capsys) -> None:
    scan = make_series(step_mm=6.0).write(tmp_path / "coarse")
    assert run(["export-volume", str(scan), str(tmp_path / "v.nii")]) == 0
    assert "AF-1001 slice-thickness (stops a design)" in capsys.readouterr().out
    orientation, steps = CASES["uneven"]
    uneven = series(orientation, [1.6 * step for step in steps]).write(tmp_path / "uneven")
    assert run(["export-volume", str(uneven), str(tmp_path / "w.nii")]) == 0
    said = capsys.readouterr().out
    assert "uneven-spacing (needs a waiver): " in said


def test_a_research_volume_is_held_against_the_limits_too(tmp_path: Path, capsys) -> None:
    scan = make_series(step_mm=4.0).write(tmp_path / "scan")
    assert run(["export-volume", str(scan), str(tmp_path / "v.nii")]) == 0
    capsys.readouterr()
    assert run(["export-volume", str(tmp_path / "v.nii"), str(tmp_path / "w.nii")]) == 0
    assert "note  cranial-plate: AF-1001 slice-thickness" in capsys.readouterr().out


def test_of_a_scan_that_keeps_every_limit_nothing_is_said(tmp_path: Path, capsys) -> None:
    scan = make_series(step_mm=1.0).write(tmp_path / "scan")
    assert run(["export-volume", str(scan), str(tmp_path / "v.nii"), "--json"]) == 0
    stops = json.loads(capsys.readouterr().out)["design_stops"]
    assert [s for s in stops if s["device"] == "cranial-plate"] == []


def test_what_guards_the_geometry_applies(tmp_path: Path) -> None:
    made = make_series()
    del made.slices[7]
    with pytest.raises(ScanUnsuitableError, match="missing-slice"):
        export_volume(made.write(tmp_path / "scan"), tmp_path / "v.nii")
    assert not (tmp_path / "v.nii").exists()


def test_the_named_series_is_written(tmp_path: Path) -> None:
    make_series(step_mm=1.0).write(tmp_path / "scan", prefix="a")
    make_series(uid="1.9", step_mm=1.1).write(tmp_path / "scan", prefix="b")
    made = export_volume(tmp_path / "scan", tmp_path / "v.nii", series="1.9")
    assert made.facts.series_uid == "1.9"


@pytest.mark.parametrize("name", ["volume.mha", ".nii.gz", "volume", "there.nii", "no/such/folder.nii"])
def test_a_place_that_cannot_be_is_refused_before_the_scan_is_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "there.nii").write_bytes(b"mine")
    with pytest.raises(OutputError):
        export_volume(tmp_path / "no scan", tmp_path / name)
    assert (tmp_path / "there.nii").read_bytes() == b"mine"


def test_force_replaces_a_file_whole(tmp_path: Path) -> None:
    out = tmp_path / "v.nii.gz"
    out.write_bytes(b"mine")
    export_volume(make_series().write(tmp_path / "scan"), out, force=True)
    first = out.read_bytes()
    export_volume(tmp_path / "scan", out, force=True)
    assert out.read_bytes() == first and sorted(p.name for p in tmp_path.iterdir()) == ["scan", "v.nii.gz"]
