"""How a foot stands: the plane under heel and ball, the heel's end, and the axis along the second ray."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from anatofit.locate.foot.borders import BALL, Borders, borders_of
from anatofit.locate.foot.form import Shown
from anatofit.locate.foot.located import FootForm
from anatofit.locate.foot.view import FLANK_SHARE, axes_of, evened, seen_from_below
from anatofit.model.frame import FloatArray
from anatofit.model.heights import BoolArray, HeightMap
from anatofit.model.mesh import Mesh

# What a foot stands on, as shares of its length: heel, and ball without the toes, which curl up or down as they please.
_HEEL, _BALL = (0.02, 0.30), (0.55, 0.80)
_MIDDLE = 0.45  # share of the length over which the load of a standing foot lies (proposal)
# How far pads give in the mean over heel and ball, as a share of the length (0.05 of 250 mm): they bear
# in patches then, and are still far from flat.
_GIVE_SHARE = 0.0002
_NEWTON_STEPS = 60
_LEAST_NODES = 500
_LOWEST_SHARE = 0.002  # of the nodes of heel and ball lie below the plane: noise, not the sole
_FROM_EDGE = 1  # nodes off the rim of what is seen, where a single triangle may end
_BALL_MIDDLE = (0.62, 0.74)
_ROUNDS = 4
_LONG_MM = (60.0, 600.0)  # what may hold a sole: a foot's own length is judged once it stands
_STILL_COS = np.cos(np.radians(0.02))  # a round that turns the plane less is the last
_WIDEST_SHARE = 0.05  # of the length above the plane: there the borders of a foot are widest (12 of 250 mm)
_LOW_SHARE = 0.2  # of the length above the plane: what may belong to the outline
_PART_SHARE = 0.3  # and above the lowest point before the plane is known: what may belong to the sole
_HIGH = 0.8  # of the height: what lies above is ankle and leg, or the back of the midfoot where those were cut off
# The second metatarsal head lies at this share of the ball's width from the medial border: the first takes some 30 %, each other
# some 17 % (proposal, to be confirmed; the axis from the heel's centre along the second ray is that of Cavanagh and Rodgers 1987).
SECOND_RAY = 0.385


@dataclass(frozen=True, eq=False)
class Stood:
    """A foot on its plantar plane. part: what of it may belong to the sole. sole: its x along the second ray as far as it is known.
    plane_confidence, end_confidence: of the plane, and that heel and toes are not taken for each other.
    """

    shown: Shown
    part: Shown
    sole: HeightMap
    borders: Borders
    plane_confidence: float
    end_confidence: float

    @cached_property
    def local_mm(self) -> FloatArray:
        """(n, 3) all points of the surface that holds the sole, in the foot's frame."""
        mesh = self.shown.mesh
        named = np.zeros(len(mesh.vertices_lps_mm), dtype=bool)
        named[mesh.faces.ravel()] = True
        return self.sole.to_local_mm(mesh.vertices_lps_mm[named])

    @cached_property
    def low_mm(self) -> FloatArray:
        """(n, 3) those that the outline is made of."""
        return np.asarray(self.local_mm[self.local_mm[:, 2] < _LOW_SHARE * self.borders.length_mm])

    @cached_property
    def outline_confidence(self) -> float:
        """1 where the surface reaches up to where a foot is widest; less for a sheet that ends below."""
        from scipy.ndimage import binary_erosion

        if self.shown.form is FootForm.FULL:
            return 1.0
        edge = self.sole.there & ~binary_erosion(self.sole.there)
        high = float(np.median(self.sole.height_mm[edge])) / (_WIDEST_SHARE * self.borders.length_mm)
        return float(np.clip(high, 0.3, 1.0))


def stood(shown: Shown) -> Stood | None:
    """The foot on its plane, x from the heel to the toes along the middle of the foot. None where no plane under heel and ball is found."""
    part = _lower_part(shown)
    if not _LONG_MM[0] <= _long_mm(part.mesh) <= _LONG_MM[1]:
        return None
    sole, end = _heel_first(_along(_first_view(part)), shown)
    for _ in range(_ROUNDS):
        rested = _rested(sole)
        if rested is None:
            return None
        (origin, axes), confidence = rested
        still = axes[2] @ sole.axes_lps[2] > _STILL_COS
        sole = _along(_view(part, origin, axes))
        if still:
            break
    sole = moved_to_heel(sole)
    return Stood(shown, part, sole, borders_of(sole), confidence, end)


def _lower_part(shown: Shown) -> Shown:
    """What of a foot may belong to its sole, without what stands above: it is looked at several times."""
    if shown.form is not FootForm.FULL:
        return shown
    height = shown.mesh.vertices_lps_mm @ shown.dorsal_lps
    low = height < height.min() + _PART_SHARE * _long_mm(shown.mesh)
    faces = shown.mesh.faces[low[shown.mesh.faces].any(axis=1)]
    number = np.zeros(len(low), dtype=np.int64)
    used = np.zeros(len(low), dtype=bool)
    used[faces.ravel()] = True
    number[used] = np.arange(int(used.sum()))
    return replace(shown, mesh=Mesh(shown.mesh.vertices_lps_mm[used], number[faces]))


