"""How well bone holds a guide that is set down on it along one way.

A guide seated along a way is held by the bone's normals beneath it. How well is the least singular value of the contacts'
wrenches (each a normal and its moment): near zero there is a motion that no contact resists. It is Mattheijer's docking
robustness (J Biomech 2013) taken of all the ground that a base of the ordered size would stand on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.devices.guide.beside import open_sky
from anatofit.devices.guide.layout import Seat, triple
from anatofit.geometry.field import BoolArray
from anatofit.geometry.ground import heights_mm, tread
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh

SEARCH_STEP_MM = 1.0  # of the lattice on which ways are compared
LEAST_FOOTING = 0.15  # of the ordered footprint: less is no seat
ENOUGH_MM2 = 250.0  # of ground carry any guide: a base wider than the bone ends where the bone does. Proposal
BORDER_MM = 3.0
# Of the best hold, that a way in must have to be taken: the hold is the square of Mattheijer's docking robustness, which is halved at a
# quarter, and in the motion that is resisted least a guide then errs by twice as much. Proposal.
HOLDS = 0.25


def least_mm2(footprint_mm2: float) -> float:
    """The ground that a base needs at least, of which `footprint_mm2` would lie on a flat bone."""
    return min(LEAST_FOOTING * footprint_mm2, ENOUGH_MM2)


@dataclass(frozen=True)
class Footing:
    """What the bone offers along one way: ground in mm², and how well it holds, 0 and more."""

    area_mm2: float
    hold: float


@dataclass(frozen=True, eq=False)
class Sight:
    """The bone as it is seen along one way: x (ni,) and y (nj,) of the columns, (nj, ni) heights, all in the seat's frame."""

    x_mm: FloatArray
    y_mm: FloatArray
    height_mm: FloatArray


def seat_at(middle_lps_mm: FloatArray, x_lps: FloatArray, way_lps: FloatArray) -> Seat:
    """A seat's frame with no lattice yet: z out, x as near to `x_lps` as that lets it be."""
    z = np.array(triple(unit_vector(way_lps)))
    x = unit_vector(x_lps - z * float((x_lps * z).sum()))
    return Seat(
        origin_lps_mm=triple(middle_lps_mm),
        axes_lps=(triple(x), triple(np.cross(z, x)), triple(z)),
        low_mm=(0.0, 0.0, 0.0),
        shape_kji=(1, 1, 1),
        step_mm=SEARCH_STEP_MM,
    )


def sighted(near: Mesh, seat: Seat, centres_mm: FloatArray, half_mm: FloatArray, others: Mesh | None = None) -> Sight:
    """The bone around rectangles of a footprint: centres `(n, 2)`, half sides `(2,)`; what other bones stand over is not seen."""
    low, high = centres_mm.min(axis=0) - half_mm - BORDER_MM, centres_mm.max(axis=0) + half_mm + BORDER_MM
    count = np.ceil((high - low) / SEARCH_STEP_MM).astype(int) + 1
    seat = seat.model_copy(
        update={"low_mm": (float(low[0]), float(low[1]), 0.0), "shape_kji": (1, int(count[1]), int(count[0]))}
    )
    height = open_sky(heights_mm(near, seat.grid(), low_z_mm=0.0), others, seat)
    x, y = low[0] + SEARCH_STEP_MM * np.arange(count[0]), low[1] + SEARCH_STEP_MM * np.arange(count[1])
    return Sight(x, y, height)


def footing_in(seen: Sight, centres_mm: FloatArray, half_mm: FloatArray, *, steepest_deg: float) -> Footing:
    """What the bone offers within the rectangles."""
    inside = np.zeros(seen.height_mm.shape, dtype=bool)
    for cx, cy in centres_mm:
        inside |= (np.abs(seen.x_mm - cx) <= half_mm[0])[None, :] & (np.abs(seen.y_mm - cy) <= half_mm[1])[:, None]
    stands = inside & (tread(seen.height_mm, step_mm=SEARCH_STEP_MM, steepest_deg=steepest_deg) < 0)
    stands &= np.isfinite(seen.height_mm)
    area = float(stands.sum()) * SEARCH_STEP_MM**2
    return Footing(area, hold_of(seen.height_mm, stands, seen.x_mm, seen.y_mm))


def hold_of(height: FloatArray, stands: BoolArray, x: FloatArray, y: FloatArray) -> float:
    """The least singular value, squared, of the wrenches of all ground: per mm², moments over the ground's own radius."""
    if stands.sum() < 12:
        return 0.0
    rise_y, rise_x = (np.asarray(rise) for rise in np.gradient(height, SEARCH_STEP_MM))
    slopes = np.stack([np.nan_to_num(rise_x[stands]), np.nan_to_num(rise_y[stands])], axis=1)
    normal = np.concatenate([-slopes, np.ones((len(slopes), 1))], axis=1)
    normal /= np.sqrt(np.square(normal).sum(axis=1))[:, None]
    gy, gx = np.meshgrid(y, x, indexing="ij")
    place = np.stack([gx[stands], gy[stands], height[stands]], axis=1)
    place = place - place.mean(axis=0)
    moment = np.cross(place, normal) / np.sqrt(np.square(place).sum(axis=1).mean())
    wrench = np.concatenate([normal, moment], axis=1)
    gram = np.einsum("ni,nj->ij", wrench, wrench) * SEARCH_STEP_MM**2
    return max(0.0, float(np.linalg.eigvalsh(gram)[0]))
