"""Labels tell which bone it is and the HU where it ends; where the two contradict each other, it is said. All truths are computed."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

from anatofit.errors import ScanUnsuitableError
from anatofit.model.cranium import BoneEdge
from anatofit.model.grid import Grid
from anatofit.model.labels import LabelMap
from anatofit.model.volume import Volume
from anatofit.segment.bone import segment_bone
from anatofit.segment.labelled import segment_labelled

GRID = Grid((64, 64, 110), np.array([-10.0, -5.0, 3.0]), np.array([0.9, 0.9, 1.1]))
TISSUE, BONE, BLUR_MM = 40.0, 1240.0, 0.7
CENTRE = GRID.to_lps(np.array([32.0, 32.0, 32.0]))
OTHER = GRID.to_lps(np.array([82.0, 32.0, 32.0]))


def distance_mm(centre: NDArray[np.float64], radius_mm: float) -> NDArray[np.float64]:
    """From a ball, negative inside, at every voxel."""
    k, j, i = np.indices(GRID.shape_kji)
    return np.asarray(np.linalg.norm(GRID.to_lps(np.stack([i, j, k], -1).astype(float)) - centre, axis=-1) - radius_mm)


BALL_MM, SECOND_MM = distance_mm(CENTRE, 20.0), distance_mm(OTHER, 14.0)


def scan(*bodies_mm: NDArray[np.float64]) -> Volume:
    """Bodies of bone in soft tissue, blurred, with some noise."""
    nearest = np.minimum.reduce(bodies_mm)
    noise = np.random.default_rng(5).normal(0, 6, GRID.shape_kji)
    return Volume(GRID, np.rint(TISSUE + (BONE - TISSUE) * ndtr(-nearest / BLUR_MM) + noise).astype(np.int16))


def labelled(volume: Volume, inside: NDArray[np.bool_]) -> BoneEdge:
    """The bone by a label of the scan's own grid."""
    return segment_labelled(volume, LabelMap(GRID, inside, 1.1))


def edge_error_mm(bone: BoneEdge, truth_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far the field's zero lies from the true surface, near it, along its own slope."""
    field = bone.whole_field()
    low = np.rint(GRID.to_index(field.grid.origin_lps_mm)).astype(int)[::-1]
    box = tuple(slice(a, a + n) for a, n in zip(low, field.grid.shape_kji, strict=True))
    true = truth_mm[box]
    near = np.abs(true) < 0.5
    slope = (BONE - TISSUE) / (BLUR_MM * np.sqrt(2 * np.pi))
    return np.asarray(np.abs(field.values[near] / slope - true[near]))


@pytest.mark.parametrize("off_mm", [-1.2, 0.0, 1.2])
def test_the_edge_is_the_same_whether_the_label_is_a_little_small_or_large(off_mm: float) -> None:
    bone = labelled(scan(BALL_MM, SECOND_MM), off_mm > BALL_MM)
    own = segment_bone(scan(BALL_MM, SECOND_MM))
    error_mm, own_error_mm = (float(np.median(edge_error_mm(b, BALL_MM))) for b in (bone, own))
    assert error_mm < 0.15 and abs(error_mm - own_error_mm) < 0.005
    assert bone.figures["labels_contested_percent"] < 1.0


def test_bone_that_is_not_labelled_is_left_out_and_its_volume_told() -> None:
    bone = labelled(scan(BALL_MM, SECOND_MM), BALL_MM < 0)
    field = bone.whole_field()
    k, j, i = np.nonzero(field.values < 0)
    places = field.grid.to_lps(np.stack([i, j, k], 1).astype(float))
    assert np.linalg.norm(places - CENTRE, axis=1).max() < 21.0
    other = bone.figures["removed_other_bone_mm3"]
    assert 0 < other <= 4 / 3 * np.pi * 14**3 * 1.1  # what of it lies in the box around the label
    assert "other bone around it were left out" in bone.sentence


def test_bone_that_goes_on_is_cut_at_the_labels_border_and_it_is_said() -> None:
    bar = np.maximum(np.abs(distance_mm_of_axis(1)) - 5.0, np.abs(distance_mm_of_axis(2)) - 5.0)
    bone = labelled(scan(BALL_MM, bar), BALL_MM < 0)
    field = bone.whole_field()
    k, j, i = np.nonzero(field.values < 0)
    reach = np.linalg.norm(field.grid.to_lps(np.stack([i, j, k], 1).astype(float)) - CENTRE, axis=1).max()
    assert reach < 20.0 + 1.6
    assert 1.0 < bone.figures["labels_contested_percent"] < 20.0


def distance_mm_of_axis(axis: int) -> NDArray[np.float64]:
    """LPS coordinate along an axis, from the ball's centre."""
    k, j, i = np.indices(GRID.shape_kji)
    return np.asarray(GRID.to_lps(np.stack([i, j, k], -1).astype(float))[..., axis] - CENTRE[axis])


def test_what_lies_deep_within_a_label_is_bone_whatever_its_hu() -> None:
    shell = np.maximum(BALL_MM, -distance_mm(CENTRE, 10.0))
    solid = labelled(scan(shell), BALL_MM < 0)
    hollow = labelled(scan(shell), shell < 0)
    at = tuple(np.rint(solid.volume.grid.to_index(CENTRE)).astype(int)[::-1])
    assert solid.whole_field().values[at] < 0 < hollow.whole_field().values[at]
    assert solid.figures["labels_filled_mm3"] == pytest.approx(4 / 3 * np.pi * 10**3, rel=0.15)
    assert hollow.figures["labels_filled_mm3"] < 20
    assert np.median(edge_error_mm(hollow, shell)) < 0.15


def test_a_thin_sheet_that_hu_do_not_show_stays_where_the_label_has_it() -> None:
    k, j, i = np.indices(GRID.shape_kji)
    sheet = (np.abs(i - 70) <= 1) & (np.abs(j - 32) < 8) & (np.abs(k - 32) < 8)
    bone = labelled(scan(BALL_MM), (BALL_MM < 0) | sheet)
    at = tuple(np.rint(bone.volume.grid.to_index(GRID.to_lps(np.array([70.0, 32.0, 32.0])))).astype(int)[::-1])
    assert bone.whole_field().values[at] < 0


@pytest.mark.parametrize("centre", [OTHER, CENTRE])
def test_labels_of_something_else_are_refused(centre: NDArray[np.float64]) -> None:
    volume = scan(BALL_MM) if centre is OTHER else scan(distance_mm(OTHER, 6.0))
    with pytest.raises(ScanUnsuitableError) as refusal:
        labelled(volume, distance_mm(centre, 12.0) < 0)
    assert [r.rule for r in refusal.value.reasons] == ["labels-contradict"]


def test_one_edge_value_by_a_person_holds_for_labels_as_well() -> None:
    bone = segment_labelled(scan(BALL_MM), LabelMap(GRID, BALL_MM < 0, 1.1), edge_hu=400.0)
    assert (bone.edge_hu.values == 400.0).all() and "400 HU, given by a person" in bone.sentence


def test_labels_that_fit_by_their_header_and_not_by_the_patient_are_refused() -> None:
    shell = np.maximum(BALL_MM, -distance_mm(CENTRE, 16.0))
    moved = np.roll(shell < 0, (0, 9, 9), axis=(0, 1, 2))
    with pytest.raises(ScanUnsuitableError, match="of their border alone"):
        labelled(scan(shell), moved)
    slightly = labelled(scan(shell), np.roll(shell < 0, (0, 3, 3), axis=(0, 1, 2)))
    assert 5.0 < slightly.figures["labels_contested_percent"] < 50.0
