"""Every format gives back the very triangles that went in, whoever wrote the file."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anatofit.ingest.surface.door import parse_surface
from anatofit.ingest.surface.polygons import cut_polygons
from anatofit.ingest.surface.raw import RawSurface
from anatofit.model.mesh import Mesh
from anatofit.model.surface_scan import Unit
from tests.ingest.surface import shapes

LIMB = shapes.tube(around=12, along=5, dome=3)
STAYS = "1 0 0 0 1 0 0 0 1 0 0 0"


def surface_of(raw: RawSurface) -> Mesh:
    return Mesh(raw.vertices, raw.faces)


def same(raw: RawSurface, mesh: Mesh) -> bool:
    return bool(np.array_equal(shapes.corner_set(surface_of(raw)), shapes.corner_set(mesh)))


WRITERS = {
    "binary STL": (".stl", shapes.stl(LIMB), "binary STL"),
    "binary STL that begins with solid": (".stl", shapes.stl(LIMB, header=b"solid facet normal"), "binary STL"),
    "text STL": (".stl", shapes.stl_text(LIMB), "text STL"),
    "text STL with Windows line ends": (".stl", shapes.stl_text(LIMB).replace(b"\n", b"\r\n"), "text STL"),
    "text STL in capitals": (".stl", shapes.stl_text(LIMB).upper().replace(b"E-", b"e-"), "text STL"),
    "text STL with a long first line": (".stl", shapes.stl_text(LIMB, name="x" * 300), "text STL"),
    "text STL after a byte order mark": (".stl", b"\xef\xbb\xbf" + shapes.stl_text(LIMB), "text STL"),
    "text PLY": (".ply", shapes.ply(LIMB), "PLY (text)"),
    "little-endian PLY": (".ply", shapes.ply(LIMB, "binary_little_endian"), "PLY (binary, little endian)"),
    "big-endian PLY": (".ply", shapes.ply(LIMB, "binary_big_endian"), "PLY (binary, big endian)"),
    "OBJ": (".obj", shapes.obj(LIMB), "OBJ"),
    "OBJ with negative indices": (".obj", shapes.obj(LIMB, negative=True), "OBJ"),
    "OBJ with lines that go on": (".obj", shapes.obj(LIMB).replace(b"/1/1 ", b"/1/1 \\\n "), "OBJ"),
    "3MF": (".3mf", shapes.threemf(LIMB), "3MF"),
    "PLY named STL": (".stl", shapes.ply(LIMB), "PLY (text)"),
    "3MF named OBJ": (".obj", shapes.threemf(LIMB), "3MF"),
    "OBJ without a name": ("", shapes.obj(LIMB), "OBJ"),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_back_the_triangles_that_went_in(name: str) -> None:
    suffix, data, told = WRITERS[name]
    raw = parse_surface(data, suffix=suffix)
    assert raw.format == told and len(raw.faces) == len(LIMB.faces) and same(raw, LIMB)


@given(st.lists(st.lists(st.floats(-1e6, 1e6, width=32), min_size=9, max_size=9), min_size=1, max_size=6))
def test_any_triangles_come_back_from_any_format(numbers: list[list[float]]) -> None:
    corners = np.array(numbers).reshape(-1, 3)
    mesh = Mesh(corners, np.arange(len(corners)).reshape(-1, 3))
    for suffix, data in (
        (".stl", shapes.stl(mesh)), (".stl", shapes.stl_text(mesh)), (".ply", shapes.ply(mesh)),
        (".ply", shapes.ply(mesh, "binary_big_endian")), (".obj", shapes.obj(mesh)), (".3mf", shapes.threemf(mesh)),
    ):  # fmt: skip
        assert same(parse_surface(data, suffix=suffix), mesh)


@pytest.mark.parametrize("kind", ["stl", "stl_ascii", "ply", "obj"])
def test_files_of_another_library_are_read(kind: str) -> None:
    import trimesh

    theirs = trimesh.Trimesh(LIMB.vertices_lps_mm, LIMB.faces, process=False).export(file_type=kind)
    data = theirs if isinstance(theirs, bytes) else theirs.encode()
    raw = parse_surface(data, suffix="." + kind[:3])
    assert np.allclose(surface_of(raw).triangles_lps_mm, LIMB.triangles_lps_mm, atol=1e-4)


def test_a_3mf_of_the_format_s_own_library_is_read_with_its_transform(tmp_path) -> None:
    import ctypes

    import lib3mf

    model = lib3mf.get_wrapper().CreateModel() if hasattr(lib3mf, "get_wrapper") else lib3mf.Wrapper().CreateModel()
    model.SetUnit(lib3mf.ModelUnit.Inch)
    body = model.AddMeshObject()
    positions = (lib3mf.Position * len(LIMB.vertices_lps_mm))(
        *[lib3mf.Position((ctypes.c_float * 3)(*p)) for p in LIMB.vertices_lps_mm]
    )
    triangles = (lib3mf.Triangle * len(LIMB.faces))(*[lib3mf.Triangle((ctypes.c_uint32 * 3)(*f)) for f in LIMB.faces])
    body.SetGeometry(positions, triangles)
    turn = lib3mf.Transform()
    rows = [[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [5.0, 6.0, 7.0]]
    turn.Fields = (ctypes.c_float * 3 * 4)(*[(ctypes.c_float * 3)(*row) for row in rows])
    model.AddBuildItem(body, turn)
    path = tmp_path / "theirs.3mf"
    model.QueryWriter("3mf").WriteToFile(str(path))
    raw = parse_surface(path.read_bytes())
    expected = LIMB.triangles_lps_mm @ np.array(rows[:3]) + np.array(rows[3])
    assert raw.unit is Unit.INCH and np.allclose(surface_of(raw).triangles_lps_mm, expected, atol=1e-3)


def test_components_of_a_3mf_are_placed_within_each_other_and_across_parts() -> None:
    prod = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
    inner = shapes.model_xml(f'<object id="7">{shapes.mesh_xml(LIMB)}</object>', "")
    group = (
        '<object id="2"><components>'
        '<component objectid="7" p:path="/3D/Objects/a.model" transform="1 0 0 0 1 0 0 0 1 10 0 0"/>'
        '<component objectid="7" p:path="/3D/Objects/a.model" transform="0 1 0 -1 0 0 0 0 1 0 0 0"/>'
        "</components></object>"
    )
    outer = shapes.model_xml(
        group,
        '<item objectid="2" transform="2 0 0 0 2 0 0 0 2 0 0 1"/>',
        more=f'xmlns:p="{prod}" requiredextensions="p"',
    )
    raw = parse_surface(shapes.package(outer, parts={"3D/Objects/a.model": inner.encode()}))
    points = LIMB.vertices_lps_mm
    first = (points + np.array([10, 0, 0])) * 2 + [0, 0, 1]
    second = points @ np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1.0]]) * 2 + [0, 0, 1]
    assert same(raw, shapes.joined(Mesh(first, LIMB.faces), Mesh(second, LIMB.faces)))
    assert "scales an object to 2 times" in " ".join(raw.notes)


@pytest.mark.parametrize("name", ["micron", "millimeter", "centimeter", "inch", "foot", "meter"])
def test_a_3mf_bears_its_own_unit(name: str) -> None:
    wanted = {"micron": "micron", "millimeter": "mm", "centimeter": "cm", "inch": "in", "foot": "ft", "meter": "m"}[
        name
    ]
    assert parse_surface(shapes.threemf(LIMB, unit=name)).unit == wanted


def test_a_3mf_without_a_unit_is_in_millimetres_as_the_format_has_it() -> None:
    assert parse_surface(shapes.threemf(LIMB, unit="")).unit is Unit.MM


def test_polygons_keep_their_outline_and_area() -> None:
    square = np.array([[0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0.0]])
    dart = np.array([[0, 0, 0], [2, 0, 0], [0.4, 0.4, 0], [0, 2, 0.0]])  # bends inwards at its third corner
    star = (
        np.array([[np.cos(a), np.sin(a), 0] for a in np.arange(10) * np.pi / 5])
        * np.where(np.arange(10) % 2, 0.4, 1.0)[:, None]
    )
    for polygon in (square, dart, np.roll(dart, 1, axis=0), star, star[::-1], np.roll(star, 3, axis=0)):
        n = len(polygon)
        faces = cut_polygons(polygon, np.arange(n), np.array([n]))
        a, b, c = (polygon[faces[:, k]] for k in range(3))
        pieces = np.cross(b - a, c - a)[:, 2] / 2
        whole = sum(np.cross(polygon[k], polygon[(k + 1) % n])[2] for k in range(n)) / 2
        assert len(faces) == n - 2 and np.isclose(pieces.sum(), whole)
        assert (np.sign(pieces) == np.sign(whole)).all()


def test_polygons_of_all_sizes_come_in_from_ply_and_obj() -> None:
    mesh = Mesh(
        np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [2, 0.5, 0], [0.5, 2, 0.0]]), np.array([[0, 1, 2]])
    )
    polygons = [[0, 1, 2, 3], [1, 4, 2], [0, 1, 4, 2, 5, 3]]
    files = [shapes.obj(mesh, polygons=polygons)]
    files += [shapes.ply(mesh, f, polygons=polygons) for f in ("ascii", "binary_little_endian", "binary_big_endian")]
    read = [parse_surface(data, suffix=".obj") for data in files]
    assert all(len(r.faces) == 2 + 1 + 4 for r in read)
    assert all(np.array_equal(r.faces, read[0].faces) for r in read)
    assert all("2 polygons with more than three corners" in " ".join(r.notes) for r in read)


def test_what_an_obj_names_beside_itself_is_not_opened(monkeypatch) -> None:
    monkeypatch.setattr("builtins.open", lambda *_, **__: pytest.fail("a file was opened"))
    raw = parse_surface(shapes.obj(LIMB), suffix=".obj")
    assert "Files with materials are named and were not opened" in raw.notes
