"""The computed foot in any pose, size and with noise, and how to look at what was found in the foot's own frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh


@dataclass(frozen=True, eq=False)
class Posed:
    """A mesh turned and moved; `back` brings points into the frame in which it was computed."""

    mesh: Mesh
    turn: FloatArray
    move_mm: FloatArray

    def back(self, points: FloatArray) -> FloatArray:
        return np.asarray((points - self.move_mm) @ self.turn)

    def direction_back(self, direction: FloatArray) -> FloatArray:
        return np.asarray(direction @ self.turn)


def posed(mesh: Mesh, seed: int, *, noise_mm: float = 0.0) -> Posed:
    """Turned by any rotation, moved, and each vertex moved by chance."""
    random = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(random.normal(size=(3, 3)))
    turn = turn * np.sign(np.linalg.det(turn))
    move = random.normal(size=3) * 200.0
    points = mesh.vertices_lps_mm + noise_mm * random.normal(size=mesh.vertices_lps_mm.shape)
    return Posed(Mesh(points @ turn.T + move, mesh.faces), turn, move)
