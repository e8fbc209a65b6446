"""Which plate of a catalogue fits best: each settles on the bone from many starts along the path, and is looked at as it rests best."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from anatofit.devices.bone_plate.curve import Curve
from anatofit.devices.bone_plate.layout import Keep, Ranked
from anatofit.devices.bone_plate.lines import room_mm
from anatofit.devices.bone_plate.spec import BonePlateSpec
from anatofit.devices.envelope import read_envelope
from anatofit.devices.guide.layout import triple
from anatofit.devices.guide.sleeves import depth_mm, surface_entry
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
_WITHIN_MM = 12.0  # of a hole to the bone beneath it
_SOFT_MM = 1.0  # by which a place that is held back may still be drawn over its bound
_DEEP_MM = 10.0  # beneath the bone, where a screw of a stock plate is held against lines

_Held = Callable[[FloatArray, FloatArray], float | None]  # bone along a hole's axis from its middle


def ranked(bone: Mesh, near: Nearest, curve: Curve, keeps: Sequence[Keep], spec: BonePlateSpec) -> tuple[Ranked, ...]:
    """Every plate of the catalogue as it rests best on the bone, the best first: fewest holes that cannot be used, then the least gap."""
    held = partial(_depth, bone, hollow_mm=spec.hollow_mm)
    return tuple(sorted((_best(held, near, curve, keeps, plate) for plate in spec.stock), key=_order))


def _order(row: Ranked) -> tuple[int, float, str]:
    return row.holes_over_line + row.holes_without_bone, row.rms_mm, row.name


def _best(held: _Held, near: Nearest, curve: Curve, keeps: Sequence[Keep], plate: StockPlate) -> Ranked:
    """The first in order of all that the plate can rest in; bone beneath holes is sought only where a pose may still be the first."""
    rests = [(_over_line(plate, laid, keeps), laid) for laid in _rests(plate, near, curve)]
    rows: list[Ranked] = []
    for over, laid in sorted(rests, key=lambda rest: (rest[0], rest[1].rms_mm)):
        if rows and min(map(_order, rows))[0] <= over:
            break
        rows.append(_row(held, curve, plate, laid, over))
    return min(rows, key=_order)


def _rests(plate: StockPlate, near: Nearest, curve: Curve) -> list[Laid]:
    """The plate as it settles from each start. Its holes go no further aside from the path than it is wide: beyond, it lies on other
    ground than was chosen. Poses that cannot keep to that, beside a path that winds, are there where none can."""
    wide, centres = _width_mm(underside_of(plate)), _holes(plate)[0]
    rests = list(_settled(plate, near, curve, wide))
    aside = [np.abs(curve.around(laid.placed(centres)).aside_mm).max() for laid in rests]
    return [laid for laid, off in zip(rests, aside, strict=True) if off <= wide + _SOFT_MM] or rests


def _settled(plate: StockPlate, near: Nearest, curve: Curve, wide_mm: float) -> Iterator[Laid]:
    underside, (centres, _) = underside_of(plate), _holes(plate)
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
    centres, axes = _holes(plate)
    _, hole = cKDTree(centres).query((a + b + c) / 3)
    under = (normals * axes[hole]).sum(axis=1) < _UNDER_COS
    faces = plate.mesh.faces[under] if under.any() else plate.mesh.faces
    return spread_points(Mesh(plate.mesh.vertices_lps_mm, faces), POINTS)


def _holes(plate: StockPlate) -> tuple[FloatArray, FloatArray]:
    centres = np.array([hole.centre for hole in plate.holes])
    axes = np.array([unit_vector(np.array(hole.axis)) for hole in plate.holes])
    return centres, axes


def _starts(plate: StockPlate, curve: Curve) -> Iterator[tuple[FloatArray, FloatArray, tuple[FloatArray, ...]]]:
    """Holes with places above them, where these would lie on the path, and the path's axes at each hole: either way round, and shifted."""
    centres, axes = _holes(plate)
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


def _over_line(plate: StockPlate, laid: Laid, keeps: Sequence[Keep]) -> int:
    centres, axes = _holes(plate)
    places = zip(laid.placed(centres), laid.turned(axes), plate.holes, strict=True)
    return sum(_on_line(centre, axis, hole.diameter_mm, keeps) for centre, axis, hole in places)


def _row(held: _Held, curve: Curve, plate: StockPlate, laid: Laid, over: int) -> Ranked:
    centres, axes = _holes(plate)
    centres, axes = laid.placed(centres), laid.turned(axes)
    around = curve.around(centres)
    depths = [held(centre, axis) for centre, axis in zip(centres, axes, strict=True)]
    least = read_envelope(__package__).rows["bone_mm"].min or 0.0
    return Ranked(
        name=plate.name,
        sha256=plate.sha256,
        rms_mm=round(laid.rms_mm, 3),
        median_mm=round(float(np.median(laid.gaps_mm)), 3),
        most_mm=round(float(laid.gaps_mm.max()), 3),
        sunk_mm=round(laid.sunk_mm, 3),
        off_path_mm=round(float(np.hypot(around.aside_mm, around.beyond_mm).max()), 3),
        holes=len(plate.holes),
        holes_over_line=over,
        holes_without_bone=sum((depth or 0.0) < least for depth in depths),
        least_bone_mm=least,
        depths_mm=tuple(None if depth is None else round(depth, 2) for depth in depths),
        turn=tuple(triple(row) for row in laid.turn),
        move_mm=triple(laid.move_mm),
    )


def _depth(bone: Mesh, centre: FloatArray, axis: FloatArray, *, hollow_mm: float) -> float | None:
    """The bone along a hole's axis, as along a screw's."""
    entry = surface_entry(bone, centre, axis, within_mm=_WITHIN_MM)
    return None if entry is None else depth_mm(bone, entry, axis, hollow_mm=hollow_mm)


def _on_line(centre: FloatArray, axis: FloatArray, diameter: float, keeps: Sequence[Keep]) -> bool:
    ends, radii = np.stack([centre, centre - _DEEP_MM * axis]), np.full(2, diameter / 2)
    return any(room_mm(keep, ends, radii) < 0.0 for keep in keeps)


def said_of(rows: Sequence[Ranked], *, offset_mm: float) -> list[str]:
    """How the plate that is built compares with the best of the catalogue."""
    if not rows:
        return []
    best = rows[0]
    counts = {
        "over a line": best.holes_over_line,
        f"over less than {best.least_bone_mm:g} mm of bone": best.holes_without_bone,
    }
    lacking = "; ".join(f"{where}: {count} of {best.holes}" for where, count in counts.items() if count)
    which = f"the best of {len(rows)} stock plates" if len(rows) > 1 else "the one stock plate"
    return [
        f"{which}, {best.name}, would stand {best.rms_mm:.1f} mm off the bone (root mean square; at most {best.most_mm:.1f} mm), its holes "
        f"up to {best.off_path_mm:.1f} mm off the path{f' ({lacking})' if lacking else ''}; this plate is built to stand {offset_mm:g} mm off "
        "it everywhere"
    ]
