"""The printed files hold the mesh bit by bit, bear no identity, and are the same bytes every time."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from io import BytesIO

import numpy as np
import pytest

from anatofit.errors import GeometryError
from anatofit.model.frame import SOURCE_AXES
from anatofit.model.mesh import Mesh
from anatofit.model.part import Part
from anatofit.pack.stl import stl_bytes
from anatofit.pack.threemf import threemf_bytes
from tests.app.fakes import tetrahedron


def test_the_stl_is_binary_with_unit_normals_and_no_attributes() -> None:
    mesh = tetrahedron()
    data = stl_bytes(mesh)
    records = np.frombuffer(data, dtype=[("n", "<f4", 3), ("v", "<f4", (3, 3)), ("a", "<u2")], offset=84)
    assert len(data) == 84 + 50 * 4 and int.from_bytes(data[80:84], "little") == 4
    assert not data.lower().startswith(b"solid") and b"LPS" in data[:80] and b"mm" in data[:80]
    assert (records["v"] == mesh.triangles_lps_mm.astype(np.float32)).all() and not records["a"].any()
    assert np.allclose(np.linalg.norm(records["n"], axis=1), 1)


def test_no_file_of_a_surface_without_a_frame_calls_its_axes_lps() -> None:
    mesh = tetrahedron()
    assert b"source's file" in (head := stl_bytes(mesh, axes=SOURCE_AXES)[:80]) and b"LPS" not in head
    with zipfile.ZipFile(BytesIO(threemf_bytes(Part("insole", mesh), title="Insole", axes=SOURCE_AXES))) as package:
        text = package.read("3D/3dmodel.model").decode()
    assert "axes as in the source's file, unit mm" in text.replace("&apos;", "'") and "LPS" not in text


def test_a_triangle_without_area_has_no_normal_and_no_warning() -> None:
    flat = Mesh(np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0]]), np.array([[0, 1, 2]]))
    assert stl_bytes(flat)[84:96] == bytes(12)


def test_an_empty_mesh_is_no_file() -> None:
    with pytest.raises(GeometryError):
        stl_bytes(Mesh(np.zeros((0, 3)), np.zeros((0, 3), int)))


def test_the_3mf_reads_back_in_strict_mode_with_unit_and_the_same_float32() -> None:
    import lib3mf

    rng = np.random.default_rng(5)
    faces = np.arange(3000).reshape(-1, 3)
    part = Part("plate", Mesh(rng.uniform(-200, 200, (3000, 3)) * rng.choice([1, 1e-3, 1e-7], (3000, 1)), faces))
    model = lib3mf.get_wrapper().CreateModel() if hasattr(lib3mf, "get_wrapper") else lib3mf.Wrapper().CreateModel()
    reader = model.QueryReader("3mf")
    reader.SetStrictModeActive(True)
    reader.ReadFromBuffer(threemf_bytes(part, title="Cranial plate"))
    assert reader.GetWarningCount() == 0 and model.GetUnit() == lib3mf.ModelUnit.MilliMeter
    objects = model.GetMeshObjects()
    assert objects.MoveNext()
    body = objects.GetCurrentMeshObject()
    points = np.array([list(v.Coordinates) for v in body.GetVertices()])
    faces = np.array([list(t.Indices) for t in body.GetTriangleIndices()])
    assert (points.astype(np.float32) == part.mesh.vertices_lps_mm.astype(np.float32)).all()
    assert (faces == part.mesh.faces).all() and body.GetName() == "plate"


def test_the_3mf_says_title_application_and_frame() -> None:
    with zipfile.ZipFile(BytesIO(threemf_bytes(Part("plate", tetrahedron()), title="Cranial plate"))) as package:
        text = package.read("3D/3dmodel.model").decode()
    assert 'unit="millimeter"' in text
    assert "Cranial plate: plate" in text and ">anatofit<" in text and "LPS" in text


SCRIPT = """
import hashlib
from tests.app.fakes import tetrahedron
from anatofit.model.part import Part
from anatofit.pack.stl import stl_bytes
from anatofit.pack.threemf import threemf_bytes
part = Part("plate", tetrahedron(7.3))
print(hashlib.sha256(stl_bytes(part.mesh) + threemf_bytes(part, title="Cranial plate")).hexdigest())
"""


def test_clock_zone_and_locale_do_not_reach_the_bytes(repository) -> None:
    import os

    path = os.pathsep.join([str(repository), str(repository / "src")])
    hashes = set()
    for zone, locale in (("UTC", "C"), ("Asia/Kolkata", "de_DE.UTF-8"), ("America/St_Johns", "C.UTF-8")):
        environment = {**os.environ, "TZ": zone, "LC_ALL": locale, "PYTHONPATH": path}
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
        )
        hashes.add(done.stdout)
    assert len(hashes) == 1
