"""Labels come onto the scan voxel for voxel, whatever form they have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anatofit.ingest.labels.contours import even_odd
from anatofit.ingest.labels.read import inspect_labels, read_labels
from anatofit.ingest.scan import inspect_scan
from anatofit.model.scan import SeriesKind
from tests.ingest.grid_writer import write_nifti, write_nrrd
from tests.ingest.label_case import AXIAL, LIMITS, RAS, Case, make_case, refused, rtstruct, seg
from tests.ingest.label_writer import write

RLE = "1.2.840.10008.1.2.5"
JPEG_LS = "1.2.840.10008.1.2.4.80"
# orientation and sign of the stack: as usual, feet first, prone, sagittal, coronal, mirrored against its normal
STACKS = (
    (AXIAL, 1),
    ((-1, 0, 0, 0, 1, 0), 1),
    ((-1, 0, 0, 0, -1, 0), 1),
    ((0, 1, 0, 0, 0, -1), 1),
    ((1, 0, 0, 0, 0, -1), -1),
    ((1, 0, 0, 0, 1, 0), -1),
)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return make_case(tmp_path)


@pytest.mark.parametrize(("orientation", "sign"), STACKS)
def test_seg_and_structure_set_mark_the_very_voxels_in_every_orientation(
    tmp_path: Path, orientation: tuple[int, ...], sign: int
) -> None:
    case = make_case(tmp_path, orientation, sign)
    for path in (seg(case), rtstruct(case)):
        labels, facts = read_labels(path, case.scan)
        assert (labels.inside == case.truth).all() and facts.voxels == case.mask.sum()
        assert facts.notes == []


@pytest.mark.parametrize(
    ("kind", "syntax"),
    [("LABELMAP", None), ("LABELMAP", RLE), ("LABELMAP", JPEG_LS), ("FRACTIONAL", None)],
)
def test_every_kind_and_coding_of_seg_marks_the_same_voxels(case: Case, kind: str, syntax: str | None) -> None:
    more = {} if syntax is None else {"syntax": syntax}
    labels, facts = read_labels(seg(case, kind=kind, **more), case.scan)
    assert (labels.inside == case.truth).all() and facts.kind == f"DICOM SEG, {kind.lower()}"


def test_of_fractions_half_and_more_is_bone_and_the_rule_is_said(case: Case) -> None:
    fractions = np.where(case.mask, 0.502, 0.49).astype(np.float32)
    labels, facts = read_labels(seg(case, masks=[fractions], kind="FRACTIONAL"), case.scan)
    assert (labels.inside == case.truth).all() and "0.5 of the whole" in facts.notes[0]


@pytest.mark.parametrize("wanted", ["mandible", " Mandible ", 2, "2"])
def test_a_label_is_chosen_by_name_or_number(case: Case, wanted: Any) -> None:
    path = seg(case, masks=[np.roll(case.mask, 3, axis=0), case.mask])
    labels, facts = read_labels(path, case.scan, label=wanted)
    assert facts.number == 2 and (labels.inside == case.truth).all()


def test_overlapping_segments_are_told_apart(case: Case) -> None:
    path = seg(case, masks=[np.ones_like(case.mask), case.mask], kind="BINARY")
    assert read_labels(path, case.scan, label=1)[0].inside.all()
    assert (read_labels(path, case.scan, label=2)[0].inside == case.truth).all()


def test_frames_that_were_left_out_are_empty(case: Case) -> None:
    assert (read_labels(seg(case, omit_empty_frames=True), case.scan)[0].inside == case.truth).all()
    assert (read_labels(seg(case, omit_empty_frames=False), case.scan)[0].inside == case.truth).all()


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd"])
def test_a_label_map_on_the_scans_grid_marks_the_very_voxels(case: Case, name: str) -> None:
    array = case.truth.astype("i2") * 3
    affine, path = case.label_affine(), case.folder / name
    write_nrrd(path, array, affine) if name == "a.nrrd" else write_nifti(path, array, RAS @ affine)
    labels, facts = read_labels(path, case.scan, label=3)
    assert (labels.inside == case.truth).all() and facts.placed.startswith("voxel by voxel")


def test_a_cropped_and_mirrored_label_map_still_marks_the_very_voxels(case: Case) -> None:
    affine = case.label_affine()
    cut = np.ascontiguousarray(case.truth[1:15, 1:12, 2:13][:, :, ::-1]).astype("u1")
    affine[:3, 3] = (affine @ [12, 1, 1, 1])[:3]
    affine[:3, 0] *= -1
    labels, facts = read_labels(write_nifti(case.folder / "a.nii", cut, RAS @ affine), case.scan)
    assert (labels.inside == case.truth).all() and facts.placed.startswith("voxel by voxel")


def test_a_label_map_on_another_grid_gives_each_voxel_its_nearest_label_and_says_so(case: Case) -> None:
    fine = np.repeat(np.repeat(np.repeat(case.truth, 2, 0), 2, 1), 2, 2).astype("u1")
    affine = case.label_affine()
    affine[:3, :3] /= 2
    affine[:3, 3] = (case.label_affine() @ [-0.25, -0.25, -0.25, 1])[:3]
    labels, facts = read_labels(write_nifti(case.folder / "a.nii", fine, RAS @ affine), case.scan)
    assert (labels.inside == case.truth).all() and "nearest voxel of the labels" in facts.placed


def test_a_seg_on_another_grid_gives_each_voxel_its_nearest_label(case: Case) -> None:
    def shifted(ds: Any) -> None:
        for group in ds.PerFrameFunctionalGroupsSequence:
            position = [float(v) for v in group.PlanePositionSequence[0].ImagePositionPatient]
            group.PlanePositionSequence[0].ImagePositionPatient = [position[0] + 0.1, position[1], position[2] + 0.2]

    labels, facts = read_labels(seg(case, shifted), case.scan)
    assert (labels.inside == case.truth).all() and "nearest voxel of the labels" in facts.placed


def test_names_in_a_slicer_label_map_choose_its_numbers(case: Case) -> None:
    extra = ("Segment0_Name:=Skull", "Segment0_LabelValue:=4", "Segment1_Name:=Jaw", "Segment1_LabelValue:=5")
    array = np.where(case.truth, 4, 0).astype("u1")
    array[-1, -1, -1] = 5
    path = write_nrrd(case.folder / "a.seg.nrrd", array, case.label_affine(), extra=extra)
    assert (read_labels(path, case.scan, label="skull")[0].inside == case.truth).all()
    assert refused(case, path) == "labels-choice"


def test_a_folder_with_the_scan_and_one_file_of_labels_leads_to_the_labels(case: Case) -> None:
    seg(case)
    assert (read_labels(case.folder, case.scan)[0].inside == case.truth).all()
    rtstruct(case)
    assert refused(case, case.folder) == "labels-several-files"
    assert refused(case, case.folder / "scan") == "labels-unreadable"


def test_labels_without_a_patient_id_are_read_and_it_is_said(case: Case) -> None:
    _, facts = read_labels(seg(case, lambda ds: setattr(ds, "PatientID", "")), case.scan)
    assert "bear no patient id" in facts.notes[0]


def test_inspect_says_what_labels_are_and_lists_them_escaped(case: Case) -> None:
    names = ("Skull\x1b[31m", "Jaw")
    report = inspect_labels(seg(case, masks=[case.mask, case.mask], names=names))
    (series,) = report.series
    assert series.kind is SeriesKind.LABELS and not report.fit and series.findings[0].rule == "labels-alone"
    assert series.notes == ("labels: 1 'Skull[31m', 2 'Jaw'",)
    assert inspect_labels(rtstruct(case)).series[0].notes == ("labels: 7 'Skull'",)
    assert not inspect_labels(write(case.folder / "other.dcm", case.images[0])).fit


def test_labels_among_the_slices_of_a_scan_are_a_series_of_their_own(case: Case) -> None:
    seg(case)
    report = inspect_scan(case.folder, LIMITS)
    assert report.fit and {s.kind for s in report.series} == {SeriesKind.CT, SeriesKind.LABELS}


def test_a_square_with_a_square_hole_is_filled_by_the_even_odd_rule() -> None:
    outer = np.array([[0.5, 0.5], [8.5, 0.5], [8.5, 6.5], [0.5, 6.5]])
    inner = np.array([[2.5, 2.5], [4.5, 2.5], [4.5, 4.5], [2.5, 4.5]])
    truth = np.zeros((8, 10), dtype=bool)
    truth[1:7, 1:9] = True
    truth[3:5, 3:5] = False
    assert (even_odd([outer, inner], (8, 10)) == truth).all()
    assert (even_odd([inner[::-1], outer], (8, 10)) == truth).all()


def test_a_circle_is_filled_to_the_pixels_whose_centres_lie_in_it() -> None:
    angles = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    polygon = np.stack([20.3 + 12.7 * np.cos(angles), 18.1 + 12.7 * np.sin(angles)], axis=1)
    j, i = np.indices((40, 50))
    assert (even_odd([polygon], (40, 50)) == (np.hypot(i - 20.3, j - 18.1) < 12.7)).all()


def test_polygons_that_share_an_edge_on_pixel_centres_own_each_pixel_once() -> None:
    left = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 6.0], [0.0, 6.0]])
    right = left + np.array([4.0, 0.0])
    one, two = even_odd([left], (8, 10)), even_odd([right], (8, 10))
    assert not (one & two).any() and (one | two).sum() == 8 * 6


def test_a_contour_beyond_the_picture_is_cut_at_its_border() -> None:
    polygon = np.array([[-3.0, -3.0], [20.0, -3.0], [20.0, 20.0], [-3.0, 20.0]])
    assert even_odd([polygon], (5, 6)).all()