def _long_mm(mesh: Mesh) -> float:
    """Extent along the longest principal axis of the vertices."""
    off = mesh.vertices_lps_mm - mesh.vertices_lps_mm.mean(axis=0)
    return float(np.ptp(off @ np.linalg.eigh(off.T @ off)[1][:, -1]))


def _first_view(shown: Shown) -> HeightMap:
    points = shown.mesh.vertices_lps_mm
    axes = axes_of(np.eye(3)[int(np.abs(shown.dorsal_lps).argmin())], shown.dorsal_lps)
    lowest = points[int((points @ shown.dorsal_lps).argmin())]
    return _view(shown, lowest, axes)


def _view(shown: Shown, origin: FloatArray, axes: FloatArray) -> HeightMap:
    """The sole with its flanks. Of a sheet all, of a foot as much as a deep heel cup holds."""
    high = (1.0 if shown.form is FootForm.FULL else 2.0) * FLANK_SHARE * _long_mm(shown.mesh)
    return seen_from_below(shown.mesh, origin, axes, high_mm=high)


def turned_in_plane(sole: HeightMap, angle: float) -> FloatArray:
    """(3, 3) the axes turned about z, x towards y."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]]) @ sole.axes_lps


def _along(sole: HeightMap) -> HeightMap:
    """The same sole with x along its longest axis, its direction kept."""
    xy = sole.nodes_mm(sole.there)[:, :2]
    off = xy - xy.mean(axis=0)
    way = np.linalg.eigh(off.T @ off)[1][:, -1]
    way = way if way[0] >= 0 else -way
    return _again(sole, turned_in_plane(sole, float(np.arctan2(way[1], way[0]))), sole.origin_lps_mm)


def _again(sole: HeightMap, axes: FloatArray, origin: FloatArray) -> HeightMap:
    """The sole's own heights in axes turned about z alone, taken between its nodes."""
    corners = sole.nodes_mm(sole.there)
    flat = np.concatenate([corners[:, :2], np.zeros((len(corners), 1))], axis=1)
    local = (sole.to_lps_mm(flat) - origin) @ axes.T
    low = np.floor(local[:, :2].min(axis=0)) - sole.step_mm
    ni, nj = (int(n) for n in np.ceil((local[:, :2].max(axis=0) - low) / sole.step_mm) + 2)
    x, y = np.meshgrid(low[0] + sole.step_mm * np.arange(ni), low[1] + sole.step_mm * np.arange(nj))
    asked = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1) @ axes + origin
    height = sole.at_mm(sole.to_local_mm(asked)[:, :2]).reshape(nj, ni)
    return HeightMap(origin, axes, low, sole.step_mm, height)


def _heel_first(sole: HeightMap, shown: Shown) -> tuple[HeightMap, float]:
    """The sole with x from the heel to the toes, and how sure that is: the ball is the widest, and an ankle stands over the heel."""
    borders = borders_of(sole)
    widest = float(np.average(borders.share, weights=np.maximum(borders.width_mm, 0.0) ** 6))
    signs = [np.clip((widest - 0.5) / 0.12, -1, 1)]
    if shown.form is FootForm.FULL:
        local = sole.to_local_mm(shown.mesh.vertices_lps_mm)
        high = local[local[:, 2] > _HIGH * local[:, 2].max()]
        over = (float(high[:, 0].mean()) - borders.start_mm) / borders.length_mm
        signs.append(2 * np.clip((0.5 - over) / 0.12, -1, 1))
    told = float(np.sum(signs)) / (3 if len(signs) == 2 else 1)
    if told >= 0:
        return sole, min(1.0, told)
    return _again(sole, turned_in_plane(sole, np.pi), sole.origin_lps_mm), min(1.0, -told)


def _rested(sole: HeightMap) -> tuple[tuple[FloatArray, FloatArray], float] | None:
    """Origin and axes of the plane on which heel and ball rest, and how sure it is: under a load over the middle of the foot, on pads
    that give a little, so that no single place and no noise decides; then moved to the lowest place."""
    borders = borders_of(sole)
    points = _bearing(sole, borders)
    if len(points) < _LEAST_NODES:
        return None
    middle = _middle_of(borders)
    sunk = _settled(points - [*middle, 0.0], give_mm=_GIVE_SHARE * borders.length_mm)
    if sunk is None:
        return None
    height, rise_x, rise_y = sunk
    normal = np.array([-rise_x, -rise_y, 1.0])
    axes = axes_of(sole.axes_lps[0], normal @ sole.axes_lps)
    above = points[:, 2] - height - (points[:, :2] - middle) @ [rise_x, rise_y]
    lowest = np.array([*middle, height + float(np.quantile(above, _LOWEST_SHARE))])
    return (sole.to_lps_mm(lowest), axes), _base(points[above < 0.0], borders)


