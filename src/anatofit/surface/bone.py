"""One bone of a CT, around the places of a plan, and the other bones near it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.bridge import mesh_of_field
from anatofit.geometry.lighten import lightened
from anatofit.model.cranium import BoneEdge
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid
from anatofit.model.mesh import IntArray, Mesh
from anatofit.model.volume import Field
from anatofit.surface.extract import face_components, padded, shell_volumes_mm3

REACH_MM = 160.0  # around the places: what stands in the way of a guide, as the far side of a skull, lies within; bone is cut flat there
WHOLE_MM = 560.0  # where a whole long bone is wanted for its landmarks: an adult's longest, from either of its ends
NEAREST_MM = 40.0  # from a place to the bone that is meant: half the width of a tibial plateau, from its middle
SMALLEST_MM3 = 500.0  # a phalanx of a finger has some 800 mm³: what is smaller is a speck
LID_MM2 = 700.0  # a marrow canal is at most 30 mm wide where a shaft is cut; what is wider is a cavity, as of a skull: proposal
BESIDE_MM = 120.0  # from a place of the plan: no guide with its way in is longer
COARSE_MM = 0.1  # of the reduction of other bones, which nothing is fitted to
TOLERANCE_MM = 0.02  # of the reduction: a tenth of the offset that is fitted to the surface

NO_PLACE = "the plan names no place in the scan's own coordinates, so that nobody knows which bone is meant. Name one on it: [locate] near = [x, y, z]"


def bones_at(
    bone: BoneEdge, places_lps_mm: Sequence[Sequence[float]], *, whole: bool = False
) -> tuple[Mesh, tuple[Mesh, ...]]:
    """The closed outer surface of the bone nearest to the places, LPS mm, and those of other bones near them; canals and cells are filled.

    whole: of a long bone as much as the scan has, and its neighbours all along, not just what lies within reach of the places.
    Bones that touch in the scan are one. Raises PrescriptionError where no bone lies near, or the places lie outside the scan.
    """
    if not len(places_lps_mm):
        raise PrescriptionError(Reason("plan-misses-bone", NO_PLACE))
    places = np.asarray(places_lps_mm, dtype=np.float64)
    field = padded(_lidded(_around(bone, places, reach_mm=WHOLE_MM if whole else REACH_MM)))
    mesh = mesh_of_field(field.values, field.grid)
    labels, count = face_components(mesh)
    volumes = shell_volumes_mm3(mesh, labels, count)
    chosen = _nearest(mesh, labels, volumes, places)
    beside = [n for n in np.flatnonzero(volumes >= SMALLEST_MM3) if n != chosen]
    others = (_shell(mesh, labels, int(n)) for n in beside)
    near = (other for other in others if whole or _away_mm(other, places) <= BESIDE_MM)
    return lightened(_shell(mesh, labels, chosen), TOLERANCE_MM), tuple(lightened(m, COARSE_MM) for m in near)


def _shell(mesh: Mesh, labels: IntArray, number: int) -> Mesh:
    used, faces = np.unique(mesh.faces[labels == number], return_inverse=True)
    return Mesh(mesh.vertices_lps_mm[used], faces.reshape(-1, 3))


def _away_mm(mesh: Mesh, places: FloatArray) -> float:
    """From the nearest of the places to the nearest corner."""
    return min(float(np.sqrt(np.square(mesh.vertices_lps_mm - place).sum(axis=1)).min()) for place in places)


def _around(bone: BoneEdge, places: FloatArray, *, reach_mm: float) -> Field:
    """The bone's field within reach of the places, in mm by the slope of its edge."""
    grid = bone.volume.grid
    index = grid.to_index(places)
    count = np.array(grid.shape_kji[::-1])
    if ((index < 0) | (index > count - 1)).any():
        raise PrescriptionError(Reason("plan-misses-bone", _outside(grid)))
    margin = reach_mm / grid.spacing_ijk_mm
    low = np.maximum(np.floor(index.min(axis=0) - margin), 0).astype(int)[::-1]
    high = np.minimum(np.ceil(index.max(axis=0) + margin) + 1, count).astype(int)[::-1]
    field = bone.field((low[0], low[1], low[2]), (high[0], high[1], high[2]))
    slope = np.float32(bone.figures["edge_slope_hu_per_mm"])
    return Field(field.grid, field.values / slope)


def _lidded(field: Field) -> Field:
    """The field with a lid on each canal that is cut where the field ends: an open one would make a shaft a tube, inside and out one surface."""
    from scipy.ndimage import binary_fill_holes, label

    values, steps = field.values.copy(), field.grid.spacing_ijk_mm[::-1]
    for axis in range(3):
        cell_mm2 = float(np.prod(np.delete(steps, axis)))
        for end in (0, -1):
            face = np.moveaxis(values, axis, 0)[end]
            holes, count = label(binary_fill_holes(face < 0) & (face >= 0))
            small = np.bincount(holes.ravel(), minlength=count + 1) * cell_mm2 <= LID_MM2
            small[0] = False
            face[small[holes]] = -float(steps.min()) / 2
    return Field(field.grid, values)


def _outside(grid: Grid) -> str:
    n = np.array(grid.shape_kji[::-1]) - 1.0
    ends = grid.to_lps(np.stack(np.meshgrid(*[[0.0, m] for m in n], indexing="ij"), axis=-1).reshape(-1, 3))
    low, high = ends.min(axis=0), ends.max(axis=0)
    box = ", ".join(f"{a:.0f} to {b:.0f}" for a, b in zip(low, high, strict=True))
    return f"a point of the plan lies outside the scan, which reaches from LPS x, y, z {box} mm. Check the plan's coordinates"


def _nearest(mesh: Mesh, labels: IntArray, volumes: FloatArray, places: FloatArray) -> int:
    """The outer surface that comes nearest to the places."""
    from scipy.spatial import cKDTree

    outer = volumes[labels] >= SMALLEST_MM3
    corners = np.unique(mesh.faces[outer])
    owner = np.zeros(len(mesh.vertices_lps_mm), dtype=np.int64)
    owner[mesh.faces[:, 0]] = labels
    owner[mesh.faces[:, 1]] = labels
    owner[mesh.faces[:, 2]] = labels
    if not len(corners):
        raise PrescriptionError(Reason("plan-misses-bone", "no bone lies near the plan. Check its coordinates"))
    away, at = cKDTree(mesh.vertices_lps_mm[corners]).query(places.mean(axis=0))
    if away > NEAREST_MM:
        said = f"the nearest bone lies {away:.0f} mm from the middle of the plan's points; {NEAREST_MM:g} mm at most are wanted. Check the plan's coordinates"
        raise PrescriptionError(Reason("plan-misses-bone", said))
    return int(owner[corners[at]])
