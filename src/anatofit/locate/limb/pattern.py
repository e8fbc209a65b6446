"""What a knee and the limb below it look like unrolled: where the skin stands out from a round limb, and where it stands back.

Every term is a part of the anatomy that each transtibial limb has: the patella stands out in front of the joint and the tibial crest
below it; the medial condyles and the medial thigh stand out to the medial side of the shank's axis (the axis of shank and thigh meet in
valgus) while the lateral side stands back; under the medial flare is a waist; the head of the fibula stands out laterally, a little
behind. Widths are wide and amplitudes round: a pattern to recognise a knee by, and no limb's shape.
"""

from __future__ import annotations

import numpy as np

from anatofit.locate.limb.unrolled import AROUND, STEP_MM
from anatofit.model.frame import FloatArray

FRONT_DEG, MEDIAL_DEG = 90.0, 180.0  # lateral is 0: a right limb's, in the limb's own axes
REFERENCE_RADIUS_MM = 55.0  # of the limb at the joint for which the levels here are given
SIZE_POWER = 0.75  # bones grow less than girth does: fat and muscle are part of it
REACH_MM = (-110.0, 95.0)  # levels about the joint line that are looked at
FLEXED_DEG = (0.0, 12.0, 24.0, 36.0)  # that are tried: a limb at rest is scanned between straight and 30 degrees
_BENDS_MM = 5.0  # above the joint line: the thigh turns about the condyles
_SLOW_MM = 30.0  # what changes along the limb over less than so much is looked at on its own as well
_ROUND = 3  # harmonics around the limb below which it is only round, aside or oval
ANGLES_DEG: FloatArray = np.linspace(0.0, 360.0, AROUND, endpoint=False)


def size_of(radius_mm: FloatArray | float) -> FloatArray:
    """Size of the knee against the reference, by the mean radius of the limb at the joint."""
    return np.asarray(np.asarray(radius_mm) / REFERENCE_RADIUS_MM) ** SIZE_POWER


def expected(above_joint_mm: FloatArray) -> FloatArray:
    """(n, AROUND) how far a right limb of the reference size stands out at these levels, as a share of its mean radius."""
    z, turn = above_joint_mm[:, None], ANGLES_DEG[None]
    # the patella, whose skin falls away more gently along the tendon than towards the thigh
    out = 0.25 * _around(turn, FRONT_DEG, 25) * _bell(z - 42, np.where(z > 42, 28.0, 40.0))
    out += 0.10 * _around(turn, FRONT_DEG, 18) * _from(-(z + 31), 12)  # the crest, from the tubercle down
    out += 0.08 * _around(turn, 345, 22) * _bell(z + 25, 18)  # the head of the fibula
    out += 0.12 * _around(turn, 200, 40) * _from(z - 10, 25)  # the medial condyles and the thigh above
    out -= 0.12 * _around(turn, 0, 45) * _from(z - 10, 25)  # the lateral side beside them
    out -= 0.08 * _around(turn, 150, 30) * _bell(z + 65, 30)  # the waist below the medial flare
    return np.asarray(out - out.mean(axis=1, keepdims=True))


def leaning(above_joint_mm: FloatArray, *, flexed_deg: float) -> FloatArray:
    """(n, AROUND) what a bent knee adds to that: above the joint the thigh leans back from the shank's axis."""
    leans = np.tan(np.deg2rad(flexed_deg)) * np.maximum(above_joint_mm - _BENDS_MM, 0.0) / REFERENCE_RADIUS_MM
    return np.asarray(-leans[:, None] * np.cos(np.deg2rad(ANGLES_DEG - FRONT_DEG)))


def views(map_: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """A map as it is, what of it changes quickly along the limb, and what quickly around it: axis and girth are in the first alone."""
    from scipy.ndimage import gaussian_filter1d

    along = map_ - gaussian_filter1d(map_, _SLOW_MM / STEP_MM, axis=0, mode="nearest")
    parts = np.fft.rfft(map_, axis=1)
    parts[:, :_ROUND] = 0
    return map_, along, np.fft.irfft(parts, AROUND, axis=1)


def _bell(offset: FloatArray, width: float | FloatArray) -> FloatArray:
    return np.asarray(np.exp(-0.5 * np.square(offset / width)))


def _around(turn_deg: FloatArray, at_deg: float, wide_deg: float) -> FloatArray:
    return _bell((turn_deg - at_deg + 180) % 360 - 180, wide_deg)


def _from(offset: FloatArray, wide: float) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(-offset / wide)))
