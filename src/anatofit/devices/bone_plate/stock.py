"""Which plate of a catalogue fits best: each is laid on the bone along the path, from several starts, and looked at as it rests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from anatofit.devices.bone_plate.curve import Curve
from anatofit.devices.bone_plate.layout import Keep, Ranked
from anatofit.devices.bone_plate.lines import room_mm
from anatofit.devices.guide.layout import triple
from anatofit.devices.guide.sleeves import depth_mm, surface_entry
from anatofit.geometry.lay import Laid, fitted, lay
from anatofit.geometry.nearest import Nearest
from anatofit.geometry.register import spread_points
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.model.stock import StockPlate

POINTS = 400  # of a plate's underside
SHIFTS_MM = (0.0, -6.0, 6.0)  # along the path, of the starts
_SPREAD = 8  # points spread over the plate for each that is kept of its underside
_UNDER_COS = -0.6  # between a face's normal and the nearest hole's axis: what faces the bone
_UP_MM = 8.0  # above each hole a second place, so that a start does not roll
_WITHIN_MM = 12.0  # of a hole to the bone beneath it
_DEEP_MM = 10.0  # beneath the bone, where a screw of a stock plate is held against lines


def ranked(
    bone: Mesh, near: Nearest, curve: Curve, keeps: Sequence[Keep], shelf: Sequence[StockPlate]
) -> tuple[Ranked, ...]:
    """Every plate of the catalogue as it rests on the bone, the best first: fewest holes that cannot be used, then the least gap."""
    rows = [_row(bone, curve, keeps, plate, _best(plate, near, curve)) for plate in shelf]
    return tuple(sorted(rows, key=lambda row: (row.holes_over_line + row.holes_without_bone, row.rms_mm, row.name)))


def _best(plate: StockPlate, near: Nearest, curve: Curve) -> Laid:
    underside = underside_of(plate)
    found = []
    for feet, targets, out in _starts(plate, curve):
        turn, move = fitted(feet, targets)
        found.append(lay(underside, near, turn=turn, move_mm=move, out_lps=out))
    return min(found, key=lambda laid: laid.rms_mm)


def underside_of(plate: StockPlate) -> FloatArray:
    """`(n, 3)` points spread over the faces that look at the bone, in the plate's own frame."""
    from scipy.spatial import cKDTree

    a, b, c = np.moveaxis(plate.mesh.triangles_lps_mm, 1, 0)
    normals = np.cross(b - a, c - a)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    centres, axes = _holes(plate)
    _, hole = cKDTree(centres).query((a + b + c) / 3)
    under = (normals * axes[hole]).sum(axis=1) < _UNDER_COS
    faces = plate.mesh.faces[under] if under.any() else plate.mesh.faces
    return spread_points(Mesh(plate.mesh.vertices_lps_mm, faces), POINTS)


def _holes(plate: StockPlate) -> tuple[FloatArray, FloatArray]:
    centres = np.array([hole.centre for hole in plate.holes])
    axes = np.array([unit_vector(np.array(hole.axis)) for hole in plate.holes])
    return centres, axes


def _starts(plate: StockPlate, curve: Curve) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
    """Holes with places above them, where these would lie on the path, and the way off there: either way round, and shifted."""
    centres, axes = _holes(plate)
    middle = centres.mean(axis=0)
    _, _, vt = np.linalg.svd(centres - middle)
    along = ((centres - middle) * vt[0]).sum(axis=1)
    for sign in (1.0, -1.0):
        for shift in SHIFTS_MM:
            at = np.clip(curve.length_mm / 2 + shift + sign * along, 0.0, curve.length_mm)
            beyond = curve.length_mm / 2 + shift + sign * along - at
            ways, _, out = curve.frames(at)
            feet = curve.points(at) + beyond[:, None] * ways
            first = np.concatenate([centres, centres + _UP_MM * axes])
            yield first, np.concatenate([feet, feet + _UP_MM * out]), unit_vector(out.mean(axis=0))


def _row(bone: Mesh, curve: Curve, keeps: Sequence[Keep], plate: StockPlate, laid: Laid) -> Ranked:
    centres, axes = _holes(plate)
    centres, axes = laid.placed(centres), laid.turned(axes)
    depths = [_depth(bone, centre, axis) for centre, axis in zip(centres, axes, strict=True)]
    over = sum(_on_line(c, a, h.diameter_mm, keeps) for c, a, h in zip(centres, axes, plate.holes, strict=True))
    held = [depth for depth in depths if depth is not None]
    return Ranked(
        name=plate.name,
        sha256=plate.sha256,
        rms_mm=round(laid.rms_mm, 3),
        median_mm=round(float(np.median(laid.gaps_mm)), 3),
        most_mm=round(float(laid.gaps_mm.max()), 3),
        sunk_mm=round(laid.sunk_mm, 3),
        off_path_mm=round(float(curve.near_mm(centres).max()), 3),
        holes=len(plate.holes),
        holes_over_line=over,
        holes_without_bone=len(depths) - len(held),
        depths_mm=tuple(None if depth is None else round(depth, 2) for depth in depths),
        turn=tuple(triple(row) for row in laid.turn),
        move_mm=triple(laid.move_mm),
    )


def _depth(bone: Mesh, centre: FloatArray, axis: FloatArray) -> float | None:
    entry = surface_entry(bone, centre, axis, within_mm=_WITHIN_MM)
    return None if entry is None else depth_mm(bone, entry, axis)


def _on_line(centre: FloatArray, axis: FloatArray, diameter: float, keeps: Sequence[Keep]) -> bool:
    ends, radii = np.stack([centre, centre - _DEEP_MM * axis]), np.full(2, diameter / 2)
    return any(room_mm(keep, ends, radii) < 0.0 for keep in keeps)


def said_of(rows: Sequence[Ranked], *, offset_mm: float) -> list[str]:
    """How the plate that is built compares with the best of the catalogue."""
    if not rows:
        return []
    best = rows[0]
    useless = best.holes_over_line + best.holes_without_bone
    holes = f", with {useless} of {best.holes} holes over a line or beside the bone" if useless else ""
    return [
        f"the best of {len(rows)} stock plates, {best.name}, would stand {best.rms_mm:.1f} mm off the bone (root mean square; at most "
        f"{best.most_mm:.1f} mm){holes}; this plate is built to stand {offset_mm:g} mm off it everywhere"
    ]
