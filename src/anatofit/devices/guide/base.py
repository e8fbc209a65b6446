"""The base of a guide: a shell over the ground that can be stood on, between the bone grown by the offset and by offset and thickness together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from anatofit.devices.guide.beside import others_of, shadow
from anatofit.devices.guide.cliffs import CLIFF, hem_mm, past_cliffs_mm
from anatofit.devices.guide.footprint import border_of, plane_axes, without_holes
from anatofit.devices.guide.nodes import relative
from anatofit.devices.guide.planned import GuidePlan
from anatofit.geometry.field import FieldArray
from anatofit.geometry.ground import Ground, ground_of, tread
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray

BORDER_STEPS = 1.5  # of the lattice, standard deviation
RAMP_MM = 3.0  # over which the offset grows towards a relieved region
EXACT_MM = 1.5  # around the face to the bone, where its distances are exact: every other node is enough beyond


def ground_for(anatomy: Anatomy, plan: GuidePlan) -> Ground:
    """The bone on the plan's lattice, its distances exact where the face to the bone is shaped by them, and other bones in the way."""
    deepest = max([plan.contact_offset_mm, *(r.offset_mm for r in plan.reliefs)])
    band = deepest + plan.base_thickness_mm + plan.fillet_mm + 2 * plan.seat.step_mm
    ground = ground_of(
        anatomy.surfaces["host"],
        plan.seat.grid(),
        low_mm=np.array(plan.seat.low_mm),
        band_mm=band,
        exact_mm=deepest + EXACT_MM,
    )
    return replace(ground, others=shadow(others_of(anatomy), plan.seat))


def offset_mm(ground: Ground, plan: GuidePlan) -> FieldArray:
    """How far the base stands from the bone at each node: as planned, more where the plan relieves it."""
    offset = np.full(ground.surface.shape, plan.contact_offset_mm, dtype=np.float32)
    for relief in plan.reliefs:
        x, y, z = relative(ground, plan, np.array(relief.point_lps_mm))
        inside = np.clip((relief.radius_mm + RAMP_MM - np.sqrt(x * x + y * y + z * z)) / RAMP_MM, 0.0, 1.0)
        more = (relief.offset_mm - plan.contact_offset_mm) * inside * inside * (3 - 2 * inside)
        offset = np.maximum(offset, (plan.contact_offset_mm + more).astype(np.float32))
    return offset


def base_of(ground: Ground, plan: GuidePlan, offset: FieldArray) -> FieldArray:
    """A shell over the footprint, whose sides stand upright on the bone.

    In a hollow of the bone the nearest point leaps from one flank to the other, and with it the border: it is evened out, or the
    leap would stand in the body as a fold. Down a cliff at the ground's edge it ends at its hem.
    """
    from scipy.ndimage import gaussian_filter

    foot_x, foot_y = ground.feet_mm()
    stands = _stood_on(ground, plan)
    border = np.maximum(border_of(plan.pads, plan.bridges, foot_x, foot_y), _looked_up(stands, ground, foot_x, foot_y))
    hem = hem_mm(ground.height_mm, _within(plan, stands), step_mm=plan.seat.step_mm, steepest_deg=plan.steepest_deg)
    hem = _looked_up(hem, ground, foot_x, foot_y)
    border = np.maximum(border, (hem - ground.feet_z_mm()) / CLIFF)
    border = gaussian_filter(border, BORDER_STEPS)
    return np.asarray(np.maximum(ground.surface - offset - np.float32(plan.base_thickness_mm), border))


def _stood_on(ground: Ground, plan: GuidePlan) -> FieldArray:
    """What of the plane the base stands on: ground that is not too steep, and not past a cliff."""
    stands = tread(ground.height_mm, step_mm=plan.seat.step_mm, steepest_deg=plan.steepest_deg)
    stands = without_holes(stands, ground.height_mm, step_mm=plan.seat.step_mm)
    held = [p.centre_mm for p in plan.pads] + [plan.seat.to_seat(np.array(p.entry_lps_mm))[:2] for p in plan.pins]
    return np.maximum(stands, past_cliffs_mm(ground.height_mm, _within(plan, stands), plan.seat, np.array(held)))


def _within(plan: GuidePlan, stands: FieldArray) -> FieldArray:
    """What is stood on of the footprint."""
    x, y = plane_axes(plan.seat)
    return np.maximum(stands, border_of(plan.pads, plan.bridges, x[None, :], y[:, None]))


def _looked_up(plane: FieldArray, ground: Ground, x: FloatArray, y: FloatArray) -> FieldArray:
    """A field of the plane at places x, y (nk, nj, ni) in mm, linear between columns."""
    from scipy.ndimage import map_coordinates

    step = ground.grid.spacing_ijk_mm
    at = [(y - ground.low_mm[1]) / step[1], (x - ground.low_mm[0]) / step[0]]
    return np.asarray(map_coordinates(plane, at, order=1, mode="nearest", output=np.float32))
