"""The study of random sockets: a socket is made again by its number; a night of them passes, fails by a finding, or is refused by name."""

from __future__ import annotations

import numpy as np
import pytest

from validation import record
from validation.studies.outcomes import summarise
from validation.studies.sockets import limb_of, rough, run_number

SEED = 3


def test_a_limb_is_made_again_by_its_number_and_no_two_are_alike() -> None:
    one, again, other = (limb_of(np.random.default_rng([SEED, n])) for n in (1, 1, 2))
    assert one.vertices_lps_mm.tobytes() == again.vertices_lps_mm.tobytes()
    assert one.vertices_lps_mm.shape != other.vertices_lps_mm.shape or not np.allclose(
        one.vertices_lps_mm, other.vertices_lps_mm
    )


def test_noise_is_as_large_as_it_says() -> None:
    skin = limb_of(np.random.default_rng([SEED, 1]))
    off = rough(skin, np.random.default_rng(5), 0.3).vertices_lps_mm - skin.vertices_lps_mm
    assert np.linalg.norm(off, axis=1).std() == pytest.approx(0.3 * np.sqrt(1 - 2 / np.pi), rel=0.1)


@pytest.mark.study
def test_a_night_of_sockets() -> None:
    rows = [run_number(number, SEED, None) for number in range(20)]
    bars = {**record.bars("sockets"), "count_min": 20.0, "limbs_min": 15.0}
    assert record.failures(summarise(rows, each="limb"), bars) == []
