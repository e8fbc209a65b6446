"""The footprint of the base: a pad beside each cut, and bridges between cuts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from anatofit.devices.cutting_guide.approach import FURTHEST_MM, bare_seat, middle_of
from anatofit.devices.cutting_guide.ends import resting_side
from anatofit.devices.cutting_guide.spec import Cut, CuttingGuideSpec
from anatofit.devices.guide.footprint import CORNER_MM, LOOK_MM, lattice, plane_axes
from anatofit.devices.guide.joint import NEAR_MM, Joint
from anatofit.devices.guide.layout import Bridge, Pad, Pair, Seat
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.field import BoolArray
from anatofit.geometry.ground import heights_mm
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

BEFORE_MM = 1.5  # a pad of a one-sided slot ends so far before the plane: a blade must not rest on it


def footprint(
    bone: Mesh, spec: CuttingGuideSpec, way_lps: FloatArray, joint: Joint | None = None
) -> tuple[tuple[Pad, ...], tuple[Bridge, ...], Seat]:
    """Pads, bridges and the seat whose lattice has no height yet. Raises PrescriptionError where a cut does not meet the bone."""
    seat = bare_seat(spec, way_lps)
    points = np.array([seat.to_seat(np.array(cut.point)) for cut in spec.surgery.cut])
    reach = np.array([spec.foot_reach_mm + LOOK_MM, spec.foot_width_mm / 2 + LOOK_MM])
    seat = lattice(seat, points[:, :2].min(axis=0) - reach, points[:, :2].max(axis=0) + reach, (0.0, 0.0), step_mm=0.5)
    height = heights_mm(bone, seat.grid(), low_z_mm=0.0)
    x, y = plane_axes(seat)
    found = [middle_of(cut, seat, height, x, y) for cut in spec.surgery.cut]
    reasons = [
        Reason(
            "plan-misses-bone",
            f"cut {n} meets no bone within {FURTHEST_MM:g} mm of its point, seen along the way in. Check its point and normal, and the approach",
        )
        for n, at in enumerate(found, start=1)
        if at is None
    ]
    if reasons:
        raise PrescriptionError(reasons)
    middles = [at for at in found if at is not None]
    pads = tuple(_pad(cut, at, seat, spec) for cut, at in zip(spec.surgery.cut, middles, strict=True))
    if joint is not None:
        near = (
            joint.before_mm(seat.to_lps(np.stack(np.broadcast_arrays(x[None, :], y[:, None], height), axis=-1)))
            < NEAR_MM
        )
        pads = tuple(
            _off_joint(pad, at[0], x[None, :], y[:, None], near) for pad, at in zip(pads, middles, strict=True)
        )
    return pads, _bridges(middles, spec), seat


def _pad(cut: Cut, at: Pair, seat: Seat, spec: CuttingGuideSpec) -> Pad:
    reach, half_y = spec.foot_reach_mm, spec.foot_width_mm / 2
    x, half_x = at[0], reach
    if cut.slot == "one-sided":
        turned = np.sign(seat.turned(np.array(cut.normal))[0]) * resting_side(cut)
        half_x = (reach - BEFORE_MM) / 2
        x += float(turned) * (reach + BEFORE_MM) / 2
    return Pad(
        centre_mm=(round(x, 6), at[1]), half_mm=(round(half_x, 6), half_y), radius_mm=min(CORNER_MM, half_x, half_y)
    )


def _off_joint(pad: Pad, cut_x: float, x: FloatArray, y: FloatArray, near: BoolArray) -> Pad:
    """The pad, on each side of its cut no further than bone lies off the joint: capsule and cartilage begin there."""
    (cx, cy), (hx, hy) = pad.centre_mm, pad.half_mm
    at = (np.broadcast_to(x, near.shape)[near & (np.abs(x - cx) <= hx) & (np.abs(y - cy) <= hy)]).ravel()
    low = max(cx - hx, float(at[at < cut_x].max(initial=-np.inf)))
    high = min(cx + hx, float(at[at >= cut_x].min(initial=np.inf)))
    half = round((high - low) / 2, 6)
    return pad.model_copy(
        update={
            "centre_mm": (round((low + high) / 2, 6), cy),
            "half_mm": (half, hy),
            "radius_mm": min(pad.radius_mm, half),
        }
    )


def _bridges(middles: Sequence[Pair], spec: CuttingGuideSpec) -> tuple[Bridge, ...]:
    return tuple(
        Bridge(start_mm=a, end_mm=b, half_width_mm=spec.bridge_width_mm / 2) for a, b in pairwise(sorted(middles))
    )
