"""The closed body of a socket: inner face, rounded brim, outer face, the block of its adapter, and what is cut out of them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from anatofit.devices.guide.letters import letters_tool
from anatofit.devices.socket.adapter import adapter_tool, bore_tool, slot_tool
from anatofit.devices.socket.layout import LimbFrame, SocketPlan
from anatofit.devices.socket.rings import Rings, rings_to
from anatofit.devices.socket.skin import skin_of
from anatofit.devices.socket.walls import Walls
from anatofit.geometry.affine import turned
from anatofit.geometry.boolean import difference
from anatofit.geometry.bridge import mesh_of, solid_of, united
from anatofit.geometry.canonical import canonical
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray, Mesh
from anatofit.model.part import Part

PART = "socket"
_ARC = 6  # facets of the rounded brim
_LID_MM = 2.0  # the block ends so far below the lid of what is taken out of it


def build_socket(anatomy: Anatomy, plan: SocketPlan) -> tuple[Part, ...]:
    """The socket in LPS. Raises GeometryError where the brim or the block is no solid."""
    shape = plan.shape
    skin = skin_of(anatomy.surfaces["host"], shape.frame, top_mm=shape.top_mm, smoothing_mm=shape.smoothing_mm)
    walls = Walls(skin, shape)
    shell = solid_of(in_lps(_shell(walls), shape.frame))
    block = difference(adapter_tool(plan.adapter), [_hollow(walls, plan)], what="the adapter's hollow")
    body = united([shell, block])
    tools = [*map(bore_tool, (*plan.holes, *plan.bores)), *map(slot_tool, plan.vents), *map(letters_tool, plan.texts)]
    body = difference(body, tools, what="holes and letters")
    return (Part(PART, canonical(mesh_of(body)), {"case": plan.case, "laterality": plan.laterality}),)


def _shell(walls: Walls) -> Mesh:
    rings = rings_to(walls.shape, walls.trim_mm())
    inner, outer = walls.inner_mm(rings.v_mm, rings.angle), walls.outer_mm(rings)
    brim = _brim(inner[rings.last], outer[rings.last])
    count = len(inner)
    faces = [rings.faces[:, ::-1], rings.faces + count, *_brim_faces(rings, count, len(brim))]
    return Mesh(np.concatenate([inner, outer, *brim]), np.concatenate(faces))


def _brim(inner: FloatArray, outer: FloatArray) -> list[FloatArray]:
    """Rings over the top from the inner to the outer edge: half a circle across the brim's own way around."""
    middle, across = (inner + outer) / 2, (outer - inner) / 2
    way = np.roll(middle, -1, axis=0) - np.roll(middle, 1, axis=0)
    up = np.cross(across, way)
    up *= np.linalg.norm(across, axis=1, keepdims=True) / np.linalg.norm(up, axis=1, keepdims=True)
    turns = np.pi / _ARC * np.arange(1, _ARC)
    return [middle - np.cos(turn) * across + np.sin(turn) * up for turn in turns]


def _brim_faces(rings: Rings, count: int, arcs: int) -> list[IntArray]:
    n = rings.last.stop - rings.last.start
    rows = [rings.last.start, *(2 * count + n * np.arange(arcs)), rings.last.start + count]
    one = np.arange(n)
    other = np.roll(one, -1)
    return [
        np.concatenate(
            [np.stack([a + one, b + other, a + other], axis=1), np.stack([a + one, b + one, b + other], axis=1)]
        )
        for a, b in pairwise(rows)
    ]


def _hollow(walls: Walls, plan: SocketPlan) -> Any:
    """What lies within the middle of the wall, up to a lid above the block: its faces are nobody else's."""
    frame = plan.shape.frame
    low = np.array(plan.adapter.neck_lps_mm) - np.array(frame.origin_lps_mm)
    lid = float((low * frame.axes[2]).sum()) + plan.adapter.neck_mm + _LID_MM
    rings = rings_to(walls.shape, np.full(walls.skin.lattice.around, lid))
    n, ring = len(rings.v_mm), np.arange(rings.last.start, rings.last.stop)
    faces = np.concatenate([rings.faces, np.stack([ring, np.roll(ring, -1), np.full(len(ring), n)], axis=1)])
    middle = walls.beyond(0.5, up_to_mm=lid).at(rings.v_mm, rings.angle)
    return solid_of(in_lps(Mesh(np.concatenate([middle, [[0.0, 0.0, lid]]]), faces), frame))


def in_lps(mesh: Mesh, frame: LimbFrame) -> Mesh:
    """A mesh of the limb's own frame in LPS."""
    return Mesh(turned(frame.axes.T, list(mesh.vertices_lps_mm.T), np.array(frame.origin_lps_mm)), mesh.faces)
