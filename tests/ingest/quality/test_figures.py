"""Noise, blur and metal of phantoms are what was put into them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from anatofit.ingest.quality.metal import metal_of
from anatofit.ingest.quality.noise import noise_hu
from anatofit.ingest.quality.sharpness import blur_mm
from tests.ingest.image_phantoms import BONE, TISSUE, drawn, ellipsoid, head, holder, places, step, volume

SPACING = (2.0, 0.9, 0.9)
HEAD = drawn((30, 230, 200), SPACING, lambda x, y, z: head(x, y, z + 10))


@pytest.mark.parametrize("sigma_hu", [5.0, 20.0, 60.0])
def test_noise_is_found_within_a_tenth(sigma_hu: float) -> None:
    assert noise_hu(volume(HEAD, SPACING, noise_hu=sigma_hu).hu, SPACING) == pytest.approx(sigma_hu, rel=0.1)


@pytest.mark.parametrize("blur_pixels", [0.5, 0.8, 1.2])
def test_noise_whose_pixels_resemble_their_neighbours_is_found_whole(blur_pixels: float) -> None:
    """A soft kernel: a small window's own mean takes away much of such noise."""
    raw = np.random.default_rng(3).normal(size=HEAD.shape)
    soft = gaussian_filter(raw, (0, blur_pixels, blur_pixels))
    hu = volume(HEAD + 20.0 * soft / soft.std(), SPACING).hu
    assert noise_hu(hu, SPACING) == pytest.approx(20.0, rel=0.1)


def test_noise_is_the_same_whichever_way_the_slices_run() -> None:
    hu = volume(HEAD, SPACING, noise_hu=15.0).hu
    assert noise_hu(hu.transpose(1, 0, 2), (0.9, 2.0, 0.9)) == pytest.approx(15.0, rel=0.1)


def test_a_limb_of_fat_has_its_noise_too() -> None:
    spacing = (1.0, 0.7, 0.7)
    limb = drawn(
        (30, 180, 180),
        spacing,
        lambda x, y, _z: -1000 + 900 * step(np.hypot(x, y) - 55) + 140 * step(np.hypot(x, y) - 40),
    )
    assert noise_hu(volume(limb, spacing, noise_hu=12.0).hu, spacing) == pytest.approx(12.0, rel=0.1)


def test_an_image_without_soft_tissue_tells_no_noise() -> None:
    assert noise_hu(np.full((20, 64, 64), -1000, dtype=np.int16), SPACING) is None


def test_an_image_without_noise_has_none() -> None:
    assert noise_hu(np.full((20, 64, 64), 40, dtype=np.int16), SPACING) == 0.0


@pytest.mark.parametrize("pixel_mm", [0.4, 0.7, 0.9])
@pytest.mark.parametrize(("blur", "noise_hu"), [(1.2, 10.0), (1.8, 60.0), (2.6, 10.0)])
def test_the_blur_at_the_skin_is_the_blur_of_the_image(pixel_mm: float, blur: float, noise_hu: float) -> None:
    spacing = (1.0, pixel_mm, pixel_mm)
    hu = drawn(
        (12, int(230 / pixel_mm), int(200 / pixel_mm)),
        spacing,
        lambda x, y, _z: head(x, y, 0 * x, sigma_mm=blur / 2.3548),
    )
    assert blur_mm(volume(hu, spacing, noise_hu=noise_hu).hu, spacing) == pytest.approx(blur, rel=0.1)


def test_a_head_holder_does_not_sharpen_the_skin() -> None:
    shape, spacing = (12, 270, 260), (1.0, 0.9, 0.9)
    x, y, z = places(shape, spacing)
    hu = head(x, y, 0 * z, sigma_mm=0.8) + 1300 * holder(x, y, z)
    assert blur_mm(volume(hu, spacing, noise_hu=8.0).hu, spacing) == pytest.approx(0.8 * 2.3548, rel=0.1)


def test_without_skin_beside_air_no_blur_is_told() -> None:
    assert blur_mm(np.full((20, 64, 64), 40, dtype=np.int16), SPACING) is None
    assert blur_mm(np.full((2, 64, 64), 40, dtype=np.int16), SPACING) is None


METAL_SPACING = (0.6, 0.5, 0.5)


def with_balls(*balls: tuple[float, float, float, float], hu: float = 8000.0) -> np.ndarray:
    """Brain with balls of metal: x, y, z of the middle and radius, mm."""
    x, y, z = places((80, 100, 100), METAL_SPACING)
    out = np.full((80, 100, 100), TISSUE)
    for bx, by, bz, radius in balls:
        out += (hu - TISSUE) * step(ellipsoid(x - bx, y - by, z - bz, (radius,) * 3), 0.2)
    return out


