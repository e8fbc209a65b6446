"""What a surface shows of a foot: the whole, the sole alone, or its hollow in a block; and which way is dorsal, by the shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.locate.foot.faces import Faces, facing, open_edges
from anatofit.locate.foot.impression import impression
from anatofit.locate.foot.laid import dorsal_of
from anatofit.locate.foot.located import FootForm
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

# The edge of a sole that was scanned alone is longer than twice the foot; that of an ankle about as long as the foot.
_SHEET_EDGE = 1.6
# The edge of a sheet lies higher than its inside by this at least, or nothing tells its two sides apart.
_RISES_MM = 0.8


@dataclass(frozen=True, eq=False)
class Shown:
    """The part of the surface that holds the sole, outward, and which way is dorsal. confidence: that dorsal is told."""

    form: FootForm
    mesh: Mesh
    dorsal_lps: FloatArray
    confidence: float


def shown(mesh: Mesh, *, up_lps: FloatArray | None = None) -> Shown | None:
    """What the surface shows; None where nothing tells which way is dorsal. up_lps: where a person stated it, for sheets that are too flat."""
    faces = Faces(mesh)
    block = impression(faces)
    if block is not None:
        return Shown(FootForm.IMPRESSION, *block, 1.0)
    if _open_edge_mm(mesh) > _SHEET_EDGE * faces.longest_mm:
        return _sheet(faces, up_lps)
    dorsal = dorsal_of(faces)
    return None if dorsal is None else Shown(FootForm.FULL, mesh, dorsal, 1.0)


def _open_edge_mm(mesh: Mesh) -> float:
    return float(np.linalg.norm(np.diff(mesh.vertices_lps_mm[open_edges(mesh.faces)], axis=1), axis=2).sum())


def _sheet(faces: Faces, up_lps: FloatArray | None) -> Shown | None:
    """The edge of a sole rises around heel and borders: it is dorsal of what it encloses."""
    normal = faces.axes[2]
    height = faces.middles @ normal
    edge = faces.mesh.vertices_lps_mm[faces.open_vertices] @ normal
    rises = float(np.median(edge) - np.average(height, weights=faces.areas))
    if abs(rises) < _RISES_MM:
        if up_lps is None:
            return None
        rises = float(up_lps @ normal)
    dorsal = normal * np.sign(rises)
    return Shown(FootForm.SHEET, facing(faces.mesh, -dorsal), dorsal, min(1.0, abs(rises) / (4 * _RISES_MM)))
