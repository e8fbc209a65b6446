"""How a stock plate rests on the bone: settled rigidly from many starts along the path."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from anatofit.devices.bone_plate.curve import Curve
from anatofit.geometry.lay import Laid, Tether, fitted, lay, placed
from anatofit.geometry.nearest import Nearest
from anatofit.geometry.register import spread_points
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.model.stock import StockPlate

POINTS = 1600  # of a plate's underside
EVERY = 8  # so many-th of them settles it: one to three millimetres of a plate of eight holes
STEP_MM = 2.0  # along the path, between the starts: each settles to half of it either way, so that together they leave nothing out
SHIFTS_MM = STEP_MM * np.arange(
    -3, 4
)  # to half the usual distance of holes: further on, the next hole takes the last one's place
_UNDER_COS = -0.6  # between a face's normal and the nearest hole's axis: what faces the bone
_UP_MM = 8.0  # above each hole a second place, so that a start does not roll
_SOFT_MM = 1.0  # by which a place that is held back may still be drawn over its bound


def rests_of(plate: StockPlate, near: Nearest, curve: Curve) -> list[Laid]:
    """The plate as it settles from each start. Its holes go no further aside from the path than it is wide: beyond, it lies on other
    ground than was chosen. Poses that cannot keep to that, beside a path that winds, are there where none can."""
    underside, (centres, _) = underside_of(plate), holes_of(plate)
    wide = _width_mm(underside)
    rests = list(_settled(plate, underside, near, curve, wide))
    aside = [np.abs(curve.around(laid.placed(centres)).aside_mm).max() for laid in rests]
    return [laid for laid, off in zip(rests, aside, strict=True) if off <= wide + _SOFT_MM] or rests


def _settled(plate: StockPlate, underside: FloatArray, near: Nearest, curve: Curve, wide_mm: float) -> Iterator[Laid]:
    centres, _ = holes_of(plate)
    for feet, targets, (ways, across, out) in _starts(plate, curve):
        turn, move = fitted(feet, targets)
        along = np.tile(unit_vector(ways.mean(axis=0)), (len(centres), 1))
        tethers = [
            Tether(centres, placed(centres, turn, move), along, STEP_MM / 2),
            Tether(centres, targets[: len(centres)], across, wide_mm),
        ]
        up = unit_vector(out.mean(axis=0))
        yield lay(underside, near, turn=turn, move_mm=move, out_lps=up, tethers=tethers, every=EVERY)


def _width_mm(underside_mm: FloatArray) -> float:
    """How wide a plate is where it is widest: its extent along the second of its principal axes."""
    rest = underside_mm - underside_mm.mean(axis=0)
    _, _, vt = np.linalg.svd(np.einsum("ni,nj->ij", rest, rest))
    return float(np.ptp((rest * vt[1]).sum(axis=1)))


def underside_of(plate: StockPlate) -> FloatArray:
    """`(n, 3)` points spread over the faces that look at the bone, in the plate's own frame."""
    from scipy.spatial import cKDTree

    a, b, c = np.moveaxis(plate.mesh.triangles_lps_mm, 1, 0)
    normals = np.cross(b - a, c - a)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    centres, axes = holes_of(plate)
    _, hole = cKDTree(centres).query((a + b + c) / 3)
    under = (normals * axes[hole]).sum(axis=1) < _UNDER_COS
    faces = plate.mesh.faces[under] if under.any() else plate.mesh.faces
    return spread_points(Mesh(plate.mesh.vertices_lps_mm, faces), POINTS)


def holes_of(plate: StockPlate) -> tuple[FloatArray, FloatArray]:
    centres = np.array([hole.centre for hole in plate.holes])
    axes = np.array([unit_vector(np.array(hole.axis)) for hole in plate.holes])
    return centres, axes


def _starts(plate: StockPlate, curve: Curve) -> Iterator[tuple[FloatArray, FloatArray, tuple[FloatArray, ...]]]:
    """Holes with places above them, where these would lie on the path, and the path's axes at each hole: either way round, and shifted."""
    centres, axes = holes_of(plate)
    middle = centres.mean(axis=0)
    _, _, vt = np.linalg.svd(centres - middle)
    along = ((centres - middle) * vt[0]).sum(axis=1)
    for sign in (1.0, -1.0):
        for shift in SHIFTS_MM:
            at = np.clip(curve.length_mm / 2 + shift + sign * along, 0.0, curve.length_mm)
            beyond = curve.length_mm / 2 + shift + sign * along - at
            ways, across, out = curve.frames(at)
            feet = curve.points(at) + beyond[:, None] * ways
            first = np.concatenate([centres, centres + _UP_MM * axes])
            yield first, np.concatenate([feet, feet + _UP_MM * out]), (ways, across, out)
