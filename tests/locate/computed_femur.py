"""A thigh bone of spheres and rods: nobody's femur, its head and condyles known to the last digit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import trimesh

from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh


@dataclass(frozen=True)
class ComputedFemur:
    """A left femur in LPS (medial is -x); a right one is its mirror image."""

    mesh: Mesh
    hip_lps_mm: FloatArray
    lowest_lps_mm: tuple[FloatArray, FloatArray]  # medial, lateral

    @property
    def distal_angle_deg(self) -> float:
        """The lateral distal femoral angle in the plane of the mechanical axis and the line below the condyles, nearly the frontal one."""
        medial, lateral = self.lowest_lps_mm
        up = self.hip_lps_mm - (medial + lateral) / 2
        line = lateral - medial
        return float(np.degrees(np.arccos(line @ up / np.linalg.norm(line) / np.linalg.norm(up))))


def computed_femur(side: Laterality) -> ComputedFemur:
    """Some 430 mm long: head of 23 mm radius 38 mm medial of the shaft, two condyles 21 mm behind it, the medial one 3 mm lower."""
    hip = np.array([-38.0, -8.0, 420.0])
    rods = [
        ((0.0, 0.0, 380.0), (0.0, -6.0, 210.0), 15.0), ((0.0, -6.0, 210.0), (0.0, 2.0, 40.0), 14.0),
        ((0.0, 0.0, 385.0), tuple(hip), 15.0), ((8.0, 2.0, 370.0), (10.0, 4.0, 400.0), 14.0),
        ((0.0, 2.0, 60.0), (-20.0, 14.0, 30.0), 17.0), ((0.0, 2.0, 60.0), (20.0, 14.0, 33.0), 17.0),
    ]  # fmt: skip
    balls = [(hip, 23.0), (np.array([-24.0, 21.0, 22.0]), 20.0), (np.array([24.0, 21.0, 25.0]), 20.0)]
    bodies = [_rod(np.array(a), np.array(b), radius) for a, b, radius in rods]
    bodies += [trimesh.creation.icosphere(3, radius).apply_translation(middle) for middle, radius in balls]
    whole = trimesh.boolean.union(bodies, engine="manifold").subdivide_to_size(12.0)
    turn = np.array([1.0, 1.0, 1.0]) if side is Laterality.LEFT else np.array([-1.0, 1.0, 1.0])
    faces = np.asarray(whole.faces) if side is Laterality.LEFT else np.asarray(whole.faces)[:, ::-1]
    condyles = [middle for middle, _ in balls[1:]]
    low = [point * turn for point in _lowest(hip, condyles, balls[1][1])]
    return ComputedFemur(Mesh(np.asarray(whole.vertices) * turn, faces), hip * turn, (low[0], low[1]))


def _lowest(hip: FloatArray, condyles: list[FloatArray], radius: float) -> list[FloatArray]:
    """Where balls are touched by a plane square to the mechanical axis, which runs from between these places to the hip."""
    lowest = condyles
    for _ in range(20):
        up = hip - np.mean(lowest, axis=0)
        lowest = [middle - radius * up / np.linalg.norm(up) for middle in condyles]
    return lowest


def _rod(start: FloatArray, end: FloatArray, radius: float) -> trimesh.Trimesh:
    rod = trimesh.creation.capsule(height=float(np.linalg.norm(end - start)), radius=radius, count=[24, 24])
    rod.apply_translation([0.0, 0.0, -rod.bounds[:, 2].mean()])
    rod.apply_transform(trimesh.geometry.align_vectors([0.0, 0.0, 1.0], end - start))
    return rod.apply_translation((start + end) / 2)
