"""The stored number in a pixel's word, and what may lie beside it there (PS3.5, 8.1.1 and 8.1.2)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.header.instance import Instance


def layout(instance: Instance) -> tuple[int, int, int]:
    """Bits of a word, bits of a value, and how many bits lie below the value."""
    allocated = instance.bits_allocated or 16
    stored = instance.bits_stored or allocated
    return allocated, stored, (stored - 1 if instance.high_bit is None else instance.high_bit) + 1 - stored


def value_bits(instance: Instance) -> int:
    """The bits of a word that hold its value, as a mask."""
    _, stored, shift = layout(instance)
    return (1 << stored) - 1 << shift


def stored_values(raw: NDArray[Any], instance: Instance) -> NDArray[np.int32]:
    """The stored numbers: bits outside BitsStored masked away, sign extended (PS3.5, 8.1.1)."""
    allocated, stored, shift = layout(instance)
    values = raw.astype(np.int32)
    if shift:
        values >>= shift
    if stored < allocated:
        values &= (1 << stored) - 1
    if instance.signed:
        half = 1 << (stored - 1)
        values ^= half
        values -= half
    return values


def stray_words(raw: NDArray[Any], instance: Instance) -> NDArray[np.bool_] | None:
    """Where a word holds more than its value, the sign repeated above it, and overlays in the bits they are declared in; None: nowhere.

    Nothing may be read into unused bits (PS3.5, 8.1.1). But a writer that states too few bits has cut his own numbers, which wrap
    round: between that and a remnant in the unused bits nobody can decide from the words.
    """
    allocated, stored, shift = layout(instance)
    outside = ((1 << allocated) - 1) & ~value_bits(instance) & ~instance.overlay_bits
    below = (outside & -outside) - 1  # the most that a word without any of these bits can be
    if not outside or not raw.size or int(raw.max()) <= below or not (extra := raw & outside).any():
        return None
    stray: NDArray[np.bool_] = extra != 0
    if instance.signed:
        above = outside >> shift << shift
        negative = raw >> (shift + stored - 1) & 1 == 1
        repeated = negative & (extra == above)
        stray &= ~repeated
        if repeated.any():  # who repeats the sign above some negative numbers does so above all: the others are large positive ones, cut
            stray |= negative & (extra == 0)
    return stray if stray.any() else None
