"""The order of whole numbers, equal ones as they came: sorted together with their places, which is faster than a stable sort."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


def stable_order(keys: IntArray) -> IntArray:
    """What `np.argsort(keys, kind="stable")` gives; fast where keys are not negative and keys times their count below 2^63."""
    count = len(keys)
    if not count or int(keys.min()) < 0 or int(keys.max()) >= (2**63 - 1) // count:
        return np.asarray(np.argsort(keys, kind="stable"), dtype=np.int64)
    both = keys * count + np.arange(count)
    both.sort()
    return np.asarray(both % count)
