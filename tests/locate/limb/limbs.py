"""Limbs as a scanner might give them: turned, noisy, trimmed, of another size; and one that has no side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from anatofit.geometry.normals import vertex_normals_lps
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.residual_limb import ResidualLimb, residual_limb

AROUND = 96
Moved = Callable[[FloatArray], FloatArray]


def turned(limb: ResidualLimb, seed: int, *, scale: float = 1.0, most_deg: float | None = None) -> ResidualLimb:
    """The limb turned (anyhow, or by at most so much about each axis), moved and scaled, its landmarks with it."""
    random = np.random.default_rng(seed)
    if most_deg is None:
        turn = Rotation.random(random_state=seed).as_matrix()
    else:
        turn = Rotation.from_euler("xyz", random.uniform(-most_deg, most_deg, 3), degrees=True).as_matrix()
    shift = random.normal(size=3) * 200.0

    def to(points: FloatArray) -> FloatArray:
        return np.asarray(scale * points @ turn.T + shift)

    marks = {name: to(point) for name, point in limb.landmarks.items()}
    return replace(
        limb, skin=Mesh(to(limb.skin.vertices_lps_mm), limb.skin.faces), landmarks=marks, crest_mm=to(limb.crest_mm)
    )


def noisy(mesh: Mesh, seed: int, sd_mm: float = 0.3) -> Mesh:
    """Every point moved along its normal by a normal variate."""
    off = np.random.default_rng(seed).normal(0.0, sd_mm, (len(mesh.vertices_lps_mm), 1))
    return Mesh(mesh.vertices_lps_mm + off * vertex_normals_lps(mesh), mesh.faces)


def flexed(limb: ResidualLimb, deg: float) -> ResidualLimb:
    """The limb with its knee bent: above the joint the skin turns back about it, over 60 mm."""

    def bent(points: FloatArray) -> FloatArray:
        x, y, z = points.T - np.array([[0.0], [0.0], [limb.joint_mm]])
        turn = np.deg2rad(deg) * np.clip((z + 20.0) / 60.0, 0.0, 1.0)
        c, s = np.cos(turn), np.sin(turn)
        return np.stack([x, c * y + s * z, c * z - s * y + limb.joint_mm], axis=1)

    marks = {name: bent(point[None])[0] for name, point in limb.landmarks.items()}
    return replace(limb, skin=Mesh(bent(limb.skin.vertices_lps_mm), limb.skin.faces), landmarks=marks)


def sideless() -> Mesh:
    """A computed limb made even with its own mirror image."""
    skin = residual_limb(Laterality.LEFT, around=AROUND).skin
    points = skin.vertices_lps_mm[:-1].reshape(-1, AROUND, 3)
    # angles run from -180 degrees: the mirror image of angle a is 180 - a
    other = points[:, (AROUND - np.arange(AROUND)) % AROUND][:, (np.arange(AROUND) + AROUND // 2) % AROUND]
    even = (points + other * np.array([-1.0, 1.0, 1.0])) / 2
    tip = skin.vertices_lps_mm[-1:] * np.array([0.0, 1.0, 1.0])
    return Mesh(np.concatenate([even.reshape(-1, 3), tip]), skin.faces)


def capsule(radius_mm: float, length_mm: float, rings: int = 200, around: int = 180) -> Mesh:
    """A tube that ends in half a ball below and is open above; its length counts from the lowest point."""
    turn = np.linspace(0.02, np.pi / 2, 60)
    low = radius_mm * (1 - np.cos(turn))
    levels = np.concatenate([low, np.linspace(radius_mm, length_mm, rings - 59)[1:]])
    reach = np.sqrt(radius_mm**2 - np.clip(radius_mm - levels, 0.0, None) ** 2)
    angle = np.linspace(0.0, 2 * np.pi, around, endpoint=False)
    ring = np.stack(
        [
            reach[:, None] * np.cos(angle),
            reach[:, None] * np.sin(angle),
            np.broadcast_to(levels[:, None], (len(levels), around)),
        ],
        axis=-1,
    )
    i, j = np.meshgrid(np.arange(len(levels) - 1), np.arange(around), indexing="ij")
    a, b, c, d = (r * around + s % around for r, s in ((i, j), (i, j + 1), (i + 1, j), (i + 1, j + 1)))
    side = np.arange(around)
    tip = np.stack([(side + 1) % around, side, np.full(around, len(levels) * around)], axis=-1)
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3), tip])
    return Mesh(np.concatenate([ring.reshape(-1, 3), [[0.0, 0.0, 0.0]]]), faces)


def ball(centre: FloatArray, size_mm: FloatArray) -> Mesh:
    """An ellipsoid: half axes `size_mm`."""
    import trimesh

    made = trimesh.creation.icosphere(subdivisions=3)
    return Mesh(np.asarray(made.vertices) * size_mm + centre, np.asarray(made.faces))
