"""Two feet of one person: how nearly the sole of one is the mirror image of the other's."""

from __future__ import annotations

from collections.abc import Callable
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
# Stretched along and across at will as well, feet may come nearer; a mirrored scan with other triangles lies at 0.04 to 0.06 mm: twice that.
STRETCHED_MM = 0.1
_FLANK = 1.0  # where the sole rises as steeply as this its border begins: a small shift looks like a great height there
_STEPS = 12
_Step = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
_RESIZED = 0.005  # areas of one foot's soles with other triangles differ by less: no word of it (proposal)


def check_feet(one: HeightMap, other: HeightMap) -> float:
    """How far the soles of two feet, one mirrored and taken to the size of the other, lie apart (root mean square, mm).

    Raises ScanUnsuitableError where one scan is given twice, enlarged or stretched too.

    A scan that is given again as it stands is refused as well: where its shape does not tell the side, nothing else would.
    """
    size = float(np.sqrt(_area_mm2(other) / _area_mm2(one)))
    alike = _grown(one, size)
    mirrored, same = apart_mm(over(alike), other), apart_mm(alike, other)
    if min(mirrored, same) >= COPY_MM:
        _check_stretched(one, other)
        return mirrored
    how = "the mirror image of the first one's" if mirrored < same else "that of the first one once more"
    said = (
        f"the sole of the other foot is {how}{_resized(size)}: they differ by {min(mirrored, same):.2f} mm (root mean square), two feet by {COPY_MM:g} mm at "
        "least. Scan both feet: an insole of a foot that nobody scanned fits nobody"
    )
    raise ScanUnsuitableError(Reason("pair-copy", said))


def _check_stretched(one: HeightMap, other: HeightMap) -> None:
    for how, first in (("the mirror image of the first one's", over(one)), ("that of the first one", one)):
        apart, along, across = stretched(first, other)
        if apart < STRETCHED_MM:
            said = (
                f"the sole of the other foot is {how}, stretched: {along - 1:+.1%} along and {across - 1:+.1%} across they differ by {apart:.2f} mm "
                "(root mean square). Scan both feet: an insole of a foot that nobody scanned fits nobody"
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
    even = replace(one, height_mm=evened(one))
    return _settled(even.nodes_mm(_level(even)), replace(other, height_mm=evened(other)), _moved)[0]


def stretched(one: HeightMap, other: HeightMap) -> tuple[float, float, float]:
    """The same after the first was stretched in its plane as well, and how many times along and across; heights as they are."""
    even = replace(one, height_mm=evened(one))
    start = even.nodes_mm(_level(even))
    sizes = np.append(_extent_mm(other) / _extent_mm(one), 1.0)
    apart, points = _settled(start * sizes, replace(other, height_mm=evened(other)), _moved_and_stretched)
    became = np.linalg.lstsq(np.column_stack([start[:, :2], np.ones(len(start))]), points[:, :2], rcond=None)[0]
    along, across = (float(np.hypot(*row)) for row in became[:2])
    return apart, along, across


def _extent_mm(sole: HeightMap) -> FloatArray:
    """Length and breadth."""
    return np.asarray(np.ptp(sole.nodes_mm(sole.there)[:, :2], axis=0))


def _settled(points: FloatArray, smooth: HeightMap, step: _Step) -> tuple[float, FloatArray]:
    """Root mean square of what is left, and where the points came to lie."""
    for _ in range(_STEPS):
        rest, terms, at = _rest(points, smooth)
        moved, points = step(points, rest, terms, at)
        if float(np.abs(moved).max()) < 1e-4:
            break
    return float(np.sqrt(np.mean(_rest(points, smooth)[0] ** 2))), points


def _moved(points: FloatArray, rest: FloatArray, terms: FloatArray, _: FloatArray) -> tuple[FloatArray, FloatArray]:
    moved = np.asarray(np.linalg.lstsq(terms, rest, rcond=None)[0], dtype=np.float64)
    return moved, np.asarray(points + np.cross(moved[3:], points) + moved[:3])


def _moved_and_stretched(
    points: FloatArray, rest: FloatArray, terms: FloatArray, at: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Along, across, and askew in the plane too: the frames of both stand askew to the way that one was stretched."""
    more = np.column_stack([terms[:, 0] * at[:, 0], terms[:, 1] * at[:, 1], terms[:, 0] * at[:, 1]])
    found = np.asarray(np.linalg.lstsq(np.column_stack([terms, more]), rest, rcond=None)[0], dtype=np.float64)
    moved, (along, across, askew) = found[:6], found[6:]
    x, y, z = points.T
    grown = np.column_stack([along * x + askew * y, across * y, np.zeros_like(z)])
    return found, np.asarray(points + np.cross(moved[3:], points) + moved[:3] + grown)


def _level(sole: HeightMap) -> BoolArray:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.hypot(*np.gradient(sole.height_mm, sole.step_mm)) < _FLANK)


def _rest(points: FloatArray, sole: HeightMap) -> tuple[FloatArray, FloatArray, FloatArray]:
    """How far the sole lies over each place, by how much a move along x, y, z and a turn about them changes that, and these places."""
    rise_y, rise_x = (replace(sole, height_mm=g) for g in map(np.asarray, np.gradient(sole.height_mm, sole.step_mm)))
    x, y, z = points.T
    dx, dy = rise_x.at_mm(points[:, :2]), rise_y.at_mm(points[:, :2])
    rest = sole.at_mm(points[:, :2]) - z
    terms = np.stack([-dx, -dy, np.ones_like(z), y + z * dy, -x - z * dx, y * dx - x * dy], axis=1)
    known = np.isfinite(rest) & np.isfinite(terms).all(axis=1) & (np.hypot(dx, dy) < _FLANK)
    return rest[known], terms[known], points[known]
