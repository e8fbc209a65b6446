"""Where air lies on bone or within what is missing: sinuses, cells and the nose, told by the scan's own HU."""

from __future__ import annotations

import numpy as np

from anatofit.geometry.normals import vertex_normals_lps
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.model.volume import Field, Volume

AIR_HU = -300.0  # fat is never below -150 HU, air with its blur beside bone never above -400 for long
BESIDE_MM = (0.6, 1.2, 1.8)  # off the surface: past the blur of the bone, within the smallest cell that matters


def air_walls(bone: Mesh, volume: Volume) -> Mesh:
    """The triangles of a bone surface that air lies on, all three corners of each; none is a mesh without faces."""
    from scipy.ndimage import map_coordinates

    normals = vertex_normals_lps(bone)
    lowest = np.full(len(bone.vertices_lps_mm), np.inf, dtype=np.float32)
    for off_mm in BESIDE_MM:
        kji = volume.grid.to_index(bone.vertices_lps_mm + off_mm * normals)[:, ::-1].T
        lowest = np.minimum(lowest, map_coordinates(volume.hu, kji, np.float32, order=1, mode="nearest"))
    faces = bone.faces[(lowest < AIR_HU)[bone.faces].all(axis=1)]
    used, renumbered = np.unique(faces, return_inverse=True)
    return Mesh(bone.vertices_lps_mm[used], renumbered.reshape(-1, 3))


def air_inside(body: Field, volume: Volume) -> tuple[FloatArray, float]:
    """Where a body (a field, mm, negative inside) lies in what the scan shows as air, a sinus or a cell that it reaches into:
    `(n, 3)` LPS mm, and the mm³ that each place stands for."""
    from scipy.ndimage import map_coordinates

    k, j, i = np.nonzero(body.values < 0)
    places = body.grid.to_lps(np.column_stack([i, j, k]).astype(np.float64))
    kji = volume.grid.to_index(places)[:, ::-1].T
    hu = map_coordinates(volume.hu, kji, np.float32, order=1, mode="nearest")
    return places[hu < AIR_HU], float(np.prod(body.grid.spacing_ijk_mm))
