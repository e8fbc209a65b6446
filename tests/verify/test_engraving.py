"""Strokes cut into a face: how deep, on flat and on curved plates, or not at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anatofit.model.finding import Finding, Requirement
from anatofit.model.mesh import Mesh
from anatofit.verify.engraving import engraving
from anatofit.verify.run import verify
from anatofit.verify.subject import Measurement
from tests.verify.guide_shapes import brick, mesh_of, placed, turned
from tests.verify.shapes import asked, slab, subject_of

TEXT = {
    "string": "A-1",
    "lines": ["A-1"],
    "right_lps": [1, 0, 0],
    "up_lps": [0, -1, 0],
    "height_mm": 4.0,
    "depth_mm": 0.5,
}


def strokes(x: Any, y: Any) -> Any:
    return (np.abs(x) < 6) & (np.abs(y) < 2) & (np.round(x) % 3 == 0)


def plate(depth: float, *, radius: float = np.inf) -> Mesh:
    """The inner face is below; it rises to the sides on a sphere of that radius."""

    def inner(x: Any, y: Any) -> Any:
        return -3.0 - (x**2 + y**2) / (2 * radius) + depth * strokes(x, y)

    return slab(lambda x, y: 0.0 - (x**2 + y**2) / (2 * radius), inner, half=10.0, step=0.2)


def measured(mesh: Mesh) -> Measurement:
    text = TEXT | {"origin_lps_mm": [0, 0, -3], "width_mm": 13.0, "block_height_mm": 4.0}
    return engraving(subject_of(mesh, plan={"text": text}), asked("engraving"))


@pytest.mark.parametrize("radius", [np.inf, 60.0])
@pytest.mark.parametrize("depth", [0.5, 0.8])
def test_the_depth_is_measured_against_the_face_around(depth: float, radius: float) -> None:
    found = measured(plate(depth, radius=radius))
    assert found.value == pytest.approx(depth, abs=0.05)
    assert not found.failed


def test_a_wave_across_the_text_is_no_depth_of_a_stroke() -> None:
    def inner(x: Any, y: Any) -> Any:
        return -3.0 - 0.3 * np.sin(2 * np.pi * (x + 0.5 * y) / 8) + 0.5 * strokes(x, y)

    found = measured(slab(lambda x, y: 0.0 * x, inner, half=10.0, step=0.2))
    assert found.value == pytest.approx(0.5, abs=0.07)


@pytest.mark.parametrize("depth", [0.0, 0.1])
def test_strokes_that_are_missing_or_too_shallow_do_not_pass(depth: float) -> None:
    found = measured(plate(depth))
    assert found.failed or found.value < 0.4


def test_letters_that_stand_out_are_no_engraving() -> None:
    found = measured(plate(-0.5))
    assert found.failed or found.value < 0.4


def wall_of(*words: tuple[str, float], sleeve: bool = False) -> Finding:
    """A flat wall that looks along y, with one text for each word and depth, side by side; perhaps a sleeve 3 mm in front of it."""
    body, texts = brick((60, 4, 14), (0, -2, 0)), []
    for n, (word, depth) in enumerate(words):
        left = -20.0 + 26 * n
        for step in range(4):
            body -= brick((0.5, 2 * depth, 4), (left + 3 * step - 4.5, 0, 0))
        texts.append(
            TEXT | {"string": word, "depth_mm": 0.5, "width_mm": 9.5, "height_mm": 4.0, "block_height_mm": 4.0}
            | {"origin_lps_mm": placed((left, 0, 0)).tolist(), "right_lps": turned((-1, 0, 0)), "up_lps": turned((0, 0, 1))}
        )  # fmt: skip
    if sleeve:
        body += brick((60, 4, 3), (0, 2, -6.5)) + brick((60, 2, 14), (0, 4, 0))
    requirement = Requirement(
        id="T", what="", check="engravings", part="guide", unit="mm", limit_low=0.4, limit_high=0.6
    )
    return verify({"guide": mesh_of(body)}, requirements=[requirement], models={}, plan={"texts": texts})[0]


@pytest.mark.parametrize("sleeve", [False, True])
def test_every_text_of_a_guide_is_measured_even_behind_a_sleeve(sleeve: bool) -> None:
    finding = wall_of(("A", 0.5), ("B", 0.5), sleeve=sleeve)
    assert finding.passed
    assert finding.values == {"text_1_mm": pytest.approx(0.5, abs=0.01), "text_2_mm": pytest.approx(0.5, abs=0.01)}


def test_the_worst_text_decides_and_one_that_is_missing_fails() -> None:
    finding = wall_of(("A", 0.5), ("B", 0.7))
    assert finding.measured == pytest.approx(0.7, abs=0.01)
    assert not finding.passed
    missing = wall_of(("A", 0.5), ("B", 0.0001))
    assert not missing.passed
    assert "text 2" in missing.detail
