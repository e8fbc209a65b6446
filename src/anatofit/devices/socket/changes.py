"""What a socket changes of its limb, in numbers: by region, and as a whole."""

from __future__ import annotations

import numpy as np

from anatofit.devices.socket.field import share_of, station_at, trim_at
from anatofit.devices.socket.layout import Changed, Patch, Shape
from anatofit.devices.socket.rings import rings_to
from anatofit.devices.socket.walls import Walls
from anatofit.geometry.capsule import Capsule
from anatofit.geometry.section_areas import Sliced
from anatofit.model.frame import FloatArray

_SLICE_MM = 1.0
_WHOLE, _NOTHING = 0.85, 0.005  # shares of a region: an edge that eases out above the trim line is not missed. Proposal


def changes(walls: Walls) -> tuple[Changed, ...]:
    """Of each region, and of the reduction: the skin that it covers, and the volume that it adds (or takes away) below the trim line."""
    area, v, angle = _skin_areas_mm2(walls)
    shape = walls.shape
    rows = [
        (
            "reduction by level",
            -station_at(shape.inset, v) * np.ones_like(area),
            station_at(shape.inset, v) * np.ones_like(area) > 0,
        )
    ]
    for patch in shape.patches:
        share = share_of(patch, shape.frame.ball_mm, *np.broadcast_arrays(v, angle))
        rows.append((patch.name, patch.depth_mm * share, share > 0))
    return tuple(
        Changed(name=name, area_mm2=round(float(area[covers].sum()), 1), volume_mm3=round(float((area * by).sum()), 1))
        for name, by, covers in rows
    )


def cut_off(shape: Shape) -> tuple[str, ...]:
    """A word on each region of which the trim line leaves less than was meant: what is above it is not made."""
    left = {patch.name: _left(shape, patch) for patch in shape.patches if patch.depth_mm or patch.thicker_mm}
    return tuple(
        f"the region {name!r} lies {'wholly' if share < _NOTHING else 'partly'} above the trim line: "
        f"{'nothing' if share < _NOTHING else f'{share:.0%}'} of it is made; raise the line there, or lower the region"
        for name, share in left.items()
        if share < _WHOLE
    )


def _left(shape: Shape, patch: Patch) -> float:
    """The share of a patch, weighed by its depth, that lies below the trim line."""
    half = patch.half_mm[0] + patch.falloff_mm
    low, high = min(patch.start[0], patch.end[0]) - half, max(patch.start[0], patch.end[0]) + half
    pole = Capsule(shape.frame.ball_mm).pole_mm
    v, angle = np.meshgrid(np.arange(max(low, pole), high, _SLICE_MM), np.radians(np.arange(360.0)), indexing="ij")
    girth = np.cos(np.minimum(v - shape.frame.ball_mm, 0.0) / shape.frame.ball_mm)
    share = share_of(patch, shape.frame.ball_mm, v, angle) * girth
    return float(share[v <= trim_at(shape.trim, angle)].sum() / share.sum())


def _skin_areas_mm2(walls: Walls) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(n, around) area that each node stands for, 0 above the trim line; v (n, 1), angle (1, around)."""
    lattice = walls.skin.lattice
    v, angle = lattice.v_mm[:, None], lattice.angles[None]
    places = walls.skin.at(*np.broadcast_arrays(v, angle))
    up = np.gradient(places, axis=0)
    around = (np.roll(places, -1, axis=1) - np.roll(places, 1, axis=1)) / 2
    area = np.linalg.norm(np.cross(up, around), axis=2)
    return np.where(v <= walls.trim_mm()[None], area, 0.0), v, angle


def volumes_mm3(walls: Walls, level_mm: float) -> tuple[float, float]:
    """Of the evened limb, and of the room inside the socket, below a level."""
    rings = rings_to(walls.shape, np.full(walls.skin.lattice.around, level_mm + walls.skin.lattice.step_mm * 3))
    faces = rings.faces
    found = [
        _below_mm3(points[faces], level_mm)
        for points in (walls.skin.at(rings.v_mm, rings.angle), walls.inner_mm(rings.v_mm, rings.angle))
    ]
    return found[0], found[1]


def _below_mm3(corners: FloatArray, level_mm: float) -> float:
    low = float(corners[..., 2].min())
    edges = np.linspace(low, level_mm, int((level_mm - low) / _SLICE_MM) + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    area = np.array([cut.area_mm2 for cut in Sliced(corners).sections(middles)])
    return round(float((area * np.diff(edges)).sum()), 1)
