"""3MF is read by the standard library alone, with distrust, and compared with the STL."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from anatofit.model.mesh import Mesh
from anatofit.verify.subject import Measurement
from anatofit.verify.surface import UnreadableFileError
from anatofit.verify.threemf_reader import read_threemf, stl_3mf_same
from tests.verify.shapes import asked, sphere, subject_of
from tests.verify.test_stl_reader import stl

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
ITEM = '<item objectid="1"/>'


def model(mesh: Mesh, *, unit: str = "millimeter", head: str = "", item: str = ITEM, objects: int = 1) -> str:
    corners = "".join(f'<vertex x="{x!r}" y="{y!r}" z="{z!r}"/>' for x, y, z in mesh.vertices_lps_mm.tolist())
    faces = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in mesh.faces.tolist())
    body = (
        f"<object id='1'><mesh><vertices>{corners}</vertices><triangles>{faces}</triangles></mesh></object>" * objects
    )
    return f"{head}<model unit='{unit}' xmlns='{CORE}'><resources>{body}</resources><build>{item}</build></model>"


def written(path: Path, xml: str, *, name: str = "3D/3dmodel.model") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, xml)
    return path


BALL = sphere(7.0, times=2)


def test_the_mesh_comes_back(tmp_path: Path) -> None:
    mesh = read_threemf(written(tmp_path / "a.3mf", model(BALL)))
    assert np.array_equal(mesh.vertices_lps_mm, BALL.vertices_lps_mm) and np.array_equal(mesh.faces, BALL.faces)


@pytest.mark.parametrize(
    "xml",
    [
        model(BALL, unit="inch"),
        model(BALL, head='<!DOCTYPE model [<!ENTITY a "aaaa">]>'),
        model(BALL, head='<!DOCTYPE model SYSTEM "file:///etc/hostname">'),
        model(BALL, item=ITEM * 2),
        model(BALL, item='<item objectid="1" transform="1 0 0 0 1 0 0 0 1 5 0 0"/>'),
        model(BALL, objects=2),
        model(Mesh(BALL.vertices_lps_mm, BALL.faces[:0])),
        model(BALL).replace('v1="0"', 'v1="9999"'),
        model(BALL).replace('x="7.0"', 'x="nan"'),
        model(BALL).replace('x="7.0"', ""),
        model(BALL)[:-9],
        "",
    ],
)
def test_what_is_not_one_mesh_in_millimetres_is_refused(tmp_path: Path, xml: str) -> None:
    with pytest.raises(UnreadableFileError, match="wanted"):
        read_threemf(written(tmp_path / "a.3mf", xml))


def test_bombs_other_packages_and_missing_files_are_refused(tmp_path: Path) -> None:
    bomb = written(tmp_path / "bomb.3mf", model(BALL) + " " * 3_000_000)
    other = written(tmp_path / "other.3mf", model(BALL), name="word/document.xml")
    text = tmp_path / "text.3mf"
    text.write_text("no package")
    for path in (bomb, other, text, tmp_path / "missing.3mf"):
        with pytest.raises(UnreadableFileError):
            read_threemf(path)


def compared(folder: Path, second: Mesh, *, names: tuple[str, str] = ("stl", "3mf")) -> Measurement:
    (folder / "a.stl").write_bytes(stl(BALL))
    files = dict(zip(names, (folder / "a.stl", written(folder / "a.3mf", model(second))), strict=True))
    return stl_3mf_same(subject_of(BALL, files=files), asked("stl_3mf_same"))


@pytest.mark.parametrize("names", [("stl", "3mf"), ("device/plate.stl", "device/plate.3mf")])
def test_the_same_triangles_in_another_order_are_the_same(tmp_path: Path, names: tuple[str, str]) -> None:
    shuffled = Mesh(BALL.vertices_lps_mm, np.roll(BALL.faces[::-1], 1, axis=1))
    found = compared(tmp_path, shuffled, names=names)
    assert found.value == 0 and not found.failed


def test_a_moved_corner_a_turned_face_and_a_missing_face_are_differences(tmp_path: Path) -> None:
    corners = BALL.vertices_lps_mm.copy()
    corners[0, 0] += 1e-3
    around = int((BALL.faces == 0).any(axis=1).sum())
    assert compared(tmp_path, Mesh(corners, BALL.faces)).value == 2 * around
    turned = BALL.faces.copy()
    turned[5] = turned[5, ::-1]
    assert compared(tmp_path, Mesh(BALL.vertices_lps_mm, turned)).value == 2
    assert compared(tmp_path, Mesh(BALL.vertices_lps_mm, BALL.faces[1:])).value == 1


def test_a_missing_file_fails() -> None:
    found = stl_3mf_same(subject_of(BALL), asked("stl_3mf_same"))
    assert found.failed and "stl and 3mf" in found.detail
