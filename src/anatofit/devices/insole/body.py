"""The closed body of an insole: its top, its flat ground face, and sides between them with a bevel and rounded edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.devices.guide.letters import letters_tool
from anatofit.devices.insole.bed import Top, sole_seen, top_of
from anatofit.devices.insole.lattice import lattice_void, without_room
from anatofit.devices.insole.layout import InsolePlan
from anatofit.devices.insole.pieces import pieces_by_zone
from anatofit.errors import GeometryError
from anatofit.geometry.affine import turned
from anatofit.geometry.boolean import difference
from anatofit.geometry.bridge import mesh_of, solid_of
from anatofit.geometry.canonical import canonical
from anatofit.geometry.flat_mesh import filled
from anatofit.geometry.loop import Loop, loop_through
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray, Mesh
from anatofit.model.part import Part

PART = "insole"
EDGE_MM = 0.8  # of triangles of the top and along the outline
_GROUND_MM = 5.0  # of triangles of the flat face
_ARC = 4  # facets of a rounded edge
_WALL_MM = 3.0  # longest facet of a side, from below upwards
_ROUND_SHARE = 0.4  # of a low side, taken by both its rounded edges at most


@dataclass(frozen=True, eq=False)
class Profile:
    """The side over each point of the outline: (rings, n) how far inside the outline, and at what height; ground first."""

    inset_mm: FloatArray
    height_mm: FloatArray


def build_insole(anatomy: Anatomy, plan: InsolePlan) -> tuple[Part, ...]:
    """The insole in LPS. Raises GeometryError where the outline cannot be filled."""
    outline = np.array(plan.outline_mm)
    top = top_of(sole_seen(anatomy.surfaces["sole"], plan.frame, outline), plan)
    body = solid_of(_in_lps(_body(plan, top), plan))
    body = difference(body, [letters_tool(text) for text in plan.texts], what="engraving")
    if plan.filling is not None and plan.filling.kind == "lattice":
        body = without_room(body, _in_lps(lattice_void(plan, plan.filling, top), plan))
    mesh, told = canonical(mesh_of(body)), {"case": plan.case, "laterality": plan.laterality}
    if plan.filling is None or plan.filling.kind == "lattice":
        return (Part(PART, mesh, told),)
    whole, pieces = pieces_by_zone(mesh, plan, plan.filling)
    return (Part(PART, whole, told, pieces),)


def _body(plan: InsolePlan, top: Top) -> Mesh:
    loop = loop_through(np.array(plan.outline_mm), spacing_mm=EDGE_MM)
    profile = side_profile(plan, top, loop)
    rings = [loop.inside(inset) for inset in profile.inset_mm]
    upper, upper_faces = filled(rings[-1], spacing_mm=EDGE_MM)
    lower, lower_faces = filled(rings[0], spacing_mm=_GROUND_MM)
    count, n = len(rings), len(loop.points_mm)
    sides = np.concatenate([np.column_stack([ring, z]) for ring, z in zip(rings, profile.height_mm, strict=True)])
    inner = upper[n:]
    vertices = np.concatenate([
        sides,
        np.column_stack([inner, top.at_mm(inner[:, 0], inner[:, 1])]),
        np.column_stack([lower[n:], np.full(len(lower) - n, plan.ground_mm)]),
    ])  # fmt: skip
    last = (count - 1) * n
    top_faces = upper_faces + last
    low_inner = lower_faces >= n
    ground = np.where(low_inner, lower_faces - n + count * n + len(inner), lower_faces)[:, ::-1]
    return Mesh(vertices, np.concatenate([_strips(n, count), top_faces, ground]))


def side_profile(plan: InsolePlan, top: Top, loop: Loop) -> Profile:
    """Rings of the side: along the ground, around the lower edge, up the bevelled wall, around the upper edge to the top."""
    lean = np.deg2rad(plan.edge.bevel_deg)
    ground = plan.ground_mm
    inset = np.full(len(loop.points_mm), plan.edge.radius_mm)
    for _ in range(3):  # the rounding of a low side is smaller, and with it the place where its top is looked up
        at = loop.inside(inset)
        height = top.at_mm(at[:, 0], at[:, 1])
        radius = np.minimum(plan.edge.radius_mm, _ROUND_SHARE * (height - ground))
        inset = radius * np.tan(np.pi / 4 + lean / 2)
    tall = height - ground
    foot = tall * np.tan(lean)
    low = radius * np.tan(np.pi / 4 - lean / 2)
    insets, heights = [], []
    for turn in np.linspace(0.0, np.pi / 2 - lean, _ARC + 1):
        insets.append(foot + low - radius * np.sin(turn))
        heights.append(ground + radius * (1.0 - np.cos(turn)))
    start_inset, start = insets[-1], heights[-1]
    ends = [
        (inset - radius * np.sin(np.pi / 2 + lean - turn), height - radius * (1.0 - np.cos(np.pi / 2 + lean - turn)))
        for turn in np.linspace(0.0, np.pi / 2 + lean, _ARC + 1)
    ]
    steps = max(2, int(np.ceil(float(np.max(ends[0][1] - start)) / _WALL_MM)))
    for share in np.arange(1, steps) / steps:
        insets.append(start_inset + share * (ends[0][0] - start_inset))
        heights.append(start + share * (ends[0][1] - start))
    insets += [e[0] for e in ends]
    heights += [e[1] for e in ends]
    return Profile(np.stack(insets), np.stack(heights))


def _strips(n: int, count: int) -> IntArray:
    """Faces between neighbouring rings; rings run counter-clockwise seen from above, ground first."""
    one = np.arange(n)
    other = np.roll(one, -1)
    faces = []
    for ring in range(count - 1):
        a, b, c, d = one + ring * n, other + ring * n, one + (ring + 1) * n, other + (ring + 1) * n
        faces += [np.stack([a, b, d], axis=1), np.stack([a, d, c], axis=1)]
    return np.concatenate(faces)


def _in_lps(mesh: Mesh, plan: InsolePlan) -> Mesh:
    local = mesh.vertices_lps_mm
    points = turned(plan.frame.axes.T, list(local.T), np.array(plan.frame.origin_lps_mm))
    if not np.isfinite(points).all():
        raise GeometryError("the top of the insole is not known everywhere")
    return Mesh(points, mesh.faces)
