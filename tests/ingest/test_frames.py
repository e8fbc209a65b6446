"""Every frame of an enhanced object is placed and rescaled by its own functional groups; nothing is guessed for one that has none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.load import load_scan
from anatofit.ingest.scan import inspect_scan
from anatofit.model.scan import LoadedScan, ScanLimits
from tests.ingest.dicom_writer import SLICES, make_series
from tests.ingest.enhanced import ENHANCED, LEGACY, enhanced, write
from tests.ingest.test_straight import CASES, series

LIMITS = ScanLimits()
SHUFFLED = [int(n) for n in np.random.default_rng(3).permutation(SLICES)]


def same(a: LoadedScan, b: LoadedScan) -> bool:
    one, other = a.volume, b.volume
    return (
        np.array_equal(one.hu, other.hu)
        and np.array_equal(one.grid.origin_lps_mm, other.grid.origin_lps_mm)
        and np.array_equal(one.grid.spacing_ijk_mm, other.grid.spacing_ijk_mm)
    )


@pytest.fixture
def classic(tmp_path: Path) -> LoadedScan:
    """The same slices as single files."""
    return load_scan(make_series().write(tmp_path / "classic"), limits=LIMITS)


@pytest.mark.parametrize("sop_class", [ENHANCED, LEGACY])
@pytest.mark.parametrize("order", [None, SHUFFLED], ids=["in order", "in any order"])
def test_an_enhanced_object_is_the_series_of_its_frames(
    sop_class: str, order: list[int] | None, classic: LoadedScan, tmp_path: Path
) -> None:
    scan = load_scan(write(enhanced([make_series()], sop_class=sop_class, order=order), tmp_path / "e"), limits=LIMITS)
    assert same(scan, classic)
    assert (scan.facts.slice_count, scan.facts.input.count) == (SLICES, 1)


def test_each_frame_has_its_own_rescale(classic: LoadedScan, tmp_path: Path) -> None:
    made = make_series()
    for n, ds in enumerate(made.slices):
        stored = np.frombuffer(ds.PixelData, "<i2").astype(int) + int(ds.RescaleIntercept)
        ds.RescaleIntercept = -24 - 5 * n
        ds.PixelData = (stored - int(ds.RescaleIntercept)).astype("<i2").tobytes()
    assert same(load_scan(write(enhanced([made]), tmp_path / "e"), limits=LIMITS), classic)


def test_frames_of_a_tilted_gantry_are_straightened(tmp_path: Path) -> None:
    made = series(*CASES["tilted forward"])
    limits = ScanLimits.model_validate({"slice_count_min": 4, "height_mm_min": 0})
    one = load_scan(made.write(tmp_path / "classic"), limits=limits)
    assert same(load_scan(write(enhanced([made]), tmp_path / "e"), limits=limits), one)


def test_each_stack_of_an_object_is_a_series_of_its_own_and_named_by_a_person(
    classic: LoadedScan, tmp_path: Path
) -> None:
    other = make_series(origin=(-3.0, 5.0, 140.0), count=18)
    folder = write(enhanced([make_series(), other]), tmp_path / "e")
    report = inspect_scan(folder, LIMITS)
    assert sorted(s.slice_count for s in report.series) == [18, SLICES]
    assert [f.rule for f in report.findings] == ["several-stacks"] and not report.fit
    assert same(load_scan(folder, limits=LIMITS, series=f"{classic.facts.series_uid}#1"), classic)
    assert load_scan(folder, limits=LIMITS, series=f"{classic.facts.series_uid}#2").facts.slice_count == 18
    with pytest.raises(ScanUnsuitableError, match="several-stacks"):
        load_scan(folder, limits=LIMITS, series=classic.facts.series_uid)


def test_of_two_stacks_the_one_that_is_fit_is_used(classic: LoadedScan, tmp_path: Path) -> None:
    low = make_series(origin=(-3.0, 5.0, 140.0), count=4)
    assert same(load_scan(write(enhanced([make_series(), low]), tmp_path / "e"), limits=LIMITS), classic)


def test_an_object_without_a_group_for_every_frame_is_refused_for_that_alone(tmp_path: Path) -> None:
    ds = enhanced([make_series()])
    del ds.PerFrameFunctionalGroupsSequence[3]
    with pytest.raises(ScanUnsuitableError) as refusal:
        load_scan(write(ds, tmp_path / "e"), limits=LIMITS)
    (reason,) = refusal.value.reasons
    assert reason.rule == "frame-groups" and "holds 20 frames, and tells of 19 of them" in reason.message


def test_a_frame_that_is_missing_is_a_missing_slice(tmp_path: Path) -> None:
    made = make_series()
    del made.slices[7]
    with pytest.raises(ScanUnsuitableError, match=r"missing-slice.*1 slice is missing"):
        load_scan(write(enhanced([made]), tmp_path / "e"), limits=LIMITS)


def test_two_phases_at_the_same_places_are_refused(tmp_path: Path) -> None:
    one, other = make_series(), make_series()
    for ds in other.slices:
        ds.PixelData = bytes(len(ds.PixelData))
    ds = enhanced([one, other])
    for frame in ds.PerFrameFunctionalGroupsSequence:
        frame.FrameContentSequence[0].StackID = "1"
    with pytest.raises(ScanUnsuitableError, match="duplicate-slice"):
        load_scan(write(ds, tmp_path / "e"), limits=LIMITS)


def test_pixels_cut_short_are_refused(tmp_path: Path) -> None:
    ds = enhanced([make_series()])
    ds.PixelData = ds.PixelData[:-100]
    with pytest.raises(ScanUnsuitableError, match="truncated-pixels"):
        load_scan(write(ds, tmp_path / "e"), limits=LIMITS)
