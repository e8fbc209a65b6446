"""Bone that the field of view cuts is measured on each side; heads that lie inside it, and what holds them, are not counted."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.ingest.quality.field import ENDS, SIDES, cut_bone, opened
from tests.ingest.image_phantoms import AIR, BONE, TISSUE, drawn, head, holder, places, step, volume

# A ball of a skull: however a plane cuts it inside its cavity, the ring of bone has pi (outer^2 - inner^2).
OUTER, INNER, SKIN = 60.0, 53.0, 66.0
RING_MM2 = np.pi * (OUTER**2 - INNER**2)
SPACING = (1.5, 1.0, 0.8)
BOX = (100, 150, 190)  # 150 mm a side


def ball(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Scalp, bone and brain about the middle."""
    radius = np.sqrt(x**2 + y**2 + z**2)
    return np.asarray(
        AIR + (TISSUE - AIR) * step(radius - SKIN) + (BONE - TISSUE) * (step(radius - OUTER) - step(radius - INNER))
    )


def shifted(axis: int, by_mm: float, **kinds: float) -> np.ndarray:
    """The ball, so far off the middle along one axis (x, y, z)."""
    offset = np.eye(3)[axis] * by_mm
    return drawn(BOX, SPACING, lambda x, y, z: ball(x - offset[0], y - offset[1], z - offset[2]))


def test_a_head_inside_its_field_is_cut_nowhere() -> None:
    assert set(cut_bone(volume(drawn(BOX, SPACING, ball), SPACING, noise_hu=20.0)).mm2.values()) == {0.0}


@pytest.mark.parametrize(
    ("side", "axis", "by_mm"),
    [
        ("right", 0, -40.0),
        ("left", 0, 40.0),
        ("front", 1, -40.0),
        ("back", 1, 40.0),
        ("foot", 2, -40.0),
        ("head", 2, 40.0),
    ],
)
def test_a_side_that_cuts_the_skull_is_named_with_the_area(side: str, axis: int, by_mm: float) -> None:
    cut = cut_bone(volume(shifted(axis, by_mm), SPACING, noise_hu=15.0))
    assert cut.mm2[side] == pytest.approx(RING_MM2, rel=0.1)
    assert {name for name, area in cut.mm2.items() if area} == {side}
    assert cut.of(*SIDES, *ENDS) == cut.mm2[side]


def test_a_large_image_is_measured_on_some_of_its_lines_alike() -> None:
    spacing = (0.5, 0.29, 0.29)
    hu = drawn((60, 512, 512), spacing, lambda x, y, z: ball(x - 40, y, z))
    # 30 mm of the ball's height: at 34.25 mm from the middle the side cuts two strips
    z = (np.arange(60) - 29.5) * 0.5
    depth = 511 / 2 * 0.29 - 40
    truth = 2 * (np.sqrt(OUTER**2 - depth**2 - z**2) - np.sqrt(INNER**2 - depth**2 - z**2)).sum() * 0.5
    assert cut_bone(volume(hu, spacing)).mm2["left"] == pytest.approx(truth, rel=0.1)


@pytest.mark.parametrize("middle", [(0.0, 0.0), (14.0, -9.0), (-12.0, 12.0)])
def test_a_round_field_that_cuts_the_skull_is_measured_along_its_curve(middle: tuple[float, float]) -> None:
    """The truth by a fine sampling of the cylinder where the field ends."""
    radius = 55.0
    x, y, z = places(BOX, SPACING)
    hu = ball(x - middle[0], y - middle[1], z)
    hu = np.where(np.hypot(x, y) + 0 * z > radius, -1024.0, np.maximum(hu, AIR))
    angle, up = np.meshgrid(np.linspace(0, 2 * np.pi, 1440, endpoint=False), z.ravel())
    from_middle = np.sqrt((radius * np.cos(angle) - middle[0]) ** 2 + (radius * np.sin(angle) - middle[1]) ** 2 + up**2)
    bone = (from_middle > INNER) & (from_middle < OUTER)
    truth = bone.sum() * (2 * np.pi * radius / 1440) * SPACING[0]
    assert cut_bone(volume(hu, SPACING)).of(*SIDES) == pytest.approx(truth, rel=0.1)


