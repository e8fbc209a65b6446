"""Slices whose pixels do not belong where they stand are told, and none of a sound head is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from anatofit.ingest.quality.order import disorder_of
from tests.ingest.image_phantoms import head, places, volume

Spoil = Callable[[NDArray[Any]], NDArray[Any]]
SHAPE, SPACING = (70, 120, 100), (2.0, 2.0, 2.0)


@pytest.fixture(scope="module")
def sound() -> NDArray[Any]:
    x, y, z = places(SHAPE, SPACING)
    return np.asarray(volume(head(x, y, z + 22.0), SPACING, noise_hu=12.0).hu)


def put(at: int, value: Any) -> Spoil:
    def change(hu: NDArray[Any]) -> NDArray[Any]:
        out = hu.copy()
        out[at] = value(hu) if callable(value) else value
        return out

    return change


def reversed_band(hu: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([hu[:30], hu[30:55][::-1], hu[55:]])


SPOILED: dict[str, tuple[Spoil, dict[str, tuple[int, ...]]]] = {
    "a lost slice, stored as air": (put(30, -1000), {"blank": (30,)}),
    "a lost slice, stored as nothing": (put(30, -1024), {"blank": (30,)}),
    "a slice twice": (put(30, lambda hu: hu[29]), {"repeated": (30,)}),
    "a slice of elsewhere": (put(30, lambda hu: hu[5]), {"stray": (30,)}),
    "a slice in another rescale": (put(30, lambda hu: hu[30] - 600), {"stray": (30,)}),
    "a band reversed": (reversed_band, {"jumps": (29, 54)}),
    "an end that was never scanned": (
        lambda hu: np.concatenate([hu[:60], np.full_like(hu[60:], -1000)]),
        {"blank": tuple(range(60, 70))},
    ),
}


@pytest.mark.parametrize("what", SPOILED)
def test_what_is_out_of_order_is_found_at_its_place_and_nothing_else(what: str, sound: NDArray[Any]) -> None:
    change, told = SPOILED[what]
    found = disorder_of(change(sound))
    kinds = ("blank", "repeated", "stray", "jumps")
    assert {k: getattr(found, k) for k in kinds if getattr(found, k)} == told


@pytest.mark.parametrize("every", [1, 2, 3])
def test_a_sound_head_has_its_slices_in_order_thin_and_thick(every: int, sound: NDArray[Any]) -> None:
    assert disorder_of(sound[::every]).slices == ()


def test_computed_pictures_may_repeat_and_end_at_once() -> None:
    rod = np.full((30, 64, 64), -1000, dtype=np.int16)
    rod[:, 20:40, 20:40] = 1000
    assert disorder_of(rod).slices == ()
