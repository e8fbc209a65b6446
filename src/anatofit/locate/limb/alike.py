"""Two scans of one limb laid on each other over what is alike in both, and what changed between them, by level and by place."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.geometry.field import BoolArray
from anatofit.geometry.nearest import Nearest
from anatofit.geometry.register import Placement, spread_points
from anatofit.locate.limb.located import LocatedLimb
from anatofit.locate.limb.measures import STEP_MM as LEVEL_STEP_MM
from anatofit.locate.limb.measures import girths_mm, volumes_mm3
from anatofit.locate.limb.standing import Standing, standing_as
from anatofit.locate.limb.unrolled import AROUND, Unrolled, unroll
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

POINTS = 2500  # of the moving skin, spread evenly
ALIKE = 0.6  # of the points, those that lie nearest: bone under thin skin changes least, calf and distal end most
ROUNDS = 40
_STILL_MM = 1e-4  # a round that moves no point further ends the search
_EDGE_MM = 5.0  # beside an open edge nothing has a counterpart
_PAST_END_MM = (
    2.5  # levels begin so far above the end of the limb that ends higher: less is the cap of a cut, not a girth
)
_LEAST_ALIKE_MM = (
    50.0  # of length that both scans must have: less is a band of skin, and no change of a limb is read from it
)


@dataclass(frozen=True, eq=False)
class Change:
    """What changed from a first scan to a second one, in the frame of the first. All by level: (n,); levels above the first's distal end,
    as far as both scans have them.

    ends_mm, tops_mm: (2,) levels of the distal ends and of where the skin is no longer whole, of the first and the second.
    area_mm2, perimeter_mm, volume_mm3 (below the level): (n, 2) of the first and the second. map_levels_mm: (k,). map_mm: (k, AROUND) by how
    much the second scan's skin lies further out, from the front on, counter-clockwise seen from above: a right limb's medial side comes
    first. rms_mm: of what is alike.
    """

    placement: Placement
    rms_mm: float
    ends_mm: FloatArray
    tops_mm: FloatArray
    level_mm: FloatArray
    area_mm2: FloatArray
    perimeter_mm: FloatArray
    volume_mm3: FloatArray
    map_levels_mm: FloatArray
    map_mm: FloatArray
    tendon_level_mm: float

    @property
    def volume_level_mm(self) -> float:
        """Volumes are told below the patellar tendon, or below the highest level where that lies lower."""
        return min(self.tendon_level_mm, float(self.level_mm[-1]))

    @property
    def volume_percent(self) -> float:
        """Change of the volume below that level, of the whole of both limbs, in per cent of the first."""
        return _percent(self._volumes_mm3())

    @property
    def shared_volume_percent(self) -> float:
        """The same between that level and the lowest one that both limbs have."""
        return _percent(self._volumes_mm3() - self.volume_mm3[0])

    def _volumes_mm3(self) -> FloatArray:
        return np.array([np.interp(self.volume_level_mm, self.level_mm, column) for column in self.volume_mm3.T])


def _percent(pair: FloatArray) -> float:
    return 100.0 * float(pair[1] / pair[0] - 1.0)


def changed(first: LocatedLimb, second: LocatedLimb) -> Change:
    """The second limb laid on the first over what is alike, and measured against it."""
    placed, rms = laid_on(second, first)
    own = standing_as(first.skin, first.frame.origin_lps_mm, first.frame.proximal_lps, first.frame.anterior_lps)
    other = standing_as(
        Mesh(placed.applied(second.skin.vertices_lps_mm), second.skin.faces),
        first.frame.origin_lps_mm,
        first.frame.proximal_lps,
        first.frame.anterior_lps,
    )
    pair = (own, other)
    ends, tops = np.array([limb.bottom_mm for limb in pair]), np.array([limb.top_mm for limb in pair])
    levels = levels_of_both(ends, tops)
    tendon = float(own.local(first.landmarks["patellar_tendon"].point_lps_mm[None])[0, 2])
    area = np.stack([[cut.area_mm2 for cut in limb.cuts(levels)] for limb in pair], axis=1)
    rows, off = _map_of_both(pair, low_mm=float(ends.max()), top_mm=float(tops.min()))
    return Change(
        placed, rms, ends, tops, levels, area,
        np.stack([girths_mm(limb, levels) for limb in pair], axis=1),
        np.stack([volumes_mm3(limb, levels, from_mm=min(0.0, limb.bottom_mm)) for limb in pair], axis=1),
        rows, off, tendon,
    )  # fmt: skip


def levels_of_both(ends_mm: FloatArray, tops_mm: FloatArray) -> FloatArray:
    """Every 10 mm of the first limb's own levels, as far as both limbs have them. Raises ScanUnsuitableError where that is too little."""
    low, top = float(ends_mm.max()) + _PAST_END_MM, float(tops_mm.min())
    if top - low < _LEAST_ALIKE_MM:
        said = (
            f"laid on each other, the two scans have {max(top - low, 0.0):.0f} mm of the limb's length in common; {_LEAST_ALIKE_MM:.0f} mm at "
            "least are wanted. Scan as much of the limb as the other scan shows"
        )
        raise ScanUnsuitableError(Reason("limb-too-short", said))
    return np.arange(LEVEL_STEP_MM * max(1.0, np.ceil(low / LEVEL_STEP_MM)), top, LEVEL_STEP_MM)


