"""Faces without area: those with a corner twice go; those with their corners in one line hand it to the face beyond."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray

MOST_TURNS = 2000  # each looks through all faces once


def without_repeated(faces: IntArray) -> tuple[IntArray, int]:
    """Faces whose three corners differ, and how many others there were."""
    keep = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    return faces[keep], int((~keep).sum())


def without_doubles(faces: IntArray) -> tuple[IntArray, int]:
    """Each set of three corners once (the first of them), and how many others there were."""
    low = np.sort(faces, axis=1)
    order = np.lexsort((low[:, 2], low[:, 1], low[:, 0]))
    placed = low[order]
    same = np.zeros(len(faces), dtype=bool)
    same[order[1:]] = (placed[1:] == placed[:-1]).all(axis=1)
    return faces[~same], int(same.sum())


def lines_of(vertices: FloatArray, faces: IntArray) -> IntArray:
    """Faces whose three corners lie in one line, exactly."""
    return np.flatnonzero((_cross(vertices, faces) == 0).all(axis=1))


def without_lines(vertices: FloatArray, faces: IntArray) -> tuple[IntArray, int, int]:
    """The faces, how many in one line were turned into the face beyond their longest edge, and how many went.

    One goes where its longest edge is open, or more than one face is beyond. The surface stays where it was.
    """
    faces = faces.copy()
    waiting, gone, turned = lines_of(vertices, faces).tolist(), list[int](), 0
    while waiting:
        cap = waiting.pop()
        beyond = _beyond(vertices, faces, cap, gone) if turned < MOST_TURNS else None
        if beyond is None:
            gone.append(cap)
            continue
        _turn(vertices, faces, cap, beyond)
        turned += 1
        pair = np.array([cap, beyond])
        flat = pair[(_cross(vertices, faces[pair]) == 0).all(axis=1)]
        waiting = [w for w in waiting if w not in (cap, beyond)] + flat.tolist()
    keep: NDArray[np.bool_] = np.ones(len(faces), dtype=bool)
    keep[gone] = False
    return faces[keep], turned, len(gone)


def _cross(vertices: FloatArray, faces: IntArray) -> FloatArray:
    a, b, c = (vertices[faces[:, n]] for n in range(3))
    return np.asarray(np.cross(b - a, c - a))


def _longest_first(vertices: FloatArray, face: IntArray) -> tuple[int, int, int]:
    """The corners so that the first two end the longest edge."""
    sides = np.linalg.norm(vertices[face] - vertices[np.roll(face, -1)], axis=1)
    a, b, c = np.roll(face, -int(np.argmax(sides)))
    return int(a), int(b), int(c)


def _beyond(vertices: FloatArray, faces: IntArray, cap: int, gone: list[int]) -> int | None:
    a, b, _ = _longest_first(vertices, faces[cap])
    there = np.flatnonzero((faces == a).any(axis=1) & (faces == b).any(axis=1))
    there = there[(there != cap) & ~np.isin(there, gone)]
    return int(there[0]) if len(there) == 1 else None


def _turn(vertices: FloatArray, faces: IntArray, cap: int, beyond: int) -> None:
    """The two faces become the two on either side of the other diagonal; each keeps the direction of the one beyond."""
    a, b, c = _longest_first(vertices, faces[cap])
    other = faces[beyond]
    k = next(n for n in range(3) if other[n] not in (a, b))
    far, first, second = (int(v) for v in np.roll(other, -k))
    faces[beyond], faces[cap] = (far, first, c), (far, c, second)
