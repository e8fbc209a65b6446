"""The face goes, and bone with all that lies near it stays as it is, bit by bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt, label, minimum_filter

from anatofit.app import stages
from anatofit.app.personalize import Request, personalize
from anatofit.app.prescription import read_job
from anatofit.app.refuse import refusal_pictures
from anatofit.cli.main import run
from anatofit.identity.deface import AIR_HU, KEEP_MM, deface
from anatofit.model.grid import Grid, crop_to
from anatofit.model.volume import Volume
from anatofit.samples.head import head_grid
from anatofit.samples.phantom import HeadPhantom
from anatofit.samples.render import Scanner, scan_phantom
from tests.app.fakes import PRESCRIPTION, fake_run, write_prescription
from tests.ingest.dicom_writer import make_series

BONE_HU = 300
PHANTOM = HeadPhantom()


@pytest.fixture(scope="module")
def head() -> Volume:
    grid = head_grid(PHANTOM, shape_kji=(82, 115, 101), spacing_ijk_mm=(2.0, 2.0, 2.0))
    return scan_phantom(PHANTOM, grid, Scanner(noise_hu=5.0))


def above_origin_mm(z_lps_mm: float) -> float:
    return z_lps_mm - float(PHANTOM.pose.origin_lps_mm[2])


def near_bone(volume: Volume) -> np.ndarray:
    """Voxels within the kept distance of the largest piece of bone."""
    labels, _ = label(volume.hu > BONE_HU, np.ones((3, 3, 3)))
    bone = labels == 1 + np.bincount(labels.ravel())[1:].argmax()
    return distance_transform_edt(~bone, sampling=volume.grid.spacing_ijk_mm[::-1]) <= KEEP_MM


def test_nothing_within_three_millimetres_of_bone_and_nothing_above_the_brow_is_changed(head: Volume) -> None:
    made = deface(head)
    near = near_bone(head)
    assert near.mean() > 0.1 and np.array_equal(made.volume.hu[near], head.hu[near])
    assert (
        made.brow_lps_mm is not None and -30 < above_origin_mm(made.brow_lps_mm) < -8
    )  # the brow's bone lies from -32 to -19
    above = round((made.brow_lps_mm - head.grid.origin_lps_mm[2]) / 2.0)
    assert np.array_equal(made.volume.hu[above + 1 :], head.hu[above + 1 :])


def test_below_the_brow_no_skin_is_left_in_front_of_the_face(head: Volume) -> None:
    made = deface(head)
    changed = made.volume.hu != head.hu
    assert (made.volume.hu[changed] == AIR_HU).all() and made.removed_mm3 > 30_000
    middle = head.grid.shape_kji[2] // 2
    below = round((made.brow_lps_mm or 0) - head.grid.origin_lps_mm[2]) // 2 - 4
    face = np.s_[4:below, :, middle - 30 : middle + 30]
    skin, bone = (np.where((hu > limit).any(axis=1), (hu > limit).argmax(axis=1), 999)
                  for hu, limit in ((made.volume.hu[face], -400), (head.hu[face], BONE_HU)))  # fmt: skip
    open_face = (
        bone - minimum_filter(bone, 9) < 6
    )  # not the mouths of orbits and nose, which are deeper than what is taken
    before = (head.hu[face] > -400).argmax(axis=1)
    kept_mm = KEEP_MM + np.sqrt(3) * 2.0 + 2.0  # whole blocks of 2 mm are kept where a part of them is near
    assert open_face.sum() > 500 and np.percentile(2.0 * (bone - skin)[open_face], 90) <= kept_mm
    assert np.percentile(2.0 * (bone - before)[open_face], 90) > kept_mm + 4


def test_where_no_orbits_are_found_the_whole_front_is_taken_and_said(head: Volume) -> None:
    shape = head.grid.shape_kji
    vault = Volume(crop_to(head.grid, (45, 0, 0), shape), head.hu[45:])
    made = deface(vault)
    assert made.brow_lps_mm is None and "no orbits were found" in made.sentence
    near = near_bone(vault)
    assert np.array_equal(made.volume.hu[near], vault.hu[near])


@pytest.mark.parametrize("hu", [-1000, 40, 2000])
def test_what_is_no_head_comes_through(hu: int) -> None:
    volume = Volume(Grid((3, 4, 5), np.zeros(3), np.ones(3)), np.full((3, 4, 5), hu, dtype=np.int16))
    assert np.array_equal(deface(volume).volume.hu, volume.hu)


def test_an_order_without_a_face_shows_slices_of_the_defaced_scan_and_designs_from_the_scan(
    tmp_path: Path, monkeypatch
) -> None:
    fake_run(monkeypatch)
    shown: list[Volume] = []
    real = stages.surface
    monkeypatch.setattr(
        stages, "surface", lambda *given, **known: (shown.append(known["shown"]), real(*given, **known))[1]
    )
    marked = Volume(Grid((4, 5, 6), np.zeros(3), np.ones(3)), np.full((4, 5, 6), 7, dtype=np.int16))
    monkeypatch.setattr(
        "anatofit.identity.deface.deface", lambda volume: type("D", (), {"volume": marked, "sentence": "Gone."})()
    )
    order = write_prescription(tmp_path, PRESCRIPTION.replace('"scan"', '"scan"\ndeface = true'))
    personalize(Request(order, tmp_path / "pack"))
    assert shown == [marked] and "deface = true" in (tmp_path / "pack" / "resolved.toml").read_text()
    assert "Gone." in (tmp_path / "pack" / "ledger.jsonl").read_text()
    pictures = refusal_pictures(read_job(order), {"volume": Volume(marked.grid, marked.hu - 7)})
    plain = write_prescription(tmp_path)
    assert pictures != refusal_pictures(read_job(plain), {"volume": Volume(marked.grid, marked.hu - 1007)})


def test_export_volume_says_that_the_face_was_taken(tmp_path: Path, capsys) -> None:
    scan = make_series().write(tmp_path / "scan")
    assert run(["export-volume", str(scan), str(tmp_path / "v.nii.gz"), "--deface"]) == 0
    assert "soft tissue" in capsys.readouterr().out
