"""A socket's inner face on its limb, and faces beyond it through the thickness of its wall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.devices.socket.field import eased, offset_mm, trim_at, wall_mm
from anatofit.devices.socket.layout import Shape
from anatofit.devices.socket.rings import Rings
from anatofit.devices.socket.skin import AROUND, Skin
from anatofit.geometry.capsule import Lattice, evened
from anatofit.model.frame import FloatArray

_EVEN_MM = 2.0  # by which valleys of the outer face are evened out
_FACETS_MM = 0.1  # what facets take of a wall
_BRIM_MM = 20.0  # below the trim line, over which the outer face comes to lie square across the wall
_EXACT_MM = 4.0  # below it, over which the brim becomes as thick as the wall, to the digit
_AHEAD_MM = 0.5  # the step that slopes are told by
_LOWER = 1.5  # of the ball's radius: up to here a block may lie
_MORE_MM = 10.0  # of the chart above what is asked for
# Of a wall's thickness and 1 mm: places of the inner face that may push a ray's end out lie within, further where it is steep against the
# rays (a ball on a slope touches a ray so many radii from the place that the ray goes through); no shell is made of what is steeper still.
_AROUND, _AROUND_STEEP = 1.25, 2.5


@dataclass(frozen=True, eq=False)
class Walls:
    """The inner face of a socket on its limb, and faces beyond it."""

    skin: Skin
    shape: Shape

    def inner_mm(self, v_mm: FloatArray, angle: FloatArray) -> FloatArray:
        """(..., 3) places of the inner face."""
        offset = offset_mm(self.shape, v_mm, angle)[..., None]
        return np.asarray(self.skin.at(v_mm, angle) + offset * self.skin.normals(v_mm, angle))

    def beyond(self, share: float, *, up_to_mm: float = np.inf) -> Skin:
        """The face that lies a share of the wall's thickness outside the inner one: no place of it is nearer, its valleys are evened."""
        whole = self.skin.lattice
        lattice = Lattice(whole.chart, whole.v_mm[whole.v_mm <= up_to_mm + _MORE_MM], whole.around)
        at = np.broadcast_arrays(lattice.v_mm[:, None], lattice.angles[None])
        inner, wall = self.inner_mm(*at), wall_mm(self.shape, *at)
        reach = _rolled(lattice, inner, share * (wall + _FACETS_MM + np.square(_apart_mm(inner)) / (8.0 * wall)))
        return Skin(lattice, np.fmax(reach, evened(lattice, reach, _EVEN_MM)))

    def lower_faces_mm(self) -> tuple[FloatArray, FloatArray]:
        """(n, 3) places of the inner and of the outer face up to somewhat above the ball's middle."""
        outer = self.beyond(1.0, up_to_mm=_LOWER * self.shape.frame.ball_mm)
        at = np.broadcast_arrays(outer.lattice.v_mm[:, None], outer.lattice.angles[None])
        return self.inner_mm(*at).reshape(-1, 3), outer.at(*at).reshape(-1, 3)

    def outer_mm(self, rings: Rings) -> FloatArray:
        """(n, 3) places of the outer face for those of the inner one: on the same rays, but at the brim square across the wall."""
        top_v, top_angle = rings.v_mm[rings.last], rings.angle[rings.last]
        brim = self._across(top_v, top_angle)
        v, angle, _ = self.skin.lattice.chart.of(brim)
        column = np.rint(rings.angle / (2 * np.pi) * AROUND).astype(np.int64) % AROUND
        below = (top_v[column] - rings.v_mm) * _level(self.skin.at(top_v, top_angle))[column]
        share = eased(1.0 - below / _BRIM_MM)
        turned = (angle - top_angle + np.pi) % (2 * np.pi) - np.pi
        outer = self.beyond(1.0).at(rings.v_mm + share * (v - top_v)[column], rings.angle + share * turned[column])
        return np.asarray(outer + eased(1.0 - below / _EXACT_MM)[:, None] * (brim - outer[rings.last])[column])

    def _across(self, v_mm: FloatArray, angle: FloatArray) -> FloatArray:
        """(n, 3) places square across the wall from a line of the brim, all around."""
        edge = self.inner_mm(v_mm, angle)
        along = edge - self.inner_mm(v_mm - _AHEAD_MM, angle)
        normal = np.cross(np.roll(edge, -1, axis=0) - np.roll(edge, 1, axis=0), along)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        return np.asarray(edge + wall_mm(self.shape, v_mm, angle)[:, None] * normal)

    def trim_mm(self) -> FloatArray:
        """v of the trim line at AROUND angles."""
        return trim_at(self.shape.trim, self.skin.lattice.angles)


def _level(line_mm: FloatArray) -> FloatArray:
    """(n,) the cosine of a closed line's rise: so much of a way down along the limb leads away from the line, square to it."""
    way = np.roll(line_mm, -1, axis=0) - np.roll(line_mm, 1, axis=0)
    return np.asarray(np.hypot(way[:, 0], way[:, 1]) / np.linalg.norm(way, axis=1))


def _apart_mm(places_mm: FloatArray) -> FloatArray:
    """(n, around) how far each place lies from the next one up or around: between balls so far apart a rolled face has hollows."""
    around = np.linalg.norm(np.roll(places_mm, -1, axis=1) - places_mm, axis=2)
    up = np.linalg.norm(np.diff(places_mm, axis=0, append=places_mm[-1:]), axis=2)
    return np.asarray(np.maximum(around, up))


def _steepness(lattice: Lattice, reach_mm: FloatArray) -> float:
    """The greatest rise of a face along its rays over the way between neighbours, up or around."""
    up = np.abs(np.diff(reach_mm, axis=0)) / lattice.step_mm
    aside = np.maximum(reach_mm, 1.0) * 2 * np.pi / lattice.around
    return float(max(up.max(), (np.abs(np.roll(reach_mm, -1, axis=1) - reach_mm) / aside).max()))


def _rolled(lattice: Lattice, places_mm: FloatArray, radius_mm: FloatArray) -> FloatArray:
    """(n, around) along each ray to where it leaves the last of balls around places, as a ball that is rolled over them reaches."""
    from scipy.spatial import cKDTree

    starts, ways = (rays.reshape(-1, 3) for rays in lattice.rays())
    places, radius = places_mm.reshape(-1, 3), radius_mm.ravel()
    feet = starts + ((places - starts) * ways).sum(axis=1)[:, None] * ways
    far = _steepness(lattice, np.linalg.norm(feet - starts, axis=1).reshape(radius_mm.shape))
    reach = min(max(_AROUND, far), _AROUND_STEEP) * float(radius.max()) + 1.0
    near = cKDTree(feet).sparse_distance_matrix(cKDTree(places), reach, output_type="coo_matrix")
    to = places[near.col] - starts[near.row]
    along = (to * ways[near.row]).sum(axis=1)
    half = np.square(radius[near.col]) - ((to * to).sum(axis=1) - along**2)
    out = np.full(len(starts), -np.inf)
    np.maximum.at(out, near.row[half > 0], (along + np.sqrt(np.maximum(half, 0.0)))[half > 0])
    return np.where(np.isfinite(out), out, np.nan).reshape(radius_mm.shape)