def _settled(points: FloatArray, *, give_mm: float) -> FloatArray | None:
    """(3,) height at the origin and rises along x and y of the plane into which the pads, springs side by side (Winkler's foundation), sink
    by `give_mm` in the mean under a load at the origin. Newton's steps on a convex energy. None where they find no rest."""
    terms = np.column_stack([np.ones(len(points)), points[:, :2]])
    load = np.array([give_mm * len(points), 0.0, 0.0])
    plane = np.array([float(np.quantile(points[:, 2], 0.3)), 0.0, 0.0])
    for _ in range(_NEWTON_STEPS):
        sinks = terms @ plane - points[:, 2]
        borne = sinks > 0
        if borne.sum() < 10:
            plane[0] += 0.5
            continue
        part = terms[borne]
        step = np.linalg.lstsq(part.T @ part, load - part.T @ sinks[borne], rcond=None)[0]
        plane = plane + step * min(1.0, 1.0 / max(abs(float(step[0])), float(np.abs(step[1:]).max()) * 100.0, 1e-9))
        if np.abs(step[0]) < 1e-4 and np.abs(step[1:]).max() < 1e-6:
            return np.asarray(plane)
    return None


def _base(borne: FloatArray, borders: Borders) -> float:
    """How well a foot is borne: by heel and ball both, and over how much of the ball's width."""
    share = (borne[:, 0] - borders.start_mm) / borders.length_mm
    ball = borne[share > _MIDDLE]
    if not len(ball) or not (share < _MIDDLE).any():
        return 0.2
    wide = float(np.quantile(ball[:, 1], 0.95) - np.quantile(ball[:, 1], 0.05)) / (0.2 * borders.length_mm)
    return float(np.clip(0.4 + 0.6 * wide, 0.4, 1.0))


def _bearing(sole: HeightMap, borders: Borders) -> FloatArray:
    """(n, 3) places of heel and ball off the rim, their heights evened out."""
    from scipy.ndimage import binary_erosion

    inner: BoolArray = binary_erosion(sole.there, iterations=_FROM_EDGE)
    share = (sole.x_mm - borders.start_mm) / borders.length_mm
    bears = ((share > _HEEL[0]) & (share < _HEEL[1])) | ((share > _BALL[0]) & (share < _BALL[1]))
    even = HeightMap(sole.origin_lps_mm, sole.axes_lps, sole.low_mm, sole.step_mm, evened(sole))
    return even.nodes_mm(inner & bears[None, :])


def _middle_of(borders: Borders) -> FloatArray:
    """(2,) where the load lies: on the line between the middles of heel and ball, for a scan may lack the midfoot's medial side."""
    ball = borders.within(_BALL_MIDDLE)
    x, y = borders.x_mm[ball].mean(), borders.middle_mm[ball].mean()
    heel = borders.heel_centre()
    at = float(np.interp(_MIDDLE, borders.share, borders.x_mm))
    return np.array([at, heel[1] + (at - heel[0]) / (x - heel[0]) * (y - heel[1])])


def moved_to_heel(sole: HeightMap) -> HeightMap:
    """The same sole with its origin on the axis at the rearmost point, y from the heel's centre."""
    borders = borders_of(sole)
    start = np.array([borders.start_mm, borders.heel_centre()[1], 0.0])
    return HeightMap(sole.to_lps_mm(start), sole.axes_lps, sole.low_mm - start[:2], sole.step_mm, sole.height_mm)


def ball_points(borders: Borders, *, medial_left: bool) -> tuple[FloatArray, FloatArray, tuple[float, float]]:
    """(2,) each: metatarsale tibiale and fibulare, the most medial and the most lateral point of the ball; and over which share
    of the length each border is flat there."""
    tibiale, one = borders.outermost((0.62, BALL[1]), left=medial_left)
    fibulare, other = borders.outermost((BALL[0], 0.74), left=not medial_left)
    return tibiale, fibulare, (one, other)


def on_second_ray(foot: Stood, *, medial_left: bool) -> Stood:
    """The foot with x from the heel's centre through the head of the second metatarsal."""
    sole = foot.sole
    for _ in range(3):
        borders = borders_of(sole)
        tibiale, fibulare, _flat = ball_points(borders, medial_left=medial_left)
        way = tibiale + SECOND_RAY * (fibulare - tibiale) - borders.heel_centre()
        axes = turned_in_plane(sole, float(np.arctan2(way[1], way[0])))
        sole = moved_to_heel(_again(sole, axes, sole.origin_lps_mm))
    sole = moved_to_heel(_view(foot.part, sole.origin_lps_mm, sole.axes_lps))
    return replace(foot, sole=sole, borders=borders_of(sole))
