"""The computed long bone with what tells a tibia from any other bone: the plateau stands behind the shaft and slopes, a malleolus
reaches below the ankle. Its joint plane is known, so that what is found on it can be held against it."""

from __future__ import annotations

import numpy as np

from anatofit.geometry.chirality import mirrored
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.long_bone import long_bone

OVERHANG_MM = 9.0  # the middle of the plateau stands so far behind that of the shaft below it, on a bone of 340 mm
MALLEOLUS_MM = 13.0  # and its tip so far below the plafond
_MALLEOLUS_AT_MM, _MALLEOLUS_WIDE_MM = np.array([-18.0, 1.0]), 9.0
# Shares of the length between which the plateau moves back, and those over which it is tilted.
_BACK, _TILT = (0.84, 0.93), (0.93, 0.985)


def shin_bone(
    laterality: Laterality,
    *,
    length_mm: float = 340.0,
    rings: int = 150,
    around: int = 72,
    slope_deg: float = 8.0,
    varus_deg: float = 3.0,
) -> Mesh:
    """The bone, closed; a left one in LPS as it stands, a right one its mirror image.

    slope_deg: by which the plateau falls towards the back. varus_deg: by which it falls towards the medial side.
    """
    bone = long_bone(Laterality.LEFT, length_mm=length_mm, rings=rings, around=around)
    x, y, z = (bone.vertices_lps_mm * (340.0 / length_mm)).T
    share = z / 340.0
    z = z + _smooth(share, _TILT) * (x * np.tan(np.deg2rad(varus_deg)) - y * np.tan(np.deg2rad(slope_deg)))
    y = y + OVERHANG_MM * _smooth(share, _BACK)
    off = np.hypot(x - _MALLEOLUS_AT_MM[0], y - _MALLEOLUS_AT_MM[1]) / _MALLEOLUS_WIDE_MM
    z = z - MALLEOLUS_MM * np.exp(-(off**2)) * (1 - _smooth(share, (0.02, 0.1)))
    points = np.stack([x, y, z], axis=1) * (length_mm / 340.0)
    made = Mesh(points, bone.faces)
    return made if laterality is Laterality.LEFT else mirrored(made)


def _smooth(share: FloatArray, between: tuple[float, float]) -> FloatArray:
    t = np.clip((share - between[0]) / (between[1] - between[0]), 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t))
