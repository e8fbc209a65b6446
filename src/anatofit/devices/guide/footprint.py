"""The footprint of a base: pads, bridges between them, the ground that they find, and the lattice that all of it is built on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product

import numpy as np

from anatofit.devices.guide.beside import shade_mm
from anatofit.devices.guide.layout import Bridge, Pad, Pair, Seat
from anatofit.geometry.field import FieldArray
from anatofit.geometry.ground import disc, heights_mm, signed_mask, tread
from anatofit.geometry.solids import rounded_rectangle
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

CORNER_MM = 4.0
FINE_STEP_MM, COARSE_STEP_MM = 0.4, 0.8
MOST_NODES = 4e6  # of a lattice: some 16 MB a field; a larger guide is built on a coarser one
_MARGIN_MM = 3.0  # of the lattice, around everything
_DEEP_MM = 2.5  # below the lowest ground, for what overhangs
SLIT_MM = (
    4.0  # between two pads: through a narrower gap no brush cleans, and a powder bed keeps its powder there. Proposal
)
LOOK_MM = 25.0  # around the plan's points, where ground is looked for


def plane_axes(seat: Seat) -> tuple[FloatArray, FloatArray]:
    """x (ni,) and y (nj,) of the lattice's columns, mm."""
    _, nj, ni = seat.shape_kji
    x, y, _ = seat.low_mm
    return np.asarray(x + seat.step_mm * np.arange(ni)), np.asarray(y + seat.step_mm * np.arange(nj))


def border_of(pads: Sequence[Pad], bridges: Sequence[Bridge], x: FloatArray, y: FloatArray) -> FieldArray:
    """Signed distance of the footprint in the plane, negative inside, for coordinates that broadcast; slits between pads are a part of it."""
    parts = [rounded_rectangle(x, y, centre_mm=p.centre_mm, half_mm=p.half_mm, radius_mm=p.radius_mm) for p in pads]
    parts += [_strip(b, x, y) for b in (*bridges, *over_slits(pads))]
    return np.asarray(np.minimum.reduce(parts), dtype=np.float32)


def over_slits(pads: Sequence[Pad]) -> Iterator[Bridge]:
    """A strip along each slit between two pads, as wide as it is and their corners beside it are round."""
    for (one, other), across in product(combinations(pads, 2), (0, 1)):
        (low, high), (start, end) = _between(one, other, across), _between(one, other, 1 - across)
        # what lies between two that overlap is told backwards
        if 0.0 < high - low < SLIT_MM and start > end:
            half = min((high - low) / 2 + min(one.radius_mm, other.radius_mm), (start - end) / 2)
            ends = ((low + high) / 2, end + half), ((low + high) / 2, start - half)
            a, b = (at if across == 0 else at[::-1] for at in ends)
            yield Bridge(start_mm=a, end_mm=b, half_width_mm=half)


def without_holes(ground: FieldArray, height: FloatArray, *, step_mm: float) -> FieldArray:
    """The ground, and steep bone that it surrounds where that is narrower than a slit: a base spans it, or what stands beside it would
    close the hole to a pocket under a thin skin. A hole through the bone stays."""
    from scipy.ndimage import binary_dilation, binary_fill_holes, binary_opening, binary_propagation

    stands = ground < 0
    holes = binary_fill_holes(stands) & ~stands
    wide = binary_opening(holes, disc(round(SLIT_MM / 2 / step_mm))) | (holes & ~np.isfinite(height))
    narrow = holes & ~binary_propagation(wide, mask=holes)
    there = binary_dilation(narrow, disc(round(SLIT_MM / step_mm)))
    spanned = np.minimum(ground, signed_mask(stands | narrow, step_mm=step_mm))
    return np.where(there & (stands | narrow), spanned, ground).astype(np.float32)


def _between(one: Pad, other: Pad, axis: int) -> Pair:
    """What lies between two pads along an axis of the plane, from the one that lies lower."""
    first, second = sorted((one, other), key=lambda pad: pad.centre_mm[axis])
    return first.centre_mm[axis] + first.half_mm[axis], second.centre_mm[axis] - second.half_mm[axis]


def _strip(bridge: Bridge, x: FloatArray, y: FloatArray) -> FieldArray:
    """Signed distance of a strip with round ends."""
    (ax, ay), (bx, by) = bridge.start_mm, bridge.end_mm
    dx, dy = bx - ax, by - ay
    along = np.clip(((x - ax) * dx + (y - ay) * dy) / max(dx * dx + dy * dy, 1e-12), 0.0, 1.0)
    return np.asarray(np.hypot(x - ax - along * dx, y - ay - along * dy) - bridge.half_width_mm, dtype=np.float32)


def ground_under(
    bone: Mesh,
    seat: Seat,
    pads: Sequence[Pad],
    bridges: Sequence[Bridge],
    *,
    steepest_deg: float,
    others: Mesh | None = None,
) -> tuple[FloatArray, FieldArray]:
    """Heights of the bone, and how far inside of what the base can stand on each column lies (negative inside).

    others: bones that stand in the way; beneath them there is no ground. Nor is there any over a hole through the bone, however
    narrow: the border of a tread is evened out, and may pass over it.
    """
    height = heights_mm(bone, seat.grid(), low_z_mm=seat.low_mm[2])
    x, y = plane_axes(seat)
    stands = tread(height, step_mm=seat.step_mm, steepest_deg=steepest_deg)
    stands = np.where(np.isfinite(height), stands, np.maximum(stands, np.float32(seat.step_mm)))
    ground = np.maximum(stands, border_of(pads, bridges, x[None, :], y[:, None]))
    return height, ground if others is None else np.maximum(ground, shade_mm(height, others, seat))


def latticed(seat: Seat, boxes_mm: FloatArray, *, low_z_mm: float, high_z_mm: float) -> Seat:
    """The seat with a lattice around boxes `(n, 2, 2)` in x and y and between two heights; finer for a small guide."""
    low = np.append(boxes_mm[:, 0].min(axis=0) - _MARGIN_MM, low_z_mm - _DEEP_MM - _MARGIN_MM)
    high = np.append(boxes_mm[:, 1].max(axis=0) + _MARGIN_MM, high_z_mm + _MARGIN_MM)
    step = float(np.clip(np.cbrt(np.prod(high - low) / MOST_NODES), FINE_STEP_MM, COARSE_STEP_MM))
    return lattice(seat, low[:2], high[:2], (float(low[2]), float(high[2])), step_mm=round(step + 0.0049, 2))


def lattice(seat: Seat, low: FloatArray, high: FloatArray, z: Pair, *, step_mm: float) -> Seat:
    """The seat with a lattice between two corners in x and y, and two heights."""
    counts = [int(np.ceil((b - a) / step_mm)) + 1 for a, b in zip((*low, z[0]), (*high, z[1]), strict=True)]
    start = (round(float(low[0]), 6), round(float(low[1]), 6), round(z[0], 6))
    return seat.model_copy(update={"low_mm": start, "shape_kji": (counts[2], counts[1], counts[0]), "step_mm": step_mm})
