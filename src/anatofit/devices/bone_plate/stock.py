"""Which plate of a catalogue fits best: each is looked at as it rests best on the bone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from anatofit.devices.bone_plate.curve import Curve
from anatofit.devices.bone_plate.holds import least_bone_mm
from anatofit.devices.bone_plate.layout import Keep, Ranked
from anatofit.devices.bone_plate.lines import room_mm
from anatofit.devices.bone_plate.rest import holes_of, rests_of
from anatofit.devices.bone_plate.spec import BonePlateSpec
from anatofit.devices.guide.layout import triple
from anatofit.devices.guide.sleeves import depth_mm, surface_entry
from anatofit.geometry.lay import Laid
from anatofit.geometry.nearest import Nearest
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.model.stock import StockPlate

_WITHIN_MM = 12.0  # of a hole to the bone beneath it
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
    rests = [(_over_line(plate, laid, keeps), laid) for laid in rests_of(plate, near, curve)]
    rows: list[Ranked] = []
    for over, laid in sorted(rests, key=lambda rest: (rest[0], rest[1].rms_mm)):
        if rows and min(map(_order, rows))[0] <= over:
            break
        rows.append(_row(held, curve, plate, laid, over))
    return min(rows, key=_order)


def _over_line(plate: StockPlate, laid: Laid, keeps: Sequence[Keep]) -> int:
    centres, axes = holes_of(plate)
    places = zip(laid.placed(centres), laid.turned(axes), plate.holes, strict=True)
    return sum(_on_line(centre, axis, hole.diameter_mm, keeps) for centre, axis, hole in places)


def _row(held: _Held, curve: Curve, plate: StockPlate, laid: Laid, over: int) -> Ranked:
    centres, axes = holes_of(plate)
    centres, axes = laid.placed(centres), laid.turned(axes)
    around = curve.around(centres)
    depths = [held(centre, axis) for centre, axis in zip(centres, axes, strict=True)]
    least = least_bone_mm()
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
