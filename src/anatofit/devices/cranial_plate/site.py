"""What is known of a defect before anything is placed: fields on a coarse grid along the insertion direction, and the rim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from anatofit.devices.cranial_plate.front import backed, front_of, shallow
from anatofit.devices.cranial_plate.insertion import Insertion
from anatofit.devices.cranial_plate.shell import Shell, body_of, shell_of
from anatofit.devices.cranial_plate.spec import CranialPlateSpec
from anatofit.errors import DefectError, Reason
from anatofit.geometry.bridge import frame_on
from anatofit.geometry.curve import resample, smooth, tangents
from anatofit.geometry.field import (
    FieldArray,
    gradient_lps,
    near_surface,
    occupancy,
    points_of,
    project,
    sample,
    signed_field,
    unsigned_field,
)
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid

PLAN_STEP_MM = 1.2  # distances are exact at the nodes; between them a skull's curvature errs by less than 0.01 mm
RIM_STATIONS = 360
MARGIN_MM = 4.0  # beyond the farthest reach of the part
HOST_BAND_MM = 2.5
HOLLOW_MM = 5.0  # between the tables, diploe is narrower (95 % within 3.6 mm in a head measured); sinuses are wider, and hold air


@dataclass(frozen=True)
class Rim:
    """Stations along the rim: foot on the outer face, unit normal, unit vector along the surface away from the defect."""

    foot_lps_mm: FloatArray
    normal_lps: FloatArray
    outward_lps: FloatArray
    step_mm: float


@dataclass(frozen=True)
class Ground:
    """What is beneath: distance in mm to the host's surface, negative in bone, and to its walls that air lies on (None: there are none)."""

    grid: Grid
    host: FieldArray
    air: FieldArray | None


@dataclass(frozen=True)
class Site:
    """Fields for placing things. `free` is negative where the body will stay; `body` is the body with that in mind, its edges not yet rounded.

    blocked: positive where bone, grown by the gap, stands in a place or further along its way out.
    """

    shell: Shell
    ground: Ground
    blocked: FieldArray
    free: FieldArray
    body: FieldArray
    rim: Rim
    direction_lps: FloatArray
    edge_radius_mm: float

    @property
    def grid(self) -> Grid:
        return self.shell.grid

    def free_at(self, points_lps_mm: FloatArray) -> FloatArray:
        return sample(self.free, self.grid, points_lps_mm)

    def body_at(self, points_lps_mm: FloatArray) -> FloatArray:
        return sample(self.body, self.grid, points_lps_mm)

    def normal_at(self, points_lps_mm: FloatArray) -> FloatArray:
        return gradient_lps(self.shell.outer, self.grid, points_lps_mm)

    def on_outer(self, points_lps_mm: FloatArray) -> FloatArray:
        return project(self.shell.outer, self.grid, points_lps_mm)


def reach_mm(spec: CranialPlateSpec) -> float:
    """How far beyond the missing bone the part and what surrounds it reach sideways."""
    return MARGIN_MM + (spec.tab_length_mm if spec.fixation == "tabs" else 0.0)


def box_grid(
    anatomy: Anatomy,
    direction_lps: FloatArray,
    *,
    side_mm: float,
    above_mm: float,
    below_mm: float,
    step_mm: float | None,
    nodes: float = 0,
) -> Grid:
    """A grid around the missing bone, its last axis along the direction; `step_mm` None takes the finest that `nodes` allow."""
    axes = frame_on(direction_lps)
    local = anatomy.surfaces["missing_bone"].vertices_lps_mm @ axes
    low = local.min(axis=0) - [side_mm, side_mm, below_mm]
    size = local.max(axis=0) - low
    size += [side_mm, side_mm, above_mm]
    step = step_mm or max(FINEST_STEP_MM, round(float(np.cbrt(size.prod() / nodes)), 4))
    n = np.ceil(size / step).astype(int) + 1
    return Grid((int(n[2]), int(n[1]), int(n[0])), axes @ low, np.full(3, step), axes)


NO_BODY = (
    "no body is left between the outer contour and the host; a larger defect or a smaller gap or edge radius is wanted"
)
FINEST_STEP_MM = 0.45  # edges of 0.5 mm and gaps of 0.3 mm are drawn well; finer only costs time