def _map_of_both(pair: tuple[Standing, Standing], *, low_mm: float, top_mm: float) -> tuple[FloatArray, FloatArray]:
    """Levels (k,), and by how much the second skin lies further out (k, AROUND), where both have skin."""
    maps = [unroll(replace(limb, top_mm=top_mm)) for limb in pair]
    both = maps[0].levels_mm > low_mm
    return maps[0].levels_mm[both], _difference(maps[0], maps[1])[both]


def _difference(first: Unrolled, second: Unrolled) -> FloatArray:
    """(k, AROUND) with the front in the first column."""
    # the second axis of both is the front: a quarter turn into the map
    return np.roll(second.reach_mm - first.reach_mm, -AROUND // 4, axis=1)


def laid_on(moving: LocatedLimb, reference: LocatedLimb) -> tuple[Placement, float]:
    """Where the moving limb comes to lie, and the root mean square distance of what is alike.

    From both limbs' frames and tendons on, points move to the tangent planes of the nearest skin (Chen and Medioni 1992), each round
    over the share that lies nearest (Chetverikov et al. 2002). Never scaled, never mirrored.
    """
    place = _by_frames(moving, reference)
    points, skin = spread_points(moving.skin, POINTS), Nearest(reference.skin)
    rim = reference.rim_lps_mm
    for _ in range(ROUNDS):
        at = place.applied(points)
        off, normal, near = _gaps(at, skin, rim)
        step = _step(at[near], off[near], normal[near])
        turned = Placement(step[0] @ place.turn, step[0] @ place.move_mm + step[1], 1.0, np.inf)
        moved = float(np.abs(turned.applied(points) - at).max())
        place = turned
        if moved < _STILL_MM:
            break
    off, _, near = _gaps(place.applied(points), skin, rim)
    return place, float(np.sqrt(np.mean(off[near] ** 2)))


def _by_frames(moving: LocatedLimb, reference: LocatedLimb) -> Placement:
    own, other = (_axes(limb) for limb in (moving, reference))
    turn = other.T @ own
    one, two = (limb.landmarks["patellar_tendon"].point_lps_mm for limb in (moving, reference))
    return Placement(turn, two - turn @ one, 1.0, np.inf)


def _axes(limb: LocatedLimb) -> FloatArray:
    """(3, 3) rows, right-handed: beside the front, front, proximal."""
    up, front = limb.frame.proximal_lps, limb.frame.anterior_lps
    return np.stack([np.cross(front, up), front, up])


def _gaps(at: FloatArray, skin: Nearest, rim: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """(n,) distances along the normals (n, 3) of the nearest skin, and which points count as alike."""
    from scipy.spatial import cKDTree

    foot, owner = skin.asked(at)
    normal = skin.normals(owner)
    away = np.linalg.norm(at - foot, axis=1)
    beside_rim = cKDTree(rim).query(foot)[0] < _EDGE_MM
    limit = np.quantile(away[~beside_rim], ALIKE)
    return ((at - foot) * normal).sum(axis=1), normal, (away <= limit) & ~beside_rim


def _step(at: FloatArray, off: FloatArray, normal: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The small turn and move that bring points nearest to their planes; the turn made orthonormal."""
    from scipy.spatial.transform import Rotation

    centre = at.mean(axis=0)
    rows = np.concatenate([np.cross(at - centre, normal), normal], axis=1)
    solved = np.linalg.lstsq(rows, -off, rcond=None)[0]
    turn = Rotation.from_rotvec(solved[:3]).as_matrix()
    return turn, centre - turn @ centre + solved[3:]
