"""A bone like a shin bone that the project computes: nobody's tibia, every point of its surface by formula.

It is given in rings around a slightly bowed axis. In its own frame x is lateral, y posterior and z proximal, all mm; a left bone
lies so in LPS as it stands, a right one is its mirror image. What a tibia has that a guide can be held by is there: a plateau
wider than deep, a tuberosity in front, a shaft of three sides, a malleolus on the medial side below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import IntArray, Mesh

# Share of the length from below, radius in mm: the profile of an adult tibia of 340 mm, rounded.
_PROFILE = np.array(
    [
        (0.0, 21.0),
        (0.05, 20.0),
        (0.12, 15.5),
        (0.3, 11.5),
        (0.5, 12.5),
        (0.7, 15.0),
        (0.84, 21.0),
        (0.93, 30.0),
        (1.0, 33.0),
    ]
)
_CAP_MM = 7.0  # the ends are rounded off over so much
_BOW_MM = 4.0  # the middle of the shaft lies so far in front of the line between the ends
_TRIANGLE = 0.16  # how three-sided the shaft is
_FLAT = 0.24  # how much wider than deep the plateau is


@dataclass(frozen=True)
class _Bump:
    """A rounded rise of the surface: where along the bone and around it (0 lateral, 90 degrees posterior), how wide and high."""

    at_share: float
    at_deg: float
    along_share: float
    around_deg: float
    high_mm: float


_BUMPS = (
    _Bump(0.885, -90.0, 0.035, 24.0, 7.5),  # tuberosity
    _Bump(0.955, 62.0, 0.03, 30.0, 3.5),  # where the head of the fibula lies
    _Bump(0.02, 190.0, 0.045, 40.0, 8.0),  # medial malleolus
    _Bump(0.6, -110.0, 0.25, 16.0, 2.0),  # anterior crest
    _Bump(0.78, 100.0, 0.06, 18.0, 1.8),  # soleal line
)


def long_bone(laterality: Laterality, *, length_mm: float = 340.0, rings: int = 150, around: int = 72) -> Mesh:
    """The bone, closed, about `2 * rings * around` triangles. laterality: R or L."""
    shares, caps = _stations(length_mm, rings)
    angles = np.linspace(0.0, 2.0 * np.pi, around, endpoint=False)
    radius = _radius_mm(shares[:, None], angles[None, :], length_mm) * caps[:, None]
    bow = -_BOW_MM * np.sin(np.pi * shares)
    x = radius * np.cos(angles)
    y = radius * np.sin(angles) + bow[:, None]
    z = np.broadcast_to((shares * length_mm)[:, None], x.shape)
    ends = [[0.0, bow[0], shares[0] * length_mm], [0.0, bow[-1], shares[-1] * length_mm]]
    points = np.concatenate([np.stack([x, y, z], axis=-1).reshape(-1, 3), np.array(ends)])
    mesh = Mesh(points, _faces(rings, around))
    return mesh if laterality is Laterality.LEFT else Mesh(points * [-1.0, 1.0, 1.0], mesh.faces[:, [0, 2, 1]])


def _stations(length_mm: float, rings: int) -> tuple[FloatArray, FloatArray]:
    """Where the rings lie, as shares of the length, and by how much each is drawn in: round ends, and a point at either end."""
    cap = _CAP_MM / length_mm
    turn = np.linspace(np.pi / 2 / 8, np.pi / 2, 8)
    low, high = cap * (1 - np.cos(turn)) - cap / 3, 1 - cap * (1 - np.cos(turn)) + cap / 3
    middle = np.linspace(low[-1], high[-1], rings - 14)
    shares = np.concatenate([low, middle[1:-1], high[::-1]])
    return shares, np.concatenate([np.sin(turn), np.ones(len(middle) - 2), np.sin(turn)[::-1]])


def _radius_mm(share: FloatArray, angle: FloatArray, length_mm: float) -> FloatArray:
    size = length_mm / 340.0
    radius = size * np.interp(share, _smooth[:, 0], _smooth[:, 1])
    shaft = np.exp(-(((share - 0.5) / 0.28) ** 2))
    plateau = np.exp(-(((share - 1.0) / 0.13) ** 2))
    shape = 1.0 + _TRIANGLE * shaft * np.cos(3 * (angle + np.pi / 2)) + _FLAT * plateau * np.cos(2 * angle)
    rises = sum(size * b.high_mm * _bell(share - b.at_share, b.along_share) * _around(angle, b) for b in _BUMPS)
    return np.asarray(radius * shape + rises)


def _bell(offset: FloatArray, width: float) -> FloatArray:
    return np.asarray(np.exp(-np.square(offset / width)))


def _around(angle: FloatArray, bump: _Bump) -> FloatArray:
    away = np.angle(np.exp(1j * (angle - np.deg2rad(bump.at_deg))))
    return _bell(away, np.deg2rad(bump.around_deg))


def _smoothed(profile: FloatArray) -> FloatArray:
    """The profile without its corners."""
    share = np.linspace(-0.1, 1.1, 481)
    kernel = np.exp(-np.square(np.arange(-24, 25) / 10.0))
    radius = np.interp(share, profile[:, 0], profile[:, 1])
    padded = np.pad(radius, 24, mode="edge")
    return np.stack([share, np.convolve(padded, kernel / kernel.sum(), mode="valid")], axis=1)


_smooth = _smoothed(_PROFILE)


def _faces(rings: int, around: int) -> IntArray:
    ring, side = np.meshgrid(np.arange(rings - 1), np.arange(around), indexing="ij")
    after = (side + 1) % around
    a, b, c, d = (r * around + s for r, s in ((ring, side), (ring, after), (ring + 1, side), (ring + 1, after)))
    wall = [np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)]
    this, then, last = np.arange(around), (np.arange(around) + 1) % around, (rings - 1) * around
    low, high = rings * around, rings * around + 1
    ends = [
        np.stack([then, this, np.full(around, low)], -1),
        np.stack([last + this, last + then, np.full(around, high)], -1),
    ]
    return np.concatenate([*wall, *ends])
