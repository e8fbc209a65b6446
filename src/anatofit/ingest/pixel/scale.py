"""From stored numbers to Hounsfield units: by slope and intercept, or by a lookup table in their place (PS3.3, C.11.1)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.header.instance import Instance

# Whole numbers up to here are added and multiplied as whole numbers; slope and intercept of no scanner come near.
_MOST_WHOLE = 1 << 24


def whole_rescale(instance: Instance) -> bool:
    """Slope and intercept keep whole numbers whole, in any number of bits that there is; entries of a table are whole."""
    return instance.modality_lut is not None or all(
        v is not None and float(v).is_integer() and abs(v) <= _MOST_WHOLE for v in (instance.slope, instance.intercept)
    )


def scaled(values: NDArray[np.int32], instance: Instance) -> NDArray[Any]:
    """HU of stored numbers, before padding and the end of the scale: int32 or int64 where they are whole, else float64.

    A table's first entry stands for all numbers below it, its last for all above (C.11.1.1).
    """
    if (lut := instance.modality_lut) is not None:
        table = lut.hu.astype(np.int32)
        return table.take(values - lut.first, mode="clip")
    slope, intercept = instance.slope or 1.0, instance.intercept or 0.0
    if not whole_rescale(instance):
        with np.errstate(over="ignore"):  # a rescale beyond all numbers is refused by its outcome
            return np.asarray(values * slope + intercept)
    hu: NDArray[Any] = values.astype(np.int64) * int(slope) if slope != 1 else values.copy()
    hu += int(intercept)
    return hu


def beyond_table(values: NDArray[np.int32], instance: Instance) -> NDArray[np.bool_]:
    """Stored numbers that a lookup table has no entry of their own for; none where there is no table."""
    if (lut := instance.modality_lut) is None:
        return np.zeros(values.shape, dtype=bool)
    return (values < lut.first) | (values >= lut.first + len(lut.hu))


def scaled_one(value: int, instance: Instance) -> float:
    """HU of one stored number, whatever its size."""
    if instance.modality_lut is not None:
        return float(scaled(np.clip([value], -(1 << 17), 1 << 17).astype(np.int32), instance)[0])
    return (instance.slope or 1.0) * float(value) + (instance.intercept or 0.0)
