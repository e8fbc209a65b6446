"""The room under the skin of an insole that a gyroid does not fill, as a solid to be taken away: open beneath, closed all round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.devices.guide.layout import Letters
from anatofit.devices.insole.bed import Top
from anatofit.devices.insole.layout import Filling, InsolePlan
from anatofit.devices.insole.zones import density_at
from anatofit.errors import GeometryError
from anatofit.geometry.boolean import difference
from anatofit.geometry.bridge import mesh_of_field, solid_of
from anatofit.geometry.field import BoolArray, FieldArray, smooth_union
from anatofit.geometry.flat_mesh import inside
from anatofit.geometry.gyroid import gyroid_mm, sheet_of
from anatofit.geometry.loop import loop_through
from anatofit.geometry.solids import rounded_rectangle
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid
from anatofit.model.mesh import IntArray, Mesh

# Two nodes of the lattice of nodes lie in every sheet: thinner ones would be frayed.
_STEP_MM, _STEP_SHARE = 0.5, 0.48
# Where sheets meet skin or rim the corner is filled by so much of height: a crevice that closes to nothing would be frayed, and tears there.
_FILLET_MM = 1.0
# Below this over the ground sheets stand upright, so that the ground face cuts none to a feather edge.
_UPRIGHT_MM = 1.2
_DEEPER_MM = 1.0  # the tool stands out of the ground face by this
_TEXT_CLEAR_MM = 1.5  # around the letters the insole is solid
# Of the tool: triangles that lie in one plane to this become one. A sliver may be turned over by as much, and a deeper fold would be a wall as
# thin as itself; float32 rounds by as much where triangles are narrow.
_LIGHTER_MM = 0.001
# Powder would stay in a chamber that no way of twice this width leads down from; balls of that radius in it are thicker than a sheet.
# What they leave of a chamber is looked for again.
_WAYS_MM, _PLUG_MM = (0.3, 0.2, 0.1, 0.1), 0.8
_NONE = np.float32(-0.3)
# Two rooms that all but meet leave a web between them, thinner than any sheet: in its middle the field is nearly level and less deep than in
# the middle of a sheet of 1 mm (0.5 mm). Where the field rises by less than a sheet's does a fifth of a millimetre off its middle it is one.
_WEB_MM, _WEB_RISE = 0.3, 0.4


@dataclass(frozen=True, eq=False)
class _Plane:
    """Places under a lattice of nodes, (nj, ni) each: x, y, the top over the plantar plane, and how far inside the outline they lie."""

    x: FloatArray
    y: FloatArray
    top_mm: FloatArray
    inset_mm: FloatArray
    step_mm: float


def lattice_void(plan: InsolePlan, filling: Filling, top: Top) -> Mesh:
    """The mesh of the room in the foot's frame. Raises NothingLeftError where there is none."""
    step = min(_STEP_MM, _STEP_SHARE * min(z.sheet_mm or 0.0 for z in filling.zones))
    plane = _plane(plan, top, step)
    low = np.array([plane.x[0, 0], plane.y[0, 0], plan.ground_mm - _DEEPER_MM])
    z = np.arange(low[2], float(plane.top_mm[plane.inset_mm > 0].max()) + 2 * step, step)[:, None, None]
    void = _without_webs(_closed(_void(plan, filling, plane, z)), step)
    void = _without_webs(_without_chambers(void, step), step)
    void = _in_one_piece(_reaching_ground(_closed(void)))
    grid = Grid((len(z), *plane.x.shape), low, np.full(3, step))
    return mesh_of_field(-void, grid)


def without_room(body: Any, room: Mesh) -> Any:
    """The body without the room, with as few triangles as its volumes allow. Raises GeometryError where they do not add up."""
    solid = solid_of(room)
    try:
        return difference(body, [solid.simplify(_LIGHTER_MM)], what="the lattice")
    except GeometryError:
        return difference(body, [solid], what="the lattice")


def _void(plan: InsolePlan, filling: Filling, plane: _Plane, z: FloatArray) -> FieldArray:
    """Positive in the room: how far from sheets, skin, rim and the field of the letters."""
    sheet = sheet_of(density_at(filling, plane.x, plane.y, sign=plan.frame.medial_sign), cell_mm=filling.cell_mm)
    upright = np.maximum(z, plan.ground_mm + _UPRIGHT_MM)
    gyroid = gyroid_mm(plane.x[:1, :], plane.y[:, :1], upright, cell_mm=filling.cell_mm)
    gyroid -= (sheet / 2).astype(np.float32)
    rim = np.broadcast_to(_beside(plan, filling, plane).astype(np.float32), gyroid.shape)
    shell = smooth_union(rim, _under_skin(plane, z, filling.skin_mm), radius_mm=_FILLET_MM)
    return smooth_union(gyroid, shell, radius_mm=_FILLET_MM)


