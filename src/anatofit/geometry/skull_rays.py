"""Bone read along rays from inside the head."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.geometry.chart import ray_profiles
from anatofit.geometry.shell import GapRules, Shell, shell_along_rays
from anatofit.model.cranium import BoneEdge
from anatofit.model.frame import FloatArray

AIR_HU = -1000.0
SPONGY_HU = 150.0  # diploe lies above, brain, muscle and scalp below
HOLLOW_HU = -250.0  # a sinus lies below


def edge_profiles_along(
    bone: BoneEdge, centre_lps_mm: FloatArray, directions_lps: FloatArray, distances_mm: FloatArray
) -> NDArray[np.float32]:
    """`(n, m)` edge HU minus HU along n rays: negative inside bone."""
    hu = ray_profiles(bone.volume.grid, bone.volume.hu, centre_lps_mm, directions_lps, distances_mm, outside=AIR_HU)
    coarse = distances_mm[:: max(1, round(3.0 / float(distances_mm[1] - distances_mm[0])))]
    edge = ray_profiles(bone.edge_hu.grid, bone.edge_hu.values, centre_lps_mm, directions_lps, coarse, outside=np.nan)
    low = np.clip(np.searchsorted(coarse, distances_mm, side="right") - 1, 0, len(coarse) - 2)
    weight = np.clip((distances_mm - coarse[low]) / (coarse[low + 1] - coarse[low]), 0.0, 1.0).astype(np.float32)
    return np.asarray(edge[:, low] * (1 - weight) + edge[:, low + 1] * weight - hu)


def bone_shell(
    bone: BoneEdge, centre_lps_mm: FloatArray, directions_lps: FloatArray, distances_mm: FloatArray
) -> Shell:
    """Inner and outer table along `(n, 3)` directions; diploe and sinuses count as inside."""
    profiles = edge_profiles_along(bone, centre_lps_mm, directions_lps, distances_mm)
    middle = bone.figures["edge_median_hu"]
    return shell_along_rays(profiles, distances_mm, GapRules(middle - SPONGY_HU, middle - HOLLOW_HU))
