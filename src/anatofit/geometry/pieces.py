"""Straight pieces in space, and how near two of them come."""

from __future__ import annotations

import numpy as np

from anatofit.model.frame import FloatArray


def apart_mm(one: FloatArray, other: FloatArray) -> float:
    """The least distance between two straight pieces, `(2, 3)` ends in mm each; exact, and for pieces without a length too.

    It lies between their lines' nearest places where both are on the pieces, else at an end of one (Ericson, Real-Time Collision
    Detection, 5.1.9).
    """
    found = [_to_piece_mm(end, other) for end in one] + [_to_piece_mm(end, one) for end in other]
    normal = np.cross(one[1] - one[0], other[1] - other[0])
    square = float((normal * normal).sum())
    if square > 0.0:
        rest = other[0] - one[0]
        shares = (
            float((np.cross(rest, way) * normal).sum()) / square for way in (other[1] - other[0], one[1] - one[0])
        )
        if all(0.0 <= share <= 1.0 for share in shares):
            found.append(abs(float((rest * normal).sum())) / float(np.sqrt(square)))
    return min(found)


def _to_piece_mm(place: FloatArray, piece: FloatArray) -> float:
    way = piece[1] - piece[0]
    length = float((way * way).sum())
    share = 0.0 if length == 0.0 else float(np.clip(((place - piece[0]) * way).sum() / length, 0.0, 1.0))
    return float(np.sqrt(np.square(place - piece[0] - share * way).sum()))