def look_at(anatomy: Anatomy, spec: CranialPlateSpec, insertion: Insertion) -> Site:
    """The site on a coarse grid. Raises DefectError where the missing bone leaves no body, or one too small."""
    tab = spec.tab_thickness_mm + spec.gap_mm if spec.fixation == "tabs" else 0.0
    grid = box_grid(
        anatomy,
        insertion.direction_lps,
        side_mm=reach_mm(spec),
        above_mm=MARGIN_MM + tab,
        below_mm=MARGIN_MM,
        step_mm=PLAN_STEP_MM,
    )
    deepest = spec.thickness_max_mm if spec.thickness_mode == "host" else spec.thickness_mm
    shell = shell_of(anatomy, grid, depth_mm=deepest, above_mm=tab, reach_mm=reach_mm(spec), gap_mm=spec.gap_mm)
    ground = _ground(anatomy, grid, below_mm=spec.screw_bone_mm + HOLLOW_MM if spec.fixation == "tabs" else 0.0)
    host = ground.host[ground.grid.shape_kji[0] - grid.shape_kji[0] :]
    sweep = np.minimum.accumulate(host[::-1], axis=0)[::-1]
    blocked = np.float32(spec.gap_mm) - sweep
    blocked[:, occupancy(anatomy.surfaces["host"], grid).top_k > grid.shape_kji[0] - 1] = HOST_BAND_MM
    free = np.maximum(shell.beneath, blocked)
    body = body_of(
        shell.outer, shell.missing, free, mode=spec.thickness_mode, least_mm=spec.thickness_mm, most_mm=shell.most
    )
    front = front_of(shell.outer, free)
    body = backed(body, front, least_mm=spec.thickness_mm, step_mm=PLAN_STEP_MM)
    body = shallow(body, front, deepest_mm=deepest, step_mm=PLAN_STEP_MM)
    if not (body < 0).any():
        raise DefectError(Reason("no-body", NO_BODY))
    return Site(
        shell, ground, blocked, free, body, _rim_of(anatomy, shell), insertion.direction_lps, spec.edge_radius_mm
    )


def _ground(anatomy: Anatomy, grid: Grid, *, below_mm: float) -> Ground:
    """Fields of the host on a grid that reaches deeper than `grid` by `below_mm`, against the way out."""
    more = int(np.ceil(below_mm / float(grid.spacing_ijk_mm[2])))
    origin = grid.origin_lps_mm - more * grid.spacing_ijk_mm[2] * grid.direction_lps[:, 2]
    k, j, i = grid.shape_kji
    deep = Grid((k + more, j, i), origin, grid.spacing_ijk_mm, grid.direction_lps)
    host = signed_field(anatomy.surfaces["host"], deep, band_mm=HOST_BAND_MM)
    walls = anatomy.surfaces.get("air_walls")
    air = (
        unsigned_field(near_surface(walls, deep, band_mm=HOST_BAND_MM), deep, band_mm=HOST_BAND_MM)
        if walls is not None
        else None
    )
    return Ground(deep, host, air)


def must_reach(site: Site, *, least_mm: float) -> None:
    """Raises DefectError where the body is smaller than the smallest part, beyond what the coarse grid may hide."""
    extent = float(np.ptp(points_of(site.grid, site.body < 0), axis=0).max())
    if extent + 2 * PLAN_STEP_MM < least_mm:
        said = (
            f"the body would be {extent:.1f} mm long; at least {least_mm:g} mm is wanted. Check the defect and its rim"
        )
        raise DefectError(Reason("body-too-small", said))


def _rim_of(anatomy: Anatomy, shell: Shell) -> Rim:
    curve = smooth(resample(np.asarray(anatomy.curves["rim"], dtype=np.float64), count=RIM_STATIONS), passes=12)
    foot = project(shell.outer, shell.grid, curve)
    normal = gradient_lps(shell.outer, shell.grid, foot)
    side = np.cross(tangents(foot), normal)
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
    away = np.einsum("ij,ij->", side, foot - foot.mean(axis=0))
    step = float(np.linalg.norm(np.roll(foot, -1, axis=0) - foot, axis=1).mean())
    return Rim(foot, normal, side if away >= 0 else -side, step)


def ring_max(
    field: Callable[[FloatArray], FloatArray], centre: FloatArray, axis: FloatArray, radius_mm: float
) -> FloatArray:
    """The greatest field value on a circle of eight points around each centre."""
    turns = 2 * np.pi * np.arange(8) / 8
    frames = np.stack([frame_on(a)[:, :2] for a in axis])
    ring = np.stack([np.cos(turns), np.sin(turns)]) * radius_mm
    points = centre[:, None, :] + np.einsum("nab,bk->nka", frames, ring)
    return np.asarray(field(points.reshape(-1, 3)).reshape(len(centre), 8).max(axis=1))
