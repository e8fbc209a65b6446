"""A sample of the odd series comes to what was stated beforehand, and the judge knows a wrong volume from a right one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from validation.odd.catalogue import catalogue
from validation.odd.judge import EXACT_MM, LACKING, Read, displacement_mm, measure
from validation.odd.layout import layout
from validation.odd.phantom import BODIES, phantom_hu
from validation.odd.readers import Outcome, read_by_intake
from validation.odd.verdict import REFUSED, RIGHT, SILENT, UNSOUND, judge_intake

CASES = {case.name: case for case in catalogue()}
SAMPLE = (
    "two patients, a series each", "half the slices in another frame of reference",
    "an axial and a sagittal series under one UID", "the same UID with another picture, at another place",
    "slice 10 of 34 missing, step 1.25 mm", "slice 4, 13, 26, 31 of 34 missing, step 1.25 mm",
    "three slices twice, the same bytes", "all slices twice, other pictures", "steps of growing from 0.6 to 1.45 mm",
    "steps of 1.25 mm, then 3 mm", "a second run through all, 0.3 mm on", "the upper half pushed by 3, -1 mm",
    "oblique, rotation of seed 3", "gantry tilt -22 degrees about x, without a tag",
    "gantry tilt +10 degrees about y, with its tag", "axial slices sheared by +25 degrees about y",
    "pixels 0.4 mm between rows, 0.98 mm between columns", "SpacingBetweenSlices '5' in all",
    "patient FFDR, slices against the normal", "sagittal, transposed swapped",
    "slope and intercept of each slice its own", "12 of 16 bits in the upper bits", "unsigned, padding 63536 (-2000 signed)",
    "MR", "slices every 2 mm", "big endian, signed", "JPEG-LS lossless, signed", "Enhanced CT, frames in no order",
    "JPEG 2000 lossy, 1:20", "modality LUT", "modality LUT of signed numbers", "modality LUT of an unspecified unit",
    "12 of 16 bits unsigned, old overlays in the others", "16 bits said to be 12, metal",
)  # fmt: skip


@pytest.mark.parametrize("name", SAMPLE)
def test_an_odd_series_comes_in_right_or_is_refused_by_name(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    case.make(tmp_path / "scan")
    verdict = judge_intake(case, read_by_intake(case, tmp_path / "scan"))
    assert verdict.outcome in (RIGHT, REFUSED), verdict


def test_the_catalogue_is_as_large_as_promised_and_states_every_outcome() -> None:
    assert len(CASES) >= 200
    assert {case.row for case in CASES.values()} == {f"T{n}" for n in range(15, 23)}
    assert all(case.right or case.rules for case in CASES.values())


def _read(*, stretch: float = 1.0, mirrored: bool = False, shift_mm: float = 0.0, hu: float = 0.0) -> Read:
    """The phantom on its own nodes, and a grid that tells something else of them."""
    at = layout()
    volume = np.rint(phantom_hu(np.stack([at.points(k) for k in range(len(at.first))]))) + hu
    step = at.first[1] - at.first[0]
    affine = np.column_stack(
        [at.row * at.column_mm, at.column * at.row_mm, step * stretch, at.first[0] + [shift_mm, 0, 0]]
    )
    return Read(affine, volume[:, :, ::-1] if mirrored else volume)


def test_the_judge_finds_a_right_volume_right() -> None:
    figures = measure(_read())
    assert max(figures.surface_mm, figures.centre_mm) < EXACT_MM
    assert (figures.hu, figures.outside_hu) == (0.0, -1000.0) and figures.lacking < LACKING / 3


@pytest.mark.parametrize("fault", [{"shift_mm": 0.002}, {"stretch": 150 / 148}, {"mirrored": True}, {"hu": 1.0}])
def test_the_judge_finds_a_small_fault(fault: dict[str, float]) -> None:
    case = CASES["patient HFS, slices along the normal"]
    read = _read(**fault)  # type: ignore[arg-type]
    assert judge_intake(case, Outcome(read)).outcome == SILENT
    if "hu" not in fault:
        figures = measure(read)
        assert max(figures.surface_mm, figures.centre_mm) > EXACT_MM


def test_the_judge_tells_how_far_off_a_mirrored_body_is() -> None:
    off = max(abs(2 * float(body.centre_lps_mm[0] - layout().points(0)[..., 0].mean())) for body in BODIES)
    assert displacement_mm(_read(mirrored=True)) == pytest.approx(off, abs=0.1)


def test_the_judge_calls_a_refusal_sound_or_not() -> None:
    missing, plain = CASES["slice 10 of 34 missing, step 1.25 mm"], CASES["patient HFS, slices along the normal"]
    assert judge_intake(missing, Outcome(rules=("missing-slice",))).outcome == REFUSED
    assert judge_intake(plain, Outcome(rules=("gantry-tilt",))).outcome == UNSOUND
    assert judge_intake(missing, Outcome(_read())).outcome == SILENT
