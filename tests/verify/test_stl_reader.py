"""Binary STL is read exactly or not at all."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from anatofit.errors import AnatofitError
from anatofit.model.mesh import Mesh
from anatofit.verify.stl_reader import parse_stl, read_stl
from anatofit.verify.surface import UnreadableFileError
from tests.verify.shapes import sphere


def stl(mesh: Mesh) -> bytes:
    body = b"".join(struct.pack("<12fH", 0, 0, 0, *t.ravel(), 0) for t in mesh.triangles_lps_mm)
    return b"solid looks like text".ljust(80) + struct.pack("<I", len(mesh.faces)) + body


def test_corners_at_one_place_become_one_vertex(tmp_path: Path) -> None:
    ball = sphere(7.0)
    path = tmp_path / "part.stl"
    path.write_bytes(stl(ball))
    mesh = read_stl(path)
    assert len(mesh.vertices_lps_mm) == len(ball.vertices_lps_mm)
    assert np.array_equal(mesh.triangles_lps_mm, ball.triangles_lps_mm.astype(np.float32))


def test_both_zeros_are_one_place() -> None:
    triangle = np.array([[(0.0, 0, 0), (1, 0, 0), (0, 1, 0)], [(-0.0, 0, 0), (0, 1, 0), (-1, 0, 0)]])
    mesh = parse_stl(stl(Mesh(triangle.reshape(-1, 3), np.arange(6).reshape(2, 3))))
    assert len(mesh.vertices_lps_mm) == 4


def spoilt(at: int, value: bytes) -> bytes:
    data = bytearray(stl(sphere(7.0)))
    data[at : at + len(value)] = value
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"solid part\nfacet normal 0 0 1\n" * 9,
        stl(sphere(7.0))[:-1],
        stl(sphere(7.0)) + b"\0",
        b" " * 80 + struct.pack("<I", 0),
        spoilt(80, struct.pack("<I", 4_000_000_000)),
        spoilt(96, struct.pack("<f", np.nan)),
        spoilt(96, struct.pack("<f", np.inf)),
        spoilt(96, struct.pack("<f", 1e20)),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableFileError, match="wanted") as caught:
        parse_stl(data)
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, AnatofitError)


def test_a_missing_file_is_refused_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read_stl(tmp_path / "none.stl")
    assert str(tmp_path) not in str(caught.value)
