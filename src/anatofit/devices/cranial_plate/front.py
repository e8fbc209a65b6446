"""The front face of a plate, and what may lie behind it: as much as the plate is thick, no less and no more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.geometry.field import BoolArray, FieldArray, coarse_of, every_other, points_of, refine
from anatofit.geometry.morph import opened, thin
from anatofit.model.grid import Grid

BACK_SLACK_MM = 0.05  # less than the thickness asked, so that sound places are not touched
STEEPEST_BACKED = 0.45  # cosine to the way out: flanks steeper than 63 degrees
BACK_RADIUS_MM = 3.0  # of what bulges from the back, towards dura or orbit: as a brow's own edge is round, proposal
LAYER_SLACK_MM = 0.3  # more than the least thickness: what its depth along a column errs by on a curved front
EASE_SLACK_MM = 0.15  # of what is read between the nodes of a coarser grid: a sound back is not touched
DEEP_SLACK_MM = 0.15  # behind a plate's full depth: what distances from the nodes of a front face may err by, on a steep one 2 mm apart


@dataclass(frozen=True)
class Front:
    """The front face of a plate, the highest along axis 0, the way out. Arrays `(n_j, n_i)`, one value a column of the grid.

    some: columns that the plate fills. height: its front face, in steps along axis 0. cosine: of its normal to the way out.
    beneath: of the field of that name, at the front face.
    """

    some: BoolArray
    height: FieldArray
    cosine: FieldArray
    beneath: FieldArray

    def depth_mm(self, shape_kji: tuple[int, ...], step_mm: float) -> FieldArray:
        """How far behind the front face each node lies, against the way out."""
        return np.asarray((self.height[None] - np.arange(shape_kji[0])[:, None, None]) * step_mm, dtype=np.float32)


def front_of(outer: FieldArray, beneath: FieldArray) -> Front:
    """The front face of what lies under the outer contour where bone is missing."""
    inside = (outer < 0) & (beneath < 0)
    inside[-1] = False
    some: BoolArray = np.asarray(inside.any(axis=0))
    top = np.where(some, len(inside) - 1 - np.argmax(inside[::-1], axis=0), 0)
    below, above = (np.take_along_axis(outer, (top + n)[None], axis=0)[0] for n in (0, 1))
    height = top + np.clip(below / np.minimum(below - above, -1e-3), 0, 1)
    dj, di = np.gradient(height)
    cosine = 1 / np.sqrt(1 + dj * dj + di * di)
    return Front(some, height, cosine, np.take_along_axis(beneath, top[None], axis=0)[0])


def backed(body: FieldArray, front: Front, *, least_mm: float, step_mm: float) -> FieldArray:
    """The body, made `least_mm` thick behind its front face also where the skull itself is thinner: a brow over the orbit.

    Steep flanks are left as they are.
    """
    depth = front.depth_mm(body.shape, step_mm) * front.cosine[None]
    back = np.maximum(np.maximum(-depth, depth - (least_mm - BACK_SLACK_MM)), front.beneath[None])
    use = front.some & (front.cosine > STEEPEST_BACKED)
    return np.asarray(np.where(use[None], np.minimum(body, back), body), dtype=np.float32)


def shallow(body: FieldArray, front: Front, *, deepest_mm: float, step_mm: float) -> FieldArray:
    """The body, without what lies more than `deepest_mm` behind its front face: walls of an orbit or of a sinus are no plate."""
    from scipy.spatial import cKDTree

    limit = np.float32(deepest_mm + DEEP_SLACK_MM)
    behind = (body < step_mm) & (front.depth_mm(body.shape, step_mm) > limit) & front.some[None]
    j, i = np.nonzero(front.some)
    places = np.column_stack([front.height[front.some], j, i]) * step_mm
    face = cKDTree(places, balanced_tree=False, compact_nodes=False)
    result = body.copy()
    result[behind] = np.maximum(body[behind], face.query(np.argwhere(behind) * step_mm, workers=-1)[0] - limit)
    return result


def eased(body: FieldArray, outer: FieldArray, front: Front, grid: Grid, *, least_mm: float) -> FieldArray:
    """The body, its back without knobs: no bulge is narrower than a ball of `BACK_RADIUS_MM`, down to `least_mm` behind the front.

    Ragged bone, cells and thin walls would else be copied onto a face that lies on the dura or in an orbit. Beside the
    columns that the plate fills nothing counts as open, so that its rim stays.
    """
    depth = front.depth_mm(body.shape, float(grid.spacing_ijk_mm[0]))
    behind = (depth > 0) & front.some[None]
    layer = depth * front.cosine[None]
    layer = np.where(np.gradient(outer, axis=0) > 0, np.minimum(layer, -outer), layer)
    layer = (layer - (least_mm + LAYER_SLACK_MM)).astype(np.float32)
    back = np.clip(np.where(behind, body, -BACK_RADIUS_MM), -BACK_RADIUS_MM, BACK_RADIUS_MM).astype(np.float32)
    round_ = _round(back, layer, grid) - np.float32(EASE_SLACK_MM)
    return np.asarray(np.where(behind, np.maximum(body, np.minimum(round_, layer)), body), dtype=np.float32)


def _round(back: FieldArray, layer: FieldArray, grid: Grid) -> FieldArray:
    """The back opened with a ball where it bulges behind the layer, on the grid of twice the step: fine enough for so round a back."""
    coarse = coarse_of(grid)
    back, layer = every_other(back, coarse), every_other(layer, coarse)
    bulges = thin(back, coarse, radius_mm=BACK_RADIUS_MM) & (layer > 0)
    return refine(
        opened(back, coarse, radius_mm=BACK_RADIUS_MM, edges_lps_mm=points_of(coarse, bulges)), grid.shape_kji
    )
