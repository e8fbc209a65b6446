"""The one crossing from our meshes and fields to VTK and manifold3d, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import GeometryError, NothingLeftError
from anatofit.geometry.affine import turned
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh

# A node nearer to the surface than this part of a step is moved off it: no triangle becomes a needle or a point.
SNAP_STEPS = 0.01


def mesh_of_field(values: NDArray[np.float32], grid: Grid) -> Mesh:
    """The zero surface of a field, negative inside, closed as long as the field is positive on the border. Raises NothingLeftError if empty."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    tiny = np.float32(SNAP_STEPS * grid.spacing_ijk_mm.min())
    safe = np.array(values, dtype=np.float32, order="C")
    near = (safe < tiny) & (safe > -tiny)
    safe[near] = np.where(safe[near] < 0, -tiny, tiny)
    image = vtkImageData()
    image.SetDimensions(*grid.shape_kji[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(safe.ravel(), deep=False))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, 0.0)
    edges.ComputeNormalsOff()
    edges.ComputeGradientsOff()
    edges.ComputeScalarsOff()
    edges.Update()
    result = edges.GetOutput()
    if result.GetNumberOfPolys() == 0:
        raise NothingLeftError("the field has no surface: nothing of the body is left")
    at = vtk_to_numpy(result.GetPoints().GetData()).astype(np.float64)
    vertices = turned(grid.direction_lps * grid.spacing_ijk_mm, list(at.T), grid.origin_lps_mm)
    faces = vtk_to_numpy(result.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int64)
    upright = np.linalg.det(grid.direction_lps) > 0  # on a right-handed grid VTK winds faces towards the smaller values
    return Mesh(vertices, faces[:, ::-1] if upright else faces)


def solid_of(mesh: Mesh) -> Any:
    """A manifold3d solid of a closed mesh. Raises GeometryError with manifold3d's own word where it is not one."""
    from manifold3d import Manifold, Mesh64

    solid = Manifold(
        Mesh64(np.array(mesh.vertices_lps_mm, order="C"), np.array(mesh.faces, dtype=np.uint64, order="C"))
    )
    if checked(solid, "a closed mesh").volume() <= 0:
        raise GeometryError("a mesh is inside out; triangles counter-clockwise seen from outside are wanted")
    return solid


def checked(solid: Any, what: str) -> Any:
    """The solid, if it is valid and not empty; GeometryError or NothingLeftError otherwise."""
    from manifold3d import Error

    if solid.status() != Error.NoError:
        raise GeometryError(f"{what} is not a solid: {solid.status()}")
    if solid.is_empty():
        raise NothingLeftError(f"{what} is empty")
    return solid


def mesh_of(solid: Any) -> Mesh:
    """The triangles of a solid at double precision."""
    raw = solid.to_mesh64()
    return Mesh(np.asarray(raw.vert_properties)[:, :3], np.asarray(raw.tri_verts).astype(np.int64))


def cylinder(
    *,
    start_lps_mm: FloatArray,
    axis_lps: FloatArray,
    length_mm: float,
    diameter_mm: float,
    end_diameter_mm: float | None = None,
    sides: int = 48,
) -> Any:
    """A cylinder or cone from `start` along `axis`; its polygon has the area of the true circle."""
    from manifold3d import Manifold

    swell = np.sqrt(2 * np.pi / (sides * np.sin(2 * np.pi / sides)))
    low, high = diameter_mm / 2 * swell, (end_diameter_mm if end_diameter_mm is not None else diameter_mm) / 2 * swell
    rotation = frame_on(axis_lps)
    return Manifold.cylinder(length_mm, low, high, sides).transform(np.column_stack([rotation, start_lps_mm]))


def block(
    place: FloatArray,
    *,
    low_half_mm: tuple[float, float],
    high_half_mm: tuple[float, float],
    low_mm: float,
    high_mm: float,
) -> Any:
    """A block between two rectangles across its third axis. place: (3, 4), columns x, y, z and origin in LPS; it may taper."""
    from manifold3d import Manifold

    ends = ((low_mm, low_half_mm), (high_mm, high_half_mm))
    corners = [(sx * hx, sy * hy, z) for z, (hx, hy) in ends for sx in (-1, 1) for sy in (-1, 1)]
    x, y, z, origin = np.asarray(place, dtype=np.float64).T
    points = np.array([origin + a * x + b * y + c * z for a, b, c in corners])
    return checked(Manifold.hull_points(points), "a block")


def hulled(solids: Sequence[Any]) -> Any:
    """The convex hull of solids; one convex solid stays itself."""
    from manifold3d import Manifold

    return solids[0] if len(solids) == 1 else checked(Manifold.batch_hull(list(solids)), "a hull")


def frame_on(axis_lps: FloatArray) -> FloatArray:
    """`(3, 3)` right-handed orthonormal columns u, v, axis; u leans on the coordinate axis that is least along `axis`."""
    axis = np.asarray(axis_lps, dtype=np.float64)
    axis = axis / np.linalg.norm(axis)
    helper = np.eye(3)[int(np.argmin(np.abs(axis)))]
    u = np.cross(helper, axis)
    u /= np.linalg.norm(u)
    return np.column_stack([u, np.cross(axis, u), axis])


def text_outline(text: str) -> tuple[Any, FloatArray]:
    """A line of text as a manifold3d cross section, capitals one unit high on the base line, and its bounds `(2, 2)`."""
    from manifold3d import CrossSection, FillRule
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkRenderingFreeType import vtkVectorText

    def polygons(string: str) -> FloatArray:
        source = vtkVectorText()
        source.SetText(string)
        source.Update()
        data = source.GetOutput()
        points = vtk_to_numpy(data.GetPoints().GetData()).astype(np.float64)[:, :2]
        cells = vtk_to_numpy(data.GetPolys().GetConnectivityArray()).reshape(-1, 3)
        return np.asarray(points[cells])

    base, top = polygons("H")[:, :, 1].min(), polygons("H")[:, :, 1].max()
    triangles = (polygons(text) - [0.0, base]) / (top - base)
    triangles[:, :, 0] -= triangles[:, :, 0].min()
    twisted = _area(triangles) < 0
    triangles[twisted] = triangles[twisted, ::-1]
    outline = CrossSection(list(triangles[np.abs(_area(triangles)) > 1e-9]), FillRule.NonZero)
    return outline, np.stack([triangles.min(axis=(0, 1)), triangles.max(axis=(0, 1))])


def _area(triangles: FloatArray) -> FloatArray:
    a, b = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    return np.asarray(0.5 * (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]))


def raised(
    outline: Any, *, low_mm: float, high_mm: float, edge_mm: float, place: Callable[[FloatArray], FloatArray]
) -> Any:
    """An outline pulled from `low` to `high`, cut to edges of at most `edge_mm`, each point (x, y, z) then moved by `place`."""
    from manifold3d import Manifold

    solid = Manifold.extrude(outline, high_mm - low_mm).translate((0.0, 0.0, low_mm)).refine_to_length(edge_mm)
    return checked(solid.warp_batch(place), "the engraved text")


def united(solids: Sequence[Any]) -> Any:
    """The union of solids, an empty solid for none."""
    from manifold3d import Manifold, OpType

    return Manifold.batch_boolean(list(solids), OpType.Add) if solids else Manifold()
