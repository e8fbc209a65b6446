"""The top of an insole as heights over the plantar plane: the foot's sole, evened, held below its ceiling, and what corrects it.

docs/how-to/insoles.md gives the formulas; verify/ works them out again by its own code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from anatofit.devices.insole.layout import Bed, Ceiling, FootFrame, InsolePlan, Raised, Skive, Station
from anatofit.geometry.ground import heights_mm
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh

STEP_MM = 0.5  # of the lattice
AROUND_MM = 16.0  # of it beyond the outline: as far as a slope is looked for, and some
_REACH_MM = 24.0  # a steepest rise is followed so far at most: 24 mm of height at 45 degrees
_OPEN_MM = 1e3  # stands for "no foot here" where the least is taken
_SIDES = ("lateral", "medial")
_BELOW = np.array([1.0, -1.0, -1.0])


@dataclass(frozen=True, eq=False)
class Top:
    """Heights on a lattice in the foot's frame. low_mm: x and y of node (0, 0). height_mm: (nj, ni), y along j."""

    low_mm: FloatArray
    height_mm: FloatArray

    @property
    def nodes(self) -> tuple[FloatArray, FloatArray]:
        """x (1, ni) and y (nj, 1) of the nodes."""
        nj, ni = self.height_mm.shape
        return (self.low_mm[0] + STEP_MM * np.arange(ni))[None, :], (self.low_mm[1] + STEP_MM * np.arange(nj))[:, None]

    def at_mm(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """(n,) heights, linear between nodes."""
        from scipy.ndimage import map_coordinates

        index = np.stack([(y - self.low_mm[1]) / STEP_MM, (x - self.low_mm[0]) / STEP_MM])
        return np.asarray(map_coordinates(self.height_mm, index, order=1, mode="nearest"))


def sole_seen(sole: Mesh, frame: FootFrame, outline_mm: FloatArray) -> Top:
    """The lowest surface over each node around an outline, nan beside the foot."""
    low = np.floor(outline_mm.min(axis=0) - AROUND_MM)
    ni, nj = (int(n) for n in np.ceil((outline_mm.max(axis=0) + AROUND_MM - low) / STEP_MM) + 1)
    off = sole.vertices_lps_mm - np.array(frame.origin_lps_mm)
    axes = frame.axes
    local = np.stack([off[:, 0] * a[0] + off[:, 1] * a[1] + off[:, 2] * a[2] for a in axes], axis=1)
    below = local * _BELOW
    start = np.array([low[0], -(low[1] + STEP_MM * (nj - 1)), float(below[:, 2].min()) - 1.0])
    grid = Grid((2, nj, ni), np.zeros(3), np.full(3, STEP_MM))
    return Top(low, -heights_mm(Mesh(below - start, sole.faces), grid, low_z_mm=float(start[2]))[::-1])


def top_of(sole: Top, plan: InsolePlan) -> Top:
    """The top that the plan asks for over a sole."""
    highest = max(max(c.lateral_mm, c.medial_mm) for c in plan.ceilings)
    return top_over(followed(sole, plan.bed, up_to_mm=highest), plan)


def top_over(foot: Top, plan: InsolePlan) -> Top:
    """The same over what of the foot the top may follow."""
    x, y = foot.nodes
    height = held(foot, plan.ceilings, plan.bed, plan.frame.medial_sign).height_mm
    height = height + turned_up_mm(x, y, plan)
    for raised in plan.raised:
        height = height + raised_mm(x, y, raised)
    return Top(foot.low_mm, height - skived_mm(x, y, plan.skive, over_mm=height - plan.ground_mm))


def held(foot: Top, ceilings: Sequence[Ceiling], bed: Bed, sign: int) -> Top:
    """The foot held below its ceiling."""
    return Top(foot.low_mm, below(foot.height_mm, ceiling_mm(*foot.nodes, ceilings, bed, sign), bed.round_mm))


def followed(sole: Top, bed: Bed, *, up_to_mm: float) -> Top:
    """The foot as the top may follow it, right up to a ceiling of that height: evened, and no steeper than may be."""
    even = evened(sole.height_mm, bed.smoothing_mm)
    return Top(sole.low_mm, rising(even, bed.steepest_deg, up_to_mm=up_to_mm + bed.round_mm))


def evened(height_mm: FloatArray, by_mm: float, *, step_mm: float = STEP_MM) -> FloatArray:
    """Each height of the foot the mean of those around it, of the foot alone; nan beside it."""
    from scipy.ndimage import gaussian_filter

    if by_mm <= 0:
        return height_mm
    there = np.isfinite(height_mm)
    weight = gaussian_filter(there.astype(np.float64), by_mm / step_mm, mode="constant")
    summed = gaussian_filter(np.where(there, height_mm, 0.0), by_mm / step_mm, mode="constant")
    return np.where(there, summed / np.maximum(weight, 1e-9), np.nan)


def rising(height_mm: FloatArray, steepest_deg: float, *, up_to_mm: float) -> FloatArray:
    """The greatest surface nowhere above the foot that rises by no more than so many degrees; beside the foot it goes on rising.

    Right up to a height; above it what comes from further away is not looked for.
    """
    from scipy.ndimage import grey_erosion

    rise = np.tan(np.deg2rad(steepest_deg))
    reach = int(np.ceil(min((up_to_mm - float(np.nanmin(height_mm))) / rise, _REACH_MM) / STEP_MM))
    j, i = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    cone = -rise * np.hypot(i, j) * STEP_MM
    filled = np.where(np.isfinite(height_mm), height_mm, _OPEN_MM)
    return np.asarray(grey_erosion(filled, structure=cone, mode="constant", cval=_OPEN_MM))


def below(foot_mm: FloatArray, ceiling: FloatArray, round_mm: float) -> FloatArray:
    """The lower of both, the edge between them rounded over `round_mm` of height."""
    blend = np.maximum(round_mm - np.abs(foot_mm - ceiling), 0.0)
    return np.asarray(np.minimum(foot_mm, ceiling) - blend**2 / (4 * max(round_mm, 1e-9)))


def ceiling_mm(x: FloatArray, y: FloatArray, stations: Sequence[Ceiling], bed: Bed, sign: int) -> FloatArray:
    """How high the top follows the foot."""
    at = [s.x_mm for s in stations]
    lateral, medial = (np.interp(x, at, [getattr(s, f"{side}_mm") for s in stations]) for side in _SIDES)
    return np.asarray(lateral + (medial - lateral) * eased((sign * y + bed.across_mm) / (2 * bed.across_mm)))


def turned_up_mm(x: FloatArray, y: FloatArray, plan: InsolePlan) -> FloatArray:
    """What posting and lift add, with which the whole foot turns and rises."""
    posted = posting_mm(x, y, plan) + eased_along(x, plan.lift)
    return np.broadcast_to(posted, np.broadcast_shapes(x.shape, y.shape))


def posting_mm(x: FloatArray, y: FloatArray, plan: InsolePlan) -> FloatArray:
    """What wedges add: nothing at the border that each turns about."""
    if not plan.posting:
        return np.zeros((1, 1))
    at = [b.x_mm for b in plan.borders]
    lateral, medial = (np.interp(x, at, [getattr(b, f"{side}_mm") for b in plan.borders]) for side in _SIDES)
    sign = plan.frame.medial_sign
    slope = np.tan(np.deg2rad(eased_along(x, plan.posting)))
    from_lateral, from_medial = np.maximum(sign * y - lateral, 0.0), np.maximum(medial - sign * y, 0.0)
    return np.asarray(np.maximum(slope, 0.0) * from_lateral + np.maximum(-slope, 0.0) * from_medial)


def raised_mm(x: FloatArray, y: FloatArray, oval: Raised) -> FloatArray:
    """What an oval adds."""
    turn = np.deg2rad(oval.turn_deg)
    dx, dy = x - oval.at_mm[0], y - oval.at_mm[1]
    along, across = dx * np.cos(turn) + dy * np.sin(turn), dy * np.cos(turn) - dx * np.sin(turn)
    radius = np.hypot(along / oval.half_mm[0], across / oval.half_mm[1])
    return np.asarray(oval.height_mm * eased((1.0 - radius) / (1.0 - oval.flat)))


def skived_mm(x: FloatArray, y: FloatArray, skive: Skive | None, *, over_mm: FloatArray) -> FloatArray:
    """What is taken off towards the front end, of what stands so far over the ground."""
    if skive is None:
        return np.zeros((1, 1))
    behind = skive.at_mm[0] + skive.lean * (y - skive.at_mm[1]) - x
    return np.asarray(np.maximum(over_mm - skive.high_mm, 0.0) * eased(1.0 - behind / skive.length_mm))


def eased_along(x: FloatArray, stations: Sequence[Station]) -> FloatArray:
    """Values at places along x, eased between stations, even beyond the first and the last; 0 without any."""
    if not stations:
        return np.zeros((1, 1))
    value = np.full(np.shape(x), stations[0].value)
    for one, other in pairwise(stations):
        value = value + (other.value - one.value) * eased((x - one.x_mm) / (other.x_mm - one.x_mm))
    return np.asarray(value)


def eased(t: FloatArray) -> FloatArray:
    """From 0 to 1 without a kink at either end."""
    t = np.clip(t, 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))
