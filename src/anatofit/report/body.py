"""Bodies as they are shown: a mesh, its colours, and what VTK draws of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.geometry.normals import vertex_normals_lps
from anatofit.model.frame import FloatArray, Plane
from anatofit.model.mesh import Mesh
from anatofit.report import colour

_FEATURE_DEG = 35.0  # edges sharper than this stay sharp to the eye (engraving, holes); smoother ones are shaded round


@dataclass(frozen=True, eq=False)
class Body:
    """A mesh as it is shown: one colour, or RGB bytes at its vertices `(n, 3)` or of its faces `(m, 3)`. `crisp` keeps sharp edges sharp.

    Where there is a plane `cut`, only what lies on the side of its normal is shown. name: under which a viewer switches it on and off.
    """

    mesh: Mesh
    colour: tuple[int, int, int] = colour.BONE
    vertex_colours: NDArray[np.uint8] | None = None
    face_colours: NDArray[np.uint8] | None = None
    opacity: float = 1.0
    crisp: bool = False
    cut: Plane | None = None
    name: str = ""


def actor_of(body: Body) -> Any:
    """What VTK draws of the body."""
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

    mapper: Any = vtkPolyDataMapper()
    mapper.SetInputData(_shown(body))
    mapper.SetScalarVisibility(body.vertex_colours is not None or body.face_colours is not None)
    if body.cut is not None:
        mapper.AddClippingPlane(_vtk_plane(body.cut))
    actor = vtkActor()
    actor.SetMapper(mapper)
    looks = actor.GetProperty()
    looks.SetColor(*(c / 255.0 for c in body.colour))
    looks.SetOpacity(body.opacity)
    looks.SetAmbient(0.12 if body.vertex_colours is None else 0.35)
    looks.SetDiffuse(0.9 if body.vertex_colours is None else 0.7)
    looks.SetSpecular(0.12 if body.vertex_colours is None else 0.0)
    looks.SetSpecularPower(20.0)
    return actor


def _vtk_plane(plane: Plane) -> Any:
    from vtkmodules.vtkCommonDataModel import vtkPlane

    made = vtkPlane()
    made.SetOrigin(*plane.point_lps_mm)
    made.SetNormal(*plane.normal_lps)
    return made


def poly_data(mesh: Mesh) -> Any:
    """The mesh as VTK holds it."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

    points, cells, data = vtkPoints(), vtkCellArray(), vtkPolyData()
    points.SetData(numpy_to_vtk(mesh.vertices_lps_mm.astype(np.float32), deep=True))
    cells.SetData(3, numpy_to_vtkIdTypeArray(np.ascontiguousarray(mesh.faces).ravel(), deep=True))
    data.SetPoints(points)
    data.SetPolys(cells)
    return data


def _shown(body: Body) -> Any:
    from vtkmodules.util.numpy_support import numpy_to_vtk

    data = poly_data(body.mesh)
    if body.vertex_colours is not None:
        data.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(body.vertex_colours), deep=True))
    if body.face_colours is not None:
        data.GetCellData().SetScalars(numpy_to_vtk(np.ascontiguousarray(body.face_colours), deep=True))
    if body.crisp:
        return _crisp(data)
    normals = vertex_normals_lps(body.mesh).astype(np.float32)
    data.GetPointData().SetNormals(numpy_to_vtk(normals, deep=True))
    return data


def _crisp(data: Any) -> Any:
    from vtkmodules.vtkFiltersCore import vtkPolyDataNormals

    maker: Any = vtkPolyDataNormals()
    maker.SetInputData(data)
    maker.SetFeatureAngle(_FEATURE_DEG)
    maker.ConsistencyOff()
    maker.Update()
    return maker.GetOutput()


def trimmed(solid: Any, normal: FloatArray, at: FloatArray, shade: tuple[int, int, int]) -> Body:
    """What of a solid (geometry/bridge.py) lies on the side of the normal, its cut face closed."""
    from anatofit.geometry.bridge import mesh_of

    return Body(mesh_of(solid.trim_by_plane(tuple(normal), float(normal @ at))), shade, crisp=True)
