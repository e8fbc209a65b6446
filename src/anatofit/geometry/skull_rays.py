"""Bone read along rays from inside the head."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.geometry.chart import ray_profiles
from anatofit.geometry.shell import GapRules, Shell, shell_along_rays
from anatofit.model.cranium import BoneEdge
from anatofit.model.frame import FloatArray

AIR_HU = -1000.0
TISSUE_HU = 40.0  # brain, muscle, scalp
LEAST_STEP_HU = 100.0  # an edge given by a person may be as low as soft tissue
SPONGY_HU = 150.0  # diploe lies above, brain, muscle and scalp below
EDGE_STEP_MM = 1.0  # between reads of the edge HU along a ray: half of what its field resolves
HOLLOW_HU = -250.0  # a sinus lies below


def edge_profiles_along(
    bone: BoneEdge, centre_lps_mm: FloatArray, directions_lps: FloatArray, distances_mm: FloatArray
) -> NDArray[np.float32]:
    """`(n, m)` edge HU minus HU along n rays, as if bone ended at the median edge HU everywhere: negative inside bone.

    HU are stretched about soft tissue, so that a faint edge (a cut diploe) does not make tissue beside it look like bone to
    thresholds told from the median.
    """
    hu = ray_profiles(bone.volume.grid, bone.volume.hu, centre_lps_mm, directions_lps, distances_mm, outside=AIR_HU)
    coarse = distances_mm[:: max(1, round(EDGE_STEP_MM / float(distances_mm[1] - distances_mm[0])))]
    edge = ray_profiles(bone.edge_hu.grid, bone.edge_hu.values, centre_lps_mm, directions_lps, coarse, outside=np.nan)
    low = np.clip(np.searchsorted(coarse, distances_mm, side="right") - 1, 0, len(coarse) - 2)
    weight = np.clip((distances_mm - coarse[low]) / (coarse[low + 1] - coarse[low]), 0.0, 1.0).astype(np.float32)
    local = edge[:, low] * (1 - weight) + edge[:, low + 1] * weight
    stretch = (bone.figures["edge_median_hu"] - TISSUE_HU) / np.maximum(local - TISSUE_HU, LEAST_STEP_HU)
    return np.asarray((local - hu) * stretch.astype(np.float32))


def bone_shell(
    bone: BoneEdge, centre_lps_mm: FloatArray, directions_lps: FloatArray, distances_mm: FloatArray
) -> Shell:
    """Inner and outer table along `(n, 3)` directions; diploe and sinuses count as inside."""
    return shell_of_profiles(bone, edge_profiles_along(bone, centre_lps_mm, directions_lps, distances_mm), distances_mm)


def shell_of_profiles(bone: BoneEdge, profiles: NDArray[np.float32], distances_mm: FloatArray) -> Shell:
    """The same from profiles already read along the rays."""
    middle = bone.figures["edge_median_hu"]
    return shell_along_rays(profiles, distances_mm, GapRules(middle - SPONGY_HU, middle - HOLLOW_HU))