def test_metal_is_measured_and_placed() -> None:
    metal = metal_of(volume(with_balls((6.0, -8.0, 4.0, 5.0)), METAL_SPACING, noise_hu=20.0), slice_axis=0)
    middle = np.array([10.0, -20.0, 300.0]) + np.array([99, 99, 79]) / 2 * METAL_SPACING[::-1]
    assert metal.volume_mm3 == pytest.approx(4 / 3 * np.pi * 5**3, rel=0.1)
    assert metal.bodies == 1 and metal.largest_mm3 == metal.volume_mm3
    assert np.allclose(metal.centre_lps_mm, middle + np.array([6.0, -8.0, 4.0]), atol=0.2)
    assert len(metal.slices) * METAL_SPACING[0] == pytest.approx(10.0, abs=1.2)


def test_pieces_of_metal_are_told_apart_and_the_largest_is_placed() -> None:
    hu = with_balls((-12.0, 0.0, 0.0, 3.0), (12.0, 5.0, 10.0, 4.0), (0.0, -15.0, -12.0, 2.0))
    metal = metal_of(volume(hu, METAL_SPACING), slice_axis=0)
    assert metal.bodies == 3 and metal.largest_mm3 == pytest.approx(4 / 3 * np.pi * 4**3, rel=0.1)
    assert metal.volume_mm3 == pytest.approx(4 / 3 * np.pi * (27 + 64 + 8), rel=0.1)


def test_the_place_of_metal_follows_a_turned_grid() -> None:
    turn = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
    straight, turned = (
        metal_of(volume(with_balls((6.0, -8.0, 4.0, 4.0)), METAL_SPACING, direction_lps=d), slice_axis=0)
        for d in (np.eye(3), turn)
    )
    origin = np.array([10.0, -20.0, 300.0])
    assert np.allclose(
        np.array(turned.centre_lps_mm) - origin, turn @ (np.array(straight.centre_lps_mm) - origin), atol=1e-6
    )


def test_the_slices_that_hold_metal_are_counted_along_the_stack() -> None:
    tall = with_balls((0.0, 0.0, -15.0, 3.0), (0.0, 0.0, 0.0, 3.0), (0.0, 0.0, 15.0, 3.0))
    across, along = (metal_of(volume(tall, METAL_SPACING), slice_axis=axis) for axis in (2, 0))
    assert len(across.slices) * 0.5 == pytest.approx(6, abs=1.2) and len(along.slices) * 0.6 == pytest.approx(18, abs=2)


@pytest.mark.parametrize(("hu", "why"), [(2900.0, "enamel"), (2200.0, "petrous bone"), (BONE, "cortex")])
def test_dense_tissue_is_no_metal(hu: float, why: str) -> None:
    teeth = with_balls((-8.0, 0.0, 0.0, 4.0), (8.0, 0.0, 0.0, 4.0), hu=hu)
    assert metal_of(volume(teeth, METAL_SPACING, noise_hu=20.0), slice_axis=0).bodies == 0, why


def test_a_few_voxels_of_noise_are_no_metal() -> None:
    hu = with_balls()
    hu[::9, ::7, ::11] = 3071
    assert metal_of(volume(hu, METAL_SPACING), slice_axis=0).volume_mm3 == 0


def test_an_image_of_metal_alone_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values that are no CT: one sum is told in place of bodies."""
    monkeypatch.setattr("anatofit.ingest.quality.metal.MOST_VOXELS", 1000)
    metal = metal_of(volume(np.full((20, 30, 30), 3071.0), (1.0, 1.0, 1.0)), slice_axis=0)
    assert metal.bodies == 1 and metal.volume_mm3 == 18000


@pytest.mark.parametrize("sigma_hu", [90.0, 180.0, 300.0])
def test_noise_beyond_every_limit_is_found_as_well(sigma_hu: float) -> None:
    noisy = HEAD + np.random.default_rng(5).normal(0.0, sigma_hu, HEAD.shape)
    assert noise_hu(noisy, SPACING) == pytest.approx(sigma_hu, rel=0.1)


def test_bone_beside_air_is_no_soft_tissue_whatever_its_mean() -> None:
    assert noise_hu(np.where(HEAD > 300, HEAD, -1000.0), SPACING) is None


@pytest.mark.parametrize("noise", [5.0, 80.0])
@pytest.mark.parametrize("level", [-500.0, 300.0])
def test_an_edge_that_a_mask_has_cut_tells_no_blur(level: float, noise: float) -> None:
    """It would be as sharp as a pixel, however blurred the scan is."""
    cut = np.where(level < HEAD, HEAD + np.random.default_rng(6).normal(0.0, noise, HEAD.shape), -1000.0)
    assert blur_mm(cut, SPACING) is None


@pytest.mark.parametrize("sigma_mm", [0.05, 0.2])
def test_an_edge_as_sharp_as_a_pixel_allows_is_still_measured(sigma_mm: float) -> None:
    fine = drawn((12, 920, 800), (2.0, 0.225, 0.225), lambda x, y, z: head(x, y, z + 10, sigma_mm=sigma_mm))
    averaged = fine.reshape(12, 230, 4, 200, 4).mean(axis=(2, 4))
    assert blur_mm(averaged, SPACING) == pytest.approx(0.9, rel=0.25)
