"""Closed bodies whose truth can be computed, and what a check is given."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.mesh import Mesh
from anatofit.verify.subject import Subject

_QUADS = ((0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7))


def asked(check: str, **parameters: Any) -> Requirement:
    """A requirement for one check."""
    return Requirement(id="T-1", what=check, check=check, part="plate", unit="", parameters=parameters)


def subject_of(
    part: Mesh,
    *,
    plan: Mapping[str, Any] | None = None,
    host: Mesh | None = None,
    files: Mapping[str, Path] | None = None,
) -> Subject:
    """The part alone unless told more."""
    return Subject(part=part, host=host, missing=None, plan=plan or {}, files=files or {})


def joined(*meshes: Mesh) -> Mesh:
    """Several meshes as one, nothing merged."""
    starts = np.cumsum([0, *(len(m.vertices_lps_mm) for m in meshes)])
    faces = [m.faces + start for m, start in zip(meshes, starts[:-1], strict=True)]
    return Mesh(np.concatenate([m.vertices_lps_mm for m in meshes]), np.concatenate(faces))


def block(corners: Any) -> Mesh:
    """Eight corners, four beneath and four above, counter-clockwise from above; each side cut in two."""
    faces = [f for a, b, c, d in _QUADS for f in ((a, b, c), (a, c, d))]
    return Mesh(np.asarray(corners, dtype=float), np.array(faces))


def box(size: tuple[float, float, float], middle: tuple[float, float, float] = (0, 0, 0)) -> Mesh:
    """A box around a place."""
    signs = np.array(
        [(-1, -1, -1), (1, -1, -1), (1, 1, -1), (-1, 1, -1), (-1, -1, 1), (1, -1, 1), (1, 1, 1), (-1, 1, 1)]
    )
    return block(signs * np.array(size) / 2 + np.array(middle))


def finer(mesh: Mesh, times: int) -> Mesh:
    """Each triangle cut in four at the middles of its edges, so many times."""
    for _ in range(times):
        v, f = mesh.vertices_lps_mm, mesh.faces
        edges = np.sort(np.concatenate([f[:, [0, 1]], f[:, [1, 2]], f[:, [2, 0]]]), axis=1)
        unique, at = np.unique(edges, axis=0, return_inverse=True)
        x, y, z = at.reshape(3, -1) + len(v)
        a, b, c = f.T
        cut = np.concatenate([np.c_[a, x, z], np.c_[x, b, y], np.c_[z, y, c], np.c_[x, y, z]])
        mesh = Mesh(np.concatenate([v, v[unique].mean(axis=1)]), cut)
    return mesh


def sphere(radius: float, middle: tuple[float, float, float] = (0, 0, 0), *, times: int = 3) -> Mesh:
    """An octahedron made round."""
    points = np.array([(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)], dtype=float)
    faces = [(0, 2, 4), (2, 1, 4), (1, 3, 4), (3, 0, 4), (2, 0, 5), (1, 2, 5), (3, 1, 5), (0, 3, 5)]
    ball = finer(Mesh(points, np.array(faces)), times)
    unit = ball.vertices_lps_mm / np.linalg.norm(ball.vertices_lps_mm, axis=1)[:, None]
    return Mesh(unit * radius + np.array(middle), ball.faces)


def slab(upper: Any, lower: Any, *, half: float = 20.0, step: float = 1.0) -> Mesh:
    """A square plate between the heights `upper(x, y)` and `lower(x, y)`, closed by a wall around."""
    line = np.arange(-half, half + step / 2, step)
    count = len(line)
    x, y = (v.ravel() for v in np.meshgrid(line, line, indexing="ij"))
    points = np.concatenate([np.c_[x, y, upper(x, y)], np.c_[x, y, lower(x, y)]])
    at = np.arange(count * count).reshape(count, count)
    a, b, c, d = (v.ravel() for v in (at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]))
    top = np.concatenate([np.c_[a, b, c], np.c_[a, c, d]])
    ring = np.concatenate([at[:-1, 0], at[-1, :-1], at[:0:-1, -1], at[0, :0:-1]])
    after, under = np.roll(ring, -1), count * count
    wall = np.concatenate([np.c_[ring, ring + under, after + under], np.c_[ring, after + under, after]])
    return Mesh(points, np.concatenate([top, top[:, ::-1] + under, wall]))


def holed_slab(*, thickness: float = 3.0, radius: float = 1.0, half: float = 10.0, around: int = 48) -> Mesh:
    """A square plate with a round hole along z in its middle; outer face at z = 0."""
    angle = np.arange(around) / around * 2 * np.pi
    ring = np.c_[np.cos(angle), np.sin(angle)]
    square = ring / np.abs(ring).max(axis=1)[:, None] * half
    flat = [ring * radius, square]
    points = np.concatenate([np.c_[p, np.full(around, z)] for z in (0.0, -thickness) for p in flat])
    now, after = np.arange(around), (np.arange(around) + 1) % around

    def band(first: int, second: int) -> Any:
        a, b, c, d = first * around + now, first * around + after, second * around + now, second * around + after
        return np.concatenate([np.c_[a, c, d], np.c_[a, d, b]])

    return Mesh(points, np.concatenate([band(0, 1), band(1, 3), band(3, 2), band(2, 0)]))
