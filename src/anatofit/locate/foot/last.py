"""A shoe last laid under a foot: its bottom by its shape, which foot it is for, heel behind heel and ball beneath ball."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.geometry.ground import signed_mask
from anatofit.geometry.region import Region
from anatofit.locate.foot.borders import Borders
from anatofit.locate.foot.located import LocatedFoot
from anatofit.locate.foot.side import told_by_borders
from anatofit.locate.foot.view import STEP_MM, seen_from_below
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.heights import HeightMap
from anatofit.model.mesh import Mesh

# The bottom is what looks down at no more than this: heels and toe springs rise by 10 to 20 degrees, the upper leaves at 70 and more.
BOTTOM = float(np.tan(np.deg2rad(55.0)))
_LONG_MM, _SLENDER = (
    (100.0, 380.0),
    (1.8, 4.5),
)  # of the bottom, from a child's to the longest shoe; its length by its width
_HEEL, _BALL = (0.08, 0.16), (0.62, 0.74)
_NARROWER = 0.92  # the heel's width by the ball's: of a last 0.6 to 0.85
_TELLS = 0.3  # least weighted mean of the signs that tells a side, as of feet
_EVEN_MM = 1.0  # standard deviation that evens the steps of the lattice out of the outline
_HIGH_MM = 400.0
_FINE_MM = 0.25  # nodes that the outline is drawn from: the steps of coarser ones are seen along the part's side
_SIDES = {1: Laterality.RIGHT, -1: Laterality.LEFT}


@dataclass(frozen=True, eq=False)
class LaidLast:
    """outline_lps_mm: (n, 3) of the bottom, closed, in the plantar plane. mesh: the whole last, its lowest place in that plane. side:
    unpaired where the bottom does not tell. longer_mm: by how much the bottom reaches beyond the foot's foremost toe."""

    outline_lps_mm: FloatArray
    mesh: Mesh
    side: Laterality
    longer_mm: float


@dataclass(frozen=True, eq=False)
class _Axis:
    """Where a bottom points to: its rearmost place along the way from the heel's middle to the ball's, and that way; (2,) each."""

    rear: FloatArray
    way: FloatArray

    @property
    def turn(self) -> FloatArray:
        """(2, 2) rows along and to the left."""
        return np.array([self.way, [-self.way[1], self.way[0]]])

    def local(self, xy: FloatArray) -> FloatArray:
        return np.asarray((xy - self.rear) @ self.turn.T)

    def back(self, local: FloatArray) -> FloatArray:
        return np.asarray(local @ self.turn + self.rear)


def lay_last(foot: LocatedFoot, last: Mesh) -> LaidLast:
    """The last under the foot. last: mm, it stands with its bottom down along -z of its own axes; never mirrored.

    Raises ScanUnsuitableError for what is no last by its shape (last-shape), or is for the other foot (last-side).
    """
    bottom = _bottom(_seen(last, step_mm=STEP_MM))
    axis = _axis_of(bottom.nodes_mm(bottom.there)[:, :2])
    side = _side(Borders.of(axis.local(bottom.nodes_mm(bottom.there)[:, :2])), foot.laterality)
    own = _bottom(foot.sole)
    under = _axis_of(own.nodes_mm(own.there)[:, :2], first=np.array([1.0, 0.0]))
    outline = under.back(axis.local(_outline(_bottom(_seen(last, step_mm=_FINE_MM)))))
    low = float(np.nanmin(bottom.height_mm))
    placed = np.column_stack([under.back(axis.local(last.vertices_lps_mm[:, :2])), last.vertices_lps_mm[:, 2] - low])
    flat = np.column_stack([outline, np.zeros(len(outline))])
    tip = float(foot.sole.to_local_mm(foot.curves["outline"])[:, 0].max())
    return LaidLast(
        foot.sole.to_lps_mm(flat), Mesh(foot.sole.to_lps_mm(placed), last.faces), side, float(outline[:, 0].max()) - tip
    )