def test_the_side_of_a_round_fields_cut_is_the_one_it_faces() -> None:
    x, y, z = places(BOX, SPACING)
    hu = np.where(np.hypot(x, y) + 0 * z > 74.0, -1024.0, ball(x - 18.0, y, z))
    mm2 = cut_bone(volume(hu, SPACING)).mm2
    assert mm2["left"] > 500 and mm2["right"] == mm2["front"] == mm2["back"] == 0


def test_a_slanted_end_is_an_end_all_the_same() -> None:
    """Slices of a tilted gantry on a straight grid: the first ones are filled in part."""
    x, y, z = places(BOX, SPACING)
    hu = np.where(z + 0 * x < -20.0 + 0.25 * y, -1024.0, np.maximum(ball(x, y, z), AIR))
    tilted = RING_MM2  # seen along the stack: the ring's shadow, its area by the cosine of the slant (0.97)
    assert cut_bone(volume(hu, SPACING)).mm2["foot"] == pytest.approx(tilted, rel=0.1)


@pytest.mark.parametrize("thick_mm", [2.0, 4.0])
@pytest.mark.parametrize("radius_mm", [80.0, 88.0, 100.0])
def test_a_head_holder_that_leaves_the_field_is_no_bone(radius_mm: float, thick_mm: float) -> None:
    """Its plates cross the border at every slant from steep to touching it."""
    x, y, z = places(BOX, SPACING)
    hu = np.maximum(ball(x, y, z), AIR + 1600 * holder(x, y, z, radius_mm=radius_mm, thick_mm=thick_mm))
    assert set(cut_bone(volume(hu, SPACING, noise_hu=15.0)).mm2.values()) == {0.0}


def test_a_holder_beside_a_cut_skull_adds_nothing() -> None:
    x, y, z = places(BOX, SPACING)
    hu = np.maximum(ball(x - 40, y, z), AIR + 1600 * holder(x - 40, y, z, radius_mm=80.0))
    assert cut_bone(volume(hu, SPACING)).of(*SIDES) == pytest.approx(RING_MM2, rel=0.1)


def test_a_table_under_the_patient_is_no_bone() -> None:
    """Two skins of 3 mm with foam between, which reach both sides of the image and both ends of the stack."""
    x, y, z = places(BOX, SPACING)
    table = step(np.abs(y - 68.0) - 1.5) + 0.0 * x
    hu = np.maximum(ball(x, y + 6, z), AIR + 1500 * table)
    assert set(cut_bone(volume(hu, SPACING, noise_hu=15.0)).mm2.values()) == {0.0}


def test_air_at_the_end_of_the_scale_is_no_border_of_the_field() -> None:
    """Air stored as -1024 everywhere: the head's own outline must not pass for the field's."""
    hu = drawn(BOX, SPACING, ball)
    hu[hu < -900] = -1024
    assert set(cut_bone(volume(hu, SPACING)).mm2.values()) == {0.0}


def test_the_cut_neck_of_a_head_is_at_the_foot_end_alone() -> None:
    spacing = (2.0, 1.0, 1.0)
    hu = drawn((75, 240, 200), spacing, lambda x, y, z: head(x, y, z + 20))
    mm2 = cut_bone(volume(hu, spacing, noise_hu=10.0)).mm2
    assert mm2["foot"] > 1000 and not any(mm2[name] for name in ("head", *SIDES))


@pytest.mark.parametrize("reach", [(1, 1), (2, 5), (7, 3), (9, 9)])
@pytest.mark.parametrize("filled", [0.5, 0.9, 0.99])
def test_an_opening_by_distances_is_the_opening_by_an_ellipse(reach: tuple[int, int], filled: float) -> None:
    from scipy.ndimage import binary_opening

    rng = np.random.default_rng(8)
    y, x = np.ogrid[-reach[0] : reach[0] + 1, -reach[1] : reach[1] + 1]
    ellipse = (y / reach[0]) ** 2 + (x / reach[1]) ** 2 <= 1.001
    for shape in ((60, 50), (5, 70)):
        mask = rng.random(shape) < filled
        assert np.array_equal(opened(mask, reach), binary_opening(mask, structure=ellipse))
    assert not opened(np.zeros((9, 9), dtype=bool), reach).any()


def test_pixels_as_fine_as_any_take_no_longer() -> None:
    import time

    hu = np.full((20, 70, 70), 1000, dtype=np.int16)
    start = time.process_time()
    cut_bone(volume(hu, (0.02, 0.02, 0.02)))
    assert time.process_time() - start < 5.0
