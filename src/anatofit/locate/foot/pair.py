"""Two feet of one person: how nearly the sole of one is the mirror image of the other's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.locate.foot.view import evened
from anatofit.model.frame import FloatArray
from anatofit.model.heights import BoolArray, HeightMap

# No two feet of 6800 people were exactly alike (Rossi 1983), and already two scans of one foot give lengths that differ by 0.7 to 1.5 mm in
# the mean (Lee and others 2014): soles that agree to less than a third of that, all over, are one scan. Noise is evened out before, and
# both are taken to one area: who enlarges a scan does not change its form.
COPY_MM = 0.2
_FLANK = 1.0  # where the sole rises as steeply as this its border begins: a small shift looks like a great height there
_STEPS = 12
_RESIZED = 0.005  # areas of one foot's soles with other triangles differ by less: no word of it (proposal)


def check_feet(one: HeightMap, other: HeightMap) -> float:
    """How far the soles of two feet, one mirrored, lie apart (root mean square, mm). Raises ScanUnsuitableError where one scan is given twice.

    A scan that is given again as it stands is refused as well: where its shape does not tell the side, nothing else would.
    """
    size = float(np.sqrt(_area_mm2(other) / _area_mm2(one)))
    alike = _grown(one, size)
    mirrored, same = apart_mm(over(alike), other), apart_mm(alike, other)
    if min(mirrored, same) >= COPY_MM:
        return apart_mm(over(one), other)
    how = "the mirror image of the first one's" if mirrored < same else "that of the first one once more"
    said = (
        f"the sole of the other foot is {how}{_resized(size)}: they differ by {min(mirrored, same):.2f} mm (root mean square), two feet by {COPY_MM:g} mm at "
        "least. Scan both feet: an insole of a foot that nobody scanned fits nobody"
    )
    raise ScanUnsuitableError(Reason("pair-copy", said))


def _resized(size: float) -> str:
    percent = 100.0 * (size - 1.0)
    if abs(percent) < 100.0 * _RESIZED:
        return ""
    return f", {'enlarged' if percent > 0 else 'made smaller'} by {abs(percent):.1f} %"


def _area_mm2(sole: HeightMap) -> float:
    return float(sole.there.sum()) * sole.step_mm**2


def _grown(sole: HeightMap, size: float) -> HeightMap:
    """The same form at another size, for comparison alone."""
    return replace(sole, low_mm=sole.low_mm * size, step_mm=sole.step_mm * size, height_mm=sole.height_mm * size)


def over(sole: HeightMap) -> HeightMap:
    """The mirror image in the plane of x and z, for comparison alone."""
    low = np.array([sole.low_mm[0], -float(sole.y_mm[-1])])
    return replace(sole, low_mm=low, height_mm=sole.height_mm[::-1])


def apart_mm(one: HeightMap, other: HeightMap) -> float:
    """Root mean square of what is between two soles in their own frames, after the turn and move that make it least; noise evened out."""
    smooth = replace(other, height_mm=evened(other))
    even = replace(one, height_mm=evened(one))
    points = even.nodes_mm(_level(even))
    for _ in range(_STEPS):
        rest, terms = _rest(points, smooth)
        moved = np.linalg.lstsq(terms, rest, rcond=None)[0]
        points = points + np.cross(moved[3:], points) + moved[:3]
        if float(np.abs(moved).max()) < 1e-4:
            break
    return float(np.sqrt(np.mean(_rest(points, smooth)[0] ** 2)))


def _level(sole: HeightMap) -> BoolArray:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.hypot(*np.gradient(sole.height_mm, sole.step_mm)) < _FLANK)


def _rest(points: FloatArray, sole: HeightMap) -> tuple[FloatArray, FloatArray]:
    """How far the sole lies over each place, and by how much a move along x, y, z and a turn about them changes that."""
    rise_y, rise_x = (replace(sole, height_mm=g) for g in map(np.asarray, np.gradient(sole.height_mm, sole.step_mm)))
    x, y, z = points.T
    dx, dy = rise_x.at_mm(points[:, :2]), rise_y.at_mm(points[:, :2])
    rest = sole.at_mm(points[:, :2]) - z
    terms = np.stack([-dx, -dy, np.ones_like(z), y + z * dy, -x - z * dx, y * dx - x * dy], axis=1)
    known = np.isfinite(rest) & np.isfinite(terms).all(axis=1) & (np.hypot(dx, dy) < _FLANK)
    return rest[known], terms[known]
