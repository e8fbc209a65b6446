"""Tilted and unevenly spaced slices land where each of them truly lies: a field that is linear in LPS stays that very field."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.load import load_scan
from anatofit.ingest.volume import assemble
from anatofit.model.scan import LoadedScan, ScanLimits
from tests.ingest.dicom_writer import Series, one_slice

LIMITS = ScanLimits.model_validate({"slice_count_min": 4, "height_mm_min": 0})
# HU a millimetre, along x, y and z; values are stored in hundredths, so that 0.05 HU stands for less than 1e-3 mm
GRADIENT = np.array([53.0, 71.0, 97.0])
SLOPE = 0.01
ROWS, COLUMNS, PIXEL = 30, 26, (0.5, 0.75)


def field(points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """HU of the phantom, some 1000 above air around the middle of the stack."""
    return np.asarray(200.0 + 0.02 * (points_lps_mm @ GRADIENT))


def series(
    orientation: tuple[float, ...], steps: list[NDArray[np.float64]], *, origin: tuple[float, ...] = (-6.0, -4.0, 3.0)
) -> Series:
    """Slices of the phantom, each `steps` further than the one before, its pixels taken where they truly lie."""
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    places = np.array(origin) + np.vstack([np.zeros(3), np.cumsum(steps, axis=0)])
    j, i = np.mgrid[:ROWS, :COLUMNS]
    in_plane = i[..., None] * PIXEL[1] * row + j[..., None] * PIXEL[0] * column
    slices = []
    for k, place in enumerate(places):
        # what the tag says is what counts: values are taken at the rounded position
        written = np.array([float(f"{v:.6f}") for v in place])
        stored = np.rint(field(written + in_plane) / SLOPE)
        ds = one_slice(stored, position=place, orientation=list(orientation), number=k, uid="1.2.3.4")
        ds.PixelData, ds.RescaleSlope, ds.RescaleIntercept = stored.astype("<i2").tobytes(), SLOPE, 0
        slices.append(ds)
    return Series(slices)


def loaded(made: Series, folder: Path, limits: ScanLimits = LIMITS) -> LoadedScan:
    return load_scan(made.write(folder / "scan"), limits=limits)


def turned(about: str, degrees: float) -> NDArray[np.float64]:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return {
        "x": np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]]),
        "y": np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]]),
        "z": np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]),
    }[about]


def plane(matrix: NDArray[np.float64]) -> tuple[float, ...]:
    return (*matrix[:, 0], *matrix[:, 1])


TABLE = np.array([0.0, 0.0, 1.25])
SKEW = turned("z", 20) @ turned("x", 35)
CASES: dict[str, tuple[tuple[float, ...], list[NDArray[np.float64]]]] = {
    "tilted forward": (plane(turned("x", 16.5)), [TABLE] * 15),
    "tilted backward": (plane(turned("x", -25)), [TABLE] * 15),
    "tilted, slices downwards": (plane(turned("x", 16.5)), [-TABLE] * 15),
    "swivelled about y": (plane(turned("y", 12)), [TABLE] * 15),
    "tilted and swivelled": (plane(turned("x", 14) @ turned("y", 9)), [TABLE] * 15),
    "tilted, patient turned on the table": (plane(SKEW @ turned("x", 15)), [SKEW @ TABLE] * 15),
    "tilted, rows downwards": ((1, 0, 0, 0, -np.cos(0.3), -np.sin(0.3)), [TABLE] * 15),
    "tilted, uneven": (plane(turned("x", 16.5)), [TABLE * s for s in (1, 0.8, 1.1, 0.9, 1.15, 1, 0.7, 1, 1.2, 1, 0.9)]),
    "uneven": ((1, 0, 0, 0, 1, 0), [TABLE * s for s in (1, 0.8, 1.1, 0.9, 1.15, 1, 0.7, 1, 1.2, 1, 0.9)]),
    "uneven, coronal": ((1, 0, 0, 0, 0, -1), [np.array([0, s, 0]) for s in (1, 0.8, 1.1, 0.9, 1.15, 1, 0.7, 1, 1.2)]),
    "two zones": ((1, 0, 0, 0, 1, 0), [TABLE * 0.5] * 12 + [TABLE] * 6),
}  # fmt: skip


def inside(scan: LoadedScan) -> NDArray[np.bool_]:
    """Nodes that hold a value, two of their neighbours away from where none is."""
    from scipy.ndimage import binary_erosion

    return np.asarray(binary_erosion(scan.volume.hu > -900, iterations=4))


@pytest.mark.parametrize("name", CASES)
def test_every_value_lies_where_its_slice_does(name: str, tmp_path: Path) -> None:
    scan = loaded(series(*CASES[name]), tmp_path)
    grid = scan.volume.grid
    k, j, i = np.indices(grid.shape_kji)
    points = grid.to_lps(np.stack([i, j, k], axis=-1).astype(float))
    held = inside(scan)
    assert held.sum() > 2000
    off = np.abs(scan.volume.hu - field(points))[held]
    # along the steepest direction 1e-3 mm is 0.0026 HU, below the rounding of stored values: compare the median as well
    assert off.max() < 0.02
    assert abs(np.median((scan.volume.hu - field(points))[held])) < 0.0026


@pytest.mark.parametrize(
    "name", [n for n in CASES if n.startswith("tilted") and "patient" not in n and "swiv" not in n]
)
def test_a_tilted_stack_comes_to_lie_on_the_axes_of_the_body(name: str, tmp_path: Path) -> None:
    grid = loaded(series(*CASES[name]), tmp_path).volume.grid
    assert grid.is_straight
    assert (grid.spacing_ijk_mm <= max(PIXEL) + 1e-9).all()


def test_what_resampling_did_and_cost_is_said(tmp_path: Path) -> None:
    notes = loaded(series(*CASES["tilted forward"]), tmp_path).facts.notes
    assert any("lean against their stack by 16.50 degrees" in n for n in notes)
    assert any("resampled to a straight grid" in n and "HU (median)" in n for n in notes)


def test_even_slices_are_not_resampled(tmp_path: Path) -> None:
    scan = loaded(series((1, 0, 0, 0, 1, 0), [TABLE] * 10), tmp_path)
    assert scan.volume.grid.shape_kji == (11, ROWS, COLUMNS)
    assert not any("resampled" in n for n in scan.facts.notes)


def test_a_step_wider_than_the_device_allows_is_refused_with_its_place(tmp_path: Path) -> None:
    steps = [TABLE * s for s in (1, 0.8, 1.1, 1.37, 1, 0.9, 1, 1)]
    with pytest.raises(ScanUnsuitableError, match=r"uneven-spacing.*1\.713 mm between z = 6\.62 and 8\.34"):
        loaded(series((1, 0, 0, 0, 1, 0), steps), tmp_path)


def test_a_missing_slice_of_a_tilted_series_is_still_missing(tmp_path: Path) -> None:
    made = series(*CASES["tilted forward"])
    del made.slices[6]
    with pytest.raises(ScanUnsuitableError, match=r"missing-slice.*1 slice is missing"):
        loaded(made, tmp_path)


def test_every_second_slice_of_a_zone_is_missed_by_the_instance_numbers(tmp_path: Path) -> None:
    made = series((1, 0, 0, 0, 1, 0), [TABLE * 0.5] * 30)
    made.slices = [s for n, s in enumerate(made.slices) if n < 16 or n % 2 == 0]
    with pytest.raises(ScanUnsuitableError, match=r"missing-slice.*7 slices are missing"):
        loaded(made, tmp_path)


def test_a_shear_that_no_gantry_makes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScanUnsuitableError, match=r"gantry-tilt.*50\.00 degrees"):
        loaded(series(plane(turned("x", 50)), [TABLE] * 15), tmp_path)


def test_a_grid_that_no_machine_is_asked_for_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assemble, "MOST_VOXELS", 20_000)
    with pytest.raises(ScanUnsuitableError, match=r"volume-size.*at most 2e\+04 are made"):
        loaded(series(*CASES["tilted forward"]), tmp_path)
