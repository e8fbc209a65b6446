"""A map of pressures laid on the sole that it was taken under: as its file states, or so that its loaded cells cover the footprint."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.geometry.ground import signed_mask
from anatofit.locate.foot.located import LocatedFoot
from anatofit.model.frame import FloatArray
from anatofit.model.heights import BoolArray, HeightMap
from anatofit.model.pressure import LOADED_KPA, PlacedBy, PressureMap, PressureOnFoot

# What of the sole may bear under a moving foot, toes included: within so much of the plane (proposal).
BEARS_MM = 4.5
LEAST_OVERLAP = 0.45  # of what loaded cells and footprint cover together; a map of another foot, or of two, shares less
# Mirrored, for comparison alone, the map must not lie nearer to the sole than so many times its distance as it stands: it is of the other foot then.
OTHER_FOOT = 0.75
_STARTS_DEG = (-20.0, -10.0, 0.0, 10.0, 20.0)
_MOST_NODES = 1500
_TRIED = 3


def lay_on(foot: LocatedFoot, pressures: PressureMap) -> PressureOnFoot:
    """The pressures on the nodes of the foot's sole, with how they came to lie there. Never mirrored: the map states its view.

    Raises ScanUnsuitableError (pressure-place) where the loaded cells share too little with the sole.
    """
    fit = _Fit.of(foot.sole, pressures)
    if pressures.heel_mm is not None and pressures.toe_mm is not None:
        place, by = _stated(foot, pressures.heel_mm, pressures.toe_mm), PlacedBy.STATED
    else:
        place, by = fit.best_of_hand(), PlacedBy.OUTLINE
    overlap = fit.overlap(place)
    if overlap < LEAST_OVERLAP:
        raise _misplaced(
            f"loaded cells and sole share {overlap:.0%} of what they cover together, {LEAST_OVERLAP:.0%} are wanted ({by})"
        )
    maps = {} if pressures.gait is None else pressures.gait.maps
    return PressureOnFoot(
        kpa=_on_nodes(foot.sole, pressures, pressures.kpa, place),
        by=by,
        overlap=round(overlap, 3),
        turn_deg=float(np.degrees(place[0])),
        move_mm=place[1:],
        force_n=float(pressures.kpa.sum()) * pressures.cell_mm**2 * 1e-3,
        of_step={name: _on_nodes(foot.sole, pressures, values, place) for name, values in maps.items()},
    )


def _misplaced(said: str) -> ScanUnsuitableError:
    advice = (
        "Check that view, side and cell_mm are right, that the map holds one foot, or state heel_mm and toe_mm in it"
    )
    return ScanUnsuitableError(
        Reason("pressure-place", f"the pressure map cannot be laid on the foot: {said}. {advice}")
    )


def _stated(foot: LocatedFoot, heel: FloatArray, toe: FloatArray) -> FloatArray:
    """The file's heel on the sole's own heel, its second ray along x."""
    way = toe - heel
    angle = -float(np.arctan2(way[1], way[0]))
    on_foot = foot.sole.to_local_mm(foot.landmarks["heel"].point_lps_mm)[:2]
    on_foot = np.array([on_foot[0], 0.0])  # the heel's centre lies on the axis
    return np.array([angle, *(on_foot - _turned(heel, angle))])


def _turned(xy: FloatArray, angle: float) -> FloatArray:
    c, s = np.cos(angle), np.sin(angle)
    return np.asarray(xy @ np.array([[c, s], [-s, c]]))


def _placed(xy: FloatArray, place: FloatArray) -> FloatArray:
    return np.asarray(_turned(xy, float(place[0])) + place[1:])


@dataclass(frozen=True, eq=False)
class _Fit:
    """Loaded cells against what of the sole may bear."""

    sole: HeightMap
    bears: BoolArray
    outside_mm: FloatArray
    cells: FloatArray
    cell_mm: float
    bearing: FloatArray

    @classmethod
    def of(cls, sole: HeightMap, pressures: PressureMap) -> _Fit:
        with np.errstate(invalid="ignore"):
            bears = np.pad(sole.height_mm <= BEARS_MM, 60)
        wide = HeightMap(
            sole.origin_lps_mm,
            sole.axes_lps,
            sole.low_mm - 60 * sole.step_mm,
            sole.step_mm,
            np.pad(sole.height_mm, 60, constant_values=np.nan),
        )
        loaded = pressures.kpa > LOADED_KPA
        cells = np.stack([pressures.x_mm[loaded], pressures.y_mm[loaded]], axis=1)
        bearing = wide.nodes_mm(bears)[:, :2]
        outside = np.maximum(signed_mask(bears, step_mm=sole.step_mm), 0.0)
        return cls(wide, bears, outside, cells, pressures.cell_mm, bearing[:: len(bearing) // _MOST_NODES + 1])

    def best_of_hand(self) -> FloatArray:
        """The best place. Raises ScanUnsuitableError where the mirror image fits far better: the map is of the other foot."""
        place, apart = self.best()
        _, other = replace(self, cells=self.cells * [-1.0, 1.0]).best()
        if other < OTHER_FOOT * apart:
            raise _misplaced(
                f"its mirror image lies nearer to the sole ({other:.1f} mm in the mean) than it does ({apart:.1f} mm): "
                "it is of the other foot, or its view is the other one"
            )
        return place

    def best(self) -> tuple[FloatArray, float]:
        """Turn and move that bring both over each other, and how far apart they then lie in the mean (mm)."""
        from scipy.optimize import minimize
        from scipy.spatial import cKDTree

        tree = cKDTree(self.cells)
        found = []
        for start in self._starts():
            settled = minimize(
                lambda p: self._apart(p, tree),
                start,
                method="Nelder-Mead",
                options={"xatol": 0.02, "fatol": 0.002, "initial_simplex": _simplex(start)},
            )
            found.append((np.asarray(settled.x), float(settled.fun)))
        return min(found, key=lambda one: one[1])

    def _starts(self) -> list[FloatArray]:
        """Long axis on long axis, either end first, turned a little, middle on middle."""
        long = np.linalg.eigh(np.cov(self.cells.T))[1][:, -1]
        along = -float(np.arctan2(long[1], long[0]))
        middle, to = self.cells.mean(axis=0), self.bearing.mean(axis=0)
        turns = [along + end + np.radians(off) for end in (0.0, np.pi) for off in _STARTS_DEG]
        return sorted((np.array([t, *(to - _turned(middle, t))]) for t in turns), key=self._outside)[:_TRIED]

    def _outside(self, place: FloatArray) -> float:
        """Mean distance of loaded cells beside what bears."""
        at = HeightMap(
            self.sole.origin_lps_mm, self.sole.axes_lps, self.sole.low_mm, self.sole.step_mm, self.outside_mm
        )
        return float(np.nan_to_num(at.at_mm(_placed(self.cells, place)), nan=60.0).mean())

    def _apart(self, place: FloatArray, tree: object) -> float:
        """Both ways: cells beside the sole, and sole beside the cells."""
        back = _turned(self.bearing - place[1:], -float(place[0]))
        far = np.asarray(tree.query(back)[0])  # type: ignore[attr-defined]
        return self._outside(place) + float(np.maximum(far - 0.5 * self.cell_mm, 0.0).mean())

    def overlap(self, place: FloatArray) -> float:
        """Cells and bearing nodes on the sole's lattice: what both cover by what either covers."""
        from scipy.spatial import cKDTree

        x, y = np.meshgrid(self.sole.x_mm, self.sole.y_mm)
        back = _turned(np.stack([x.ravel(), y.ravel()], axis=1) - place[1:], -float(place[0]))
        covered = (cKDTree(self.cells).query(back, p=np.inf)[0] <= 0.5 * self.cell_mm).reshape(x.shape)
        return float((covered & self.bears).sum() / max((covered | self.bears).sum(), 1))


def _simplex(start: FloatArray) -> FloatArray:
    return np.vstack([start, start + np.diag([np.radians(6.0), 8.0, 8.0])])


def _on_nodes(sole: HeightMap, pressures: PressureMap, cells: FloatArray, place: FloatArray) -> FloatArray:
    """(nj, ni) values of the map's cells between their middles, linear; 0 beside the map and beside the sole."""
    from scipy.ndimage import map_coordinates

    x, y = np.meshgrid(sole.x_mm, sole.y_mm)
    back = _turned(np.stack([x.ravel(), y.ravel()], axis=1) - place[1:], -float(place[0]))
    right = np.sign(pressures.x_mm[0, -1] - pressures.x_mm[0, 0])
    index = np.stack([-back[:, 1], right * back[:, 0]]) / pressures.cell_mm
    found = map_coordinates(cells, index, order=1, mode="constant", cval=0.0).reshape(x.shape)
    return np.where(sole.there, found, 0.0)
