"""Inside by a needle: where the nearest triangle does not face a point, its normal says nothing; those around it that do decide."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

# Triangles so near to the nearest place meet in it; float32 places a corner to about 1e-5 mm at 200 mm.
_MEET_MM = 0.005
# Mean cosine between the way to a point and the normals above which they face the point beyond doubt.
_FACES = 0.25
# A triangle of 0.1 mm; bone is made of larger ones.
_SPECK_MM2 = 0.005


class Asked(Protocol):
    """What is needed of a surface: its mesh, `(m, 3)` unit normals, and VTK's triangles and locator of them."""

    mesh: Mesh

    @property
    def face_normals(self) -> FloatArray:
        """`(m, 3)` unit normals."""

    @property
    def polydata(self) -> Any:
        """vtkPolyData."""

    @property
    def locator(self) -> Any:
        """vtkStaticCellLocator."""


def false_depths(surface: Asked, points_lps_mm: FloatArray) -> NDArray[np.bool_]:
    """Which of the points, inside by the nearest triangle's normal, are outside.

    The triangles that meet in the nearest place vote by how they face the point, as in the pseudonormal of Baerentzen and
    Aanaes (IEEE TVCG 11:243, 2005); a speck, whose own normal rounding may turn anywhere, has a voice as small as its area.
    """
    return np.array([_outside(surface, point) for point in points_lps_mm], dtype=bool)


def _outside(surface: Asked, point: FloatArray) -> bool:
    near, face = _nearest(surface, point)
    way = point - near
    length = float(np.linalg.norm(way))
    if length <= _MEET_MM:
        return False
    meeting = np.array([face, *_meeting(surface, near)])
    corners = surface.mesh.triangles_lps_mm[meeting]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    facing = surface.face_normals[meeting] @ way / length
    return bool(np.average(facing, weights=np.minimum(area, _SPECK_MM2) + 1e-12) >= _FACES)


def _nearest(surface: Asked, point: FloatArray) -> tuple[FloatArray, int]:
    from vtkmodules.vtkCommonCore import reference
    from vtkmodules.vtkCommonDataModel import vtkGenericCell

    square: Any = reference(0.0)
    face: Any = reference(0)
    found = [0.0, 0.0, 0.0]
    surface.locator.FindClosestPoint(point.tolist(), found, vtkGenericCell(), face, reference(0), square)
    return np.array(found), int(face)


def _meeting(surface: Asked, place: FloatArray) -> list[int]:
    """The triangles within `_MEET_MM` of a place."""
    from vtkmodules.vtkCommonCore import reference, vtkIdList

    cells = vtkIdList()
    box = np.stack([place - _MEET_MM, place + _MEET_MM], axis=1).ravel()
    surface.locator.FindCellsWithinBounds(box.tolist(), cells)
    out = []
    for n in range(cells.GetNumberOfIds()):
        square: Any = reference(0.0)
        cell = surface.polydata.GetCell(cells.GetId(n))
        cell.EvaluatePosition(place.tolist(), [0.0] * 3, reference(0), [0.0] * 3, square, [0.0] * 3)
        if float(square) <= _MEET_MM**2:
            out.append(int(cells.GetId(n)))
    return out
