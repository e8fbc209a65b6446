"""Voxels stored along any three axes at right angles, in any order and mirrored or not, as a lattice in the patient."""

from __future__ import annotations

import numpy as np

from anatofit.ingest.volume.place import Lattice
from anatofit.model.frame import FloatArray

# Axes this near to those of the patient are theirs: headers of single precision round by 1e-7, and over 500 mm this moves no
# voxel by more than half a micrometre.
STRAIGHT = 1e-6


def lattice_of(affine_lps_mm: FloatArray, shape_ijk: tuple[int, int, int]) -> Lattice:
    """The voxels that `(4, 4)` `affine_lps_mm` places; its axes must be at right angles (see `skew_of`)."""
    spacing = np.linalg.norm(affine_lps_mm[:3, :3], axis=0)
    return Lattice(_straightened(affine_lps_mm[:3, :3] / spacing), affine_lps_mm[:3, 3], spacing, shape_ijk)


def skew_of(affine_lps_mm: FloatArray) -> float:
    """The largest cosine between two axes: 0 at right angles."""
    axes = affine_lps_mm[:3, :3] / np.linalg.norm(affine_lps_mm[:3, :3], axis=0)
    return float(np.abs(axes.T @ axes - np.eye(3)).max())


def _straightened(axes: FloatArray) -> FloatArray:
    """The nearest axes at right angles (Schönemann, Psychometrika 31:1, 1966), and the patient's own where they are those."""
    whole = np.rint(axes)
    if float(np.abs(axes - whole).max()) < STRAIGHT:
        return np.asarray(whole + 0.0)
    u, _, v = np.linalg.svd(axes)
    return np.asarray(u @ v)