def _seen(last: Mesh, *, step_mm: float) -> HeightMap:
    high = float(last.vertices_lps_mm[:, 2].min()) + _HIGH_MM
    return seen_from_below(last, np.zeros(3), np.eye(3), high_mm=high, step_mm=step_mm)


def _bottom(seen: HeightMap) -> HeightMap:
    """What of a surface that is seen from beneath rises no more steeply than a bottom does; the largest piece, without holes."""
    from scipy.ndimage import binary_fill_holes, label

    with np.errstate(invalid="ignore"):
        level = np.hypot(*np.gradient(seen.height_mm, seen.step_mm)) < BOTTOM
    pieces, count = label(level)
    if not count:
        raise _no_last("nothing of it looks down")
    inside = binary_fill_holes(pieces == 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))) & seen.there
    return HeightMap(
        seen.origin_lps_mm, seen.axes_lps, seen.low_mm, seen.step_mm, np.where(inside, seen.height_mm, np.nan)
    )


def _axis_of(xy: FloatArray, first: FloatArray | None = None) -> _Axis:
    """From heel to ball. first: about the way, where it is known. Raises ScanUnsuitableError where the ends are not a last's."""
    way = np.linalg.eigh(np.cov(xy.T))[1][:, -1] if first is None else first
    if first is None:
        ends = [_widths(_Axis(xy.mean(axis=0), turned).local(xy)) for turned in (way, -way)]
        ratio = [heel / ball for heel, ball in ends]
        way = way if ratio[0] < ratio[1] else -way
        if min(ratio) > _NARROWER:
            raise _no_last("its two ends are as wide as each other")
    for _ in range(3):  # the middles are found along a way that their own line then betters
        axis = _Axis(xy.mean(axis=0), way / np.hypot(*way))
        borders = Borders.of(axis.local(xy))
        heel, ball = (
            np.array([borders.x_mm[borders.within(s)].mean(), borders.middle_mm[borders.within(s)].mean()])
            for s in (_HEEL, _BALL)
        )
        way = axis.turn.T @ (ball - heel)
    axis = _Axis(axis.back(heel), way / np.hypot(*way))
    return _Axis(axis.back(np.array([float(axis.local(xy)[:, 0].min()), 0.0])), axis.way)


def _widths(local: FloatArray) -> tuple[float, float]:
    """Greatest widths of heel and ball. Raises ScanUnsuitableError for what is too long, too short, too wide or too slender."""
    borders = Borders.of(local)
    heel, ball = (float(borders.width_mm[borders.within(s)].max()) for s in (_HEEL, _BALL))
    slender = borders.length_mm / max(heel, ball, 1e-9)
    if not _LONG_MM[0] <= borders.length_mm <= _LONG_MM[1] or not _SLENDER[0] <= slender <= _SLENDER[1]:
        raise _no_last(f"its bottom is {borders.length_mm:.0f} mm long and {borders.length_mm / slender:.0f} mm wide")
    return heel, ball


def _side(borders: Borders, wanted: Laterality) -> Laterality:
    """The side that the bottom tells. Raises ScanUnsuitableError where that is the other foot's."""
    mean = told_by_borders(borders)
    side = _SIDES[1 if mean > 0 else -1] if abs(mean) >= _TELLS else Laterality.UNPAIRED
    if side not in (wanted, Laterality.UNPAIRED):
        said = f"the last is for the {'right' if mean > 0 else 'left'} foot by its bottom ({mean:+.2f}), and the insole is for the other. Name the other last"
        raise ScanUnsuitableError(Reason("last-side", said))
    return side


def _outline(bottom: HeightMap) -> FloatArray:
    around = np.pad(bottom.there, 4)
    off = signed_mask(around, step_mm=bottom.step_mm)
    return Region(off, bottom.low_mm - 4 * bottom.step_mm, bottom.step_mm).line(even_mm=_EVEN_MM)


def _no_last(why: str) -> ScanUnsuitableError:
    said = f"the surface is no shoe last that stands on its bottom along z: {why}. Check file and unit, and turn it so that its bottom looks down"
    return ScanUnsuitableError(Reason("last-shape", said))
