"""Small openings closed by triangles between the points of their edge: the patch of least area (Barequet and Sharir 1995)."""

from __future__ import annotations

import numpy as np

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray

# The search takes the cube of this; an opening with more points on its edge is no small one.
MOST_POINTS = 250


def least_patch(points: FloatArray) -> IntArray:
    """`(n - 2, 3)` triangles over a closed line of points `(n, 3)`, turned against the line: faces beyond it run the other way.

    Raises ValueError for fewer than three points or more than `MOST_POINTS`.
    """
    n = len(points)
    if not 3 <= n <= MOST_POINTS:
        raise ValueError(f"a patch over 3 to {MOST_POINTS} points was wanted, got {n}")
    cost = np.zeros((n, n))
    choice = np.zeros((n, n), dtype=np.int64)
    for gap in range(2, n):
        for i in range(n - gap):
            k, m = i + gap, np.arange(i + 1, i + gap)
            area = np.linalg.norm(np.cross(points[m] - points[i], points[k] - points[i]), axis=1) / 2
            total = cost[i, m] + cost[m, k] + area
            best = int(np.argmin(total))
            cost[i, k], choice[i, k] = total[best], m[best]
    return _traced(choice, n)


def _traced(choice: IntArray, n: int) -> IntArray:
    out, waiting = [], [(0, n - 1)]
    while waiting:
        i, k = waiting.pop()
        if k - i < 2:
            continue
        m = int(choice[i, k])
        out.append((i, k, m))
        waiting += [(i, m), (m, k)]
    return np.array(out, dtype=np.int64)