def _plane(plan: InsolePlan, top: Top, step: float) -> _Plane:
    from scipy.spatial import cKDTree

    outline = np.array(plan.outline_mm)
    low, high = np.floor(outline.min(axis=0)) - 1.0, outline.max(axis=0) + 1.0
    x, y = np.meshgrid(*(np.arange(low[n], high[n], step) for n in range(2)))
    flat = np.column_stack([x.ravel(), y.ravel()])
    loop = loop_through(outline, spacing_mm=step).points_mm
    off = np.where(inside(loop, flat), 1.0, -1.0) * cKDTree(loop).query(flat)[0]
    return _Plane(x, y, top.at_mm(*flat.T).reshape(x.shape), off.reshape(x.shape), step)


def _beside(plan: InsolePlan, filling: Filling, plane: _Plane) -> FloatArray:
    """(nj, ni) how far a place lies inside the rim, as thick as the skin where the sides have leant in, and beside the letters."""
    leant = np.tan(np.deg2rad(plan.edge.bevel_deg)) * np.maximum(plane.top_mm - plan.ground_mm, 0.0)
    found = plane.inset_mm - (filling.skin_mm + plan.edge.radius_mm + leant)
    for text in plan.texts:
        found = np.minimum(found, _off_text(plan, text, plane))
    return np.asarray(found)


def _off_text(plan: InsolePlan, text: Letters, plane: _Plane) -> FloatArray:
    """(nj, ni) how far a place lies from an engraved block, whose lines run along x."""
    axes, off = plan.frame.axes, np.array(text.origin_lps_mm) - np.array(plan.frame.origin_lps_mm)
    half = text.width_mm / 2 + _TEXT_CLEAR_MM, text.block_height_mm / 2 + _TEXT_CLEAR_MM
    centre = float((off * axes[0]).sum()), float((off * axes[1]).sum())
    off = rounded_rectangle(plane.x, plane.y, centre_mm=centre, half_mm=half, radius_mm=_TEXT_CLEAR_MM)
    return np.asarray(off, dtype=np.float64)


def _under_skin(plane: _Plane, z: FloatArray, skin_mm: float) -> FieldArray:
    """How far beneath the lower face of the skin: that of a ball which is rolled along under the top."""
    from scipy.ndimage import grey_erosion

    reach = int(skin_mm // plane.step_mm)
    j, i = np.mgrid[-reach : reach + 1, -reach : reach + 1] * plane.step_mm
    ball = np.sqrt(np.maximum(skin_mm**2 - i**2 - j**2, 0.0))
    lower = grey_erosion(plane.top_mm, footprint=i**2 + j**2 <= skin_mm**2, structure=ball)
    level = 1.0 / np.sqrt(1.0 + sum(np.square(rise) for rise in np.gradient(lower, plane.step_mm)))
    return np.asarray((lower - z) * level, dtype=np.float32)


def _closed(void: FieldArray) -> FieldArray:
    """Nothing of the room on the lowest and the highest nodes: it ends within the field."""
    void[0] = void[-1] = _NONE
    return void


def _without_webs(void: FieldArray, step: float) -> FieldArray:
    """Webs between rooms are thickened."""
    shallow = (void > -_WEB_MM) & (void <= 0)
    shallow[[0, -1]] = shallow[:, [0, -1]] = shallow[:, :, [0, -1]] = False
    at = np.nonzero(shallow)
    shallow[at] = _rise(void, at, step) < _WEB_RISE
    return _filled(void, shallow, step)


def _rise(void: FieldArray, at: tuple[IntArray, ...], step: float) -> FieldArray:
    """How steeply the field rises at inner nodes, over a step to either side."""
    squared = np.zeros(len(at[0]), dtype=np.float32)
    for axis in range(3):
        there, back = (tuple(n + way * (axis == m) for m, n in enumerate(at)) for way in (1, -1))
        squared += np.square((void[there] - void[back]) / np.float32(2 * step))
    return np.sqrt(squared)


def _without_chambers(void: FieldArray, step: float) -> FieldArray:
    """Chambers that only narrow ways lead down from are filled."""
    for way in _WAYS_MM:
        void = _filled(void, _lost(void > way), step)
    return void


def _filled(void: FieldArray, nodes: BoolArray, step: float) -> FieldArray:
    """Without balls around nodes, with fillets to what is around them."""
    from scipy.ndimage import distance_transform_edt

    if not nodes.any():
        return void
    off = distance_transform_edt(~nodes, sampling=step).astype(np.float32)
    return smooth_union(void, off - np.float32(_PLUG_MM), radius_mm=_FILLET_MM)


def _reaching_ground(void: FieldArray) -> FieldArray:
    """Without pockets that have no way down to the ground face."""
    void[_lost(void > 0)] = _NONE
    return void


def _lost(room: BoolArray) -> BoolArray:
    """What of a room does not hang together with its lowest nodes."""
    from scipy.ndimage import label

    pieces, count = label(room)
    lost = np.ones(count + 1, dtype=bool)
    lost[np.unique(pieces[1])] = lost[0] = False
    return np.asarray(lost[pieces])


def _in_one_piece(void: FieldArray) -> FieldArray:
    """Pieces of the lattice that hang on nothing become room."""
    from scipy.ndimage import label

    pieces, count = label(void <= 0)
    loose = np.arange(count + 1) != np.bincount(pieces.ravel(), minlength=count + 1)[1:].argmax() + 1
    loose[0] = False
    void[loose[pieces]] = -_NONE
    return void
