"""Other bones that an order names beside the surface of a bone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anatofit.app import parameters
from anatofit.app.bones import locate_bone
from anatofit.app.outside import read_by
from anatofit.app.prescription import read_job
from anatofit.app.stages import load_surface
from anatofit.devices.guide.beside import beside_notes
from anatofit.errors import PrescriptionError
from anatofit.geometry.joined import joined
from anatofit.model.mesh import Mesh
from anatofit.samples.tibia import binary_stl
from tests.app.test_drill_route import ORDER, written
from tests.verify.shapes import box

NAMED = ORDER.replace('unit = "mm"', 'unit = "mm"\nneighbours = ["mueller-1.stl", "mueller-2.stl"]')


def order(folder: Path, *, x_mm: float = 34.0, text: str = NAMED) -> Path:
    for number, z in ((1, 100.0), (2, 200.0)):
        (folder / f"mueller-{number}.stl").write_bytes(binary_stl(box((20.0, 20.0, 60.0), (x_mm, 0.0, z))))
    return written(folder, text)


def test_the_bones_that_an_order_names_are_kept_clear_of_as_one_surface(tmp_path: Path) -> None:
    job = read_job(order(tmp_path))
    anatomy, noticed = locate_bone(load_surface(job).mesh, job)
    assert noticed == ()
    low, high = anatomy.surfaces["neighbours"].bounds_lps_mm
    assert np.allclose(low, [24.0, -10.0, 70.0]) and np.allclose(high, [44.0, 10.0, 230.0])
    (said,) = beside_notes(anatomy, "guide")
    far = replace(anatomy, figures={**anatomy.figures, "neighbours_farthest_mm": 179.0})
    assert "lies 179 mm from the one" in beside_notes(far, "guide")[1]
    assert said.startswith("2 other bones that the order names are kept clear of") and "scan" not in said
    assert [*read_by(job)][-3:] == [f"surface {n} beside the bone" for n in (1, 2, 3)]


def test_a_bone_that_was_mended_is_told_by_its_number_and_by_what_was_done(tmp_path: Path) -> None:
    whole, apart = box((20.0, 20.0, 60.0), (34.0, 0.0, 200.0)), box((0.4, 0.4, 0.4), (34.0, 30.0, 200.0))
    job = read_job(order(tmp_path))
    inverted = Mesh(whole.vertices_lps_mm, whole.faces[:, ::-1])
    (tmp_path / "mueller-2.stl").write_bytes(binary_stl(joined((inverted, apart))))
    _, noticed = locate_bone(load_surface(job).mesh, job)
    (said,) = noticed
    assert said.startswith("surface 2 of a bone beside ([source] neighbours) is not as its file has it: ")
    assert "pieces apart from the others" in said and "inside out were turned" in said and "mueller" not in said


def test_the_bone_itself_beside_the_bone_is_refused(tmp_path: Path) -> None:
    job = read_job(order(tmp_path))
    bone = load_surface(job).mesh
    (tmp_path / "mueller-2.stl").write_bytes(binary_stl(bone))
    with pytest.raises(
        PrescriptionError, match=r"surface 2 of a bone beside \(\[source\] neighbours\) is the bone itself: 100 %"
    ):
        locate_bone(bone, job)


def test_another_bone_under_the_same_name_is_another_step(tmp_path: Path) -> None:
    first = parameters.companions(read_job(order(tmp_path)))
    moved = parameters.companions(read_job(order(tmp_path, x_mm=35.0)))
    assert first["keep_out"] == moved["keep_out"] and first["neighbours"] != moved["neighbours"]


def test_a_bone_that_is_missing_is_refused_by_the_key_that_names_it(tmp_path: Path) -> None:
    job = read_job(order(tmp_path))
    (tmp_path / "mueller-2.stl").unlink()
    with pytest.raises(PrescriptionError, match=r"surface 2 of a bone beside \(\[source\] neighbours\)") as caught:
        locate_bone(load_surface(job).mesh, job)
    assert [r.rule for r in caught.value.reasons] == ["plan-surface"]


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ('"mueller-2.stl"', '" "', "the name of a file or folder"),
        ('surface = "bone.stl"\nunit = "mm"', 'dicom = "scan"', "together with surface"),
        ('device = "drill-guide"', 'device = "insole"', "made on no single bone"),
    ],
)
def test_neighbours_without_a_name_or_without_a_bone_are_refused(tmp_path: Path, was: str, now: str, said: str) -> None:
    with pytest.raises(PrescriptionError, match=said):
        read_job(order(tmp_path, text=NAMED.replace(was, now, 1)))
