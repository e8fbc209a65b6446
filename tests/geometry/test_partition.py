"""A body cut into pieces by planes: pieces stay closed where the cut meets a sliver."""

from __future__ import annotations

import numpy as np

from anatofit.geometry.partition import cells_of, pieces_of
from anatofit.model.frame import Plane
from anatofit.model.mesh import Mesh
from anatofit.verify.topology import bad_edges, flat_faces

ULP_MM = float(np.spacing(np.float32(100.0)))


def box_with_a_sliver() -> Mesh:
    """A cube at x = 100; along the edge from corner 0 to corner 2 runs a triangle that is as wide as float32 tells, at its corner 8."""
    corners = [(x, y, z) for x in (100.0, 120.0) for y in (-10.0, 10.0) for z in (0.0, 20.0)]
    a, b, c, d = 0, 2, 6, 4  # beneath
    faces = [(a, 8, d), (8, c, d), (8, b, c), (a, b, 8), (a, 3, b), (a, 1, 3), (d, c, 7), (d, 7, 5), (1, 5, 7), (1, 7, 3)]  # fmt: skip
    faces += [(a, d, 5), (a, 5, 1), (b, 3, 7), (b, 7, c)]
    return Mesh(np.array([*corners, (100.0 + ULP_MM, 9.5, 0.0)]), np.array(faces, dtype=np.int64))


def test_pieces_are_closed_where_both_edges_of_a_sliver_are_cut_in_one_place() -> None:
    body = box_with_a_sliver()
    assert bad_edges(body) == 0 and body.volume_mm3 > 0
    plane = Plane(np.array([0.0, -5.0, 0.0]), np.array([0.0, 1.0, 0.0]))
    whole, pieces = pieces_of(cells_of(body, [plane]), np.array([0, 1]))
    for mesh in (whole, *pieces):
        at, where = np.unique(mesh.vertices_lps_mm, axis=0, return_inverse=True)
        as_read = Mesh(at, where.ravel()[mesh.faces])
        assert bad_edges(as_read) == 0 and flat_faces(as_read) == 0
    assert abs(sum(p.volume_mm3 for p in pieces) - body.volume_mm3) < 1e-2
