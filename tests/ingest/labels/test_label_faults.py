"""Labels that contradict the scan, or are broken, are refused under their own name."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anatofit.errors import ScanUnsuitableError, WrongPatientError
from anatofit.ingest.labels.read import read_labels
from anatofit.model.volume import Volume
from tests.ingest.grid_writer import write_nifti
from tests.ingest.label_case import RAS, Case, make_case, refused, rtstruct, seg

# one series serves all: no test changes it, and each writes its labels anew


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return make_case(tmp_path_factory.mktemp("labels"))


def other(**tags: Any) -> Callable[[Any], None]:
    """A change that sets tags."""
    return lambda ds: [setattr(ds, k, v) for k, v in tags.items()]  # type: ignore[return-value]


def unplaced(ds: Any) -> None:
    """One frame without a position."""
    del ds.PerFrameFunctionalGroupsSequence[2].PlanePositionSequence


def uneven(ds: Any) -> None:
    """One frame between two slices."""
    position = ds.PerFrameFunctionalGroupsSequence[2].PlanePositionSequence[0].ImagePositionPatient
    position[2] = float(position[2]) + 0.5


def strangers(ds: Any) -> None:
    """Frames drawn on images of another series that has the same UID."""
    for group in ds.PerFrameFunctionalGroupsSequence:
        group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID = "1.2.99"


SEG_FAULTS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "another patient": ("labels-patient", other(PatientID="CANARY-2")),
    "another frame of reference": ("labels-frame", other(FrameOfReferenceUID="1.2.77")),
    "no frame of reference": ("labels-frame", lambda ds: delattr(ds, "FrameOfReferenceUID")),
    "another series": ("labels-reference", lambda ds: setattr(ds.ReferencedSeriesSequence[0], "SeriesInstanceUID", "1.2.88")),
    "other images": ("labels-reference", strangers),
    "a frame without a position": ("labels-grid", unplaced),
    "a frame off the stack": ("labels-grid", uneven),
    "fewer groups than frames": ("labels-grid", lambda ds: ds.PerFrameFunctionalGroupsSequence.pop()),
    "fewer pixels than frames": ("labels-size", lambda ds: setattr(ds, "PixelData", ds.PixelData[:20])),
    "2^31 frames": ("labels-size", other(NumberOfFrames=2**31 - 1)),
    "65535 rows": ("labels-size", other(Rows=65535, Columns=65535)),
    "colour": ("labels-values", other(SamplesPerPixel=3)),
    "another kind": ("labels-values", other(SegmentationType="GUESS")),
    "no segment": ("labels-empty", other(SegmentSequence=[])),
    "nothing marked": ("labels-empty", lambda ds: setattr(ds, "PixelData", bytes(len(ds.PixelData)))),
    "another class": ("labels-unreadable", other(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11")),
}  # fmt: skip


@pytest.mark.parametrize("fault", SEG_FAULTS)
def test_a_fault_of_a_seg_is_refused_by_its_name(fault: str, case: Case) -> None:
    rule, change = SEG_FAULTS[fault]
    assert refused(case, seg(case, change)) == rule


def contours(ds: Any) -> Any:
    """The contours of the only region."""
    return ds.ROIContourSequence[0].ContourSequence


def moved(axis: int, by_mm: float) -> Callable[[Any], None]:
    """A change that moves every contour."""

    def change(ds: Any) -> None:
        for contour in contours(ds):
            data = np.array(contour.ContourData, dtype=float).reshape(-1, 3)
            data[:, axis] += by_mm
            contour.ContourData = [f"{v:.4f}" for v in data.ravel()]

    return change


def oblique(ds: Any) -> None:
    """Contours turned out of the slices."""
    for contour in contours(ds):
        data = np.array(contour.ContourData, dtype=float).reshape(-1, 3)
        data[:, 2] += data[:, 0] * 0.5
        contour.ContourData = [f"{v:.4f}" for v in data.ravel()]


def every_second(ds: Any) -> None:
    """Contours on every second slice only."""
    heights = sorted({float(c.ContourData[2]) for c in contours(ds)})
    ds.ROIContourSequence[0].ContourSequence = [
        c for c in contours(ds) if heights.index(float(c.ContourData[2])) % 2 == 0
    ]


RT_FAULTS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "another patient": ("labels-patient", other(PatientID="CANARY-2")),
    "another frame of reference": ("labels-frame", lambda ds: setattr(ds.StructureSetROISequence[0], "ReferencedFrameOfReferenceUID", "1.2.77")),
    "other images": ("labels-reference", lambda ds: setattr(contours(ds)[0].ContourImageSequence[0], "ReferencedSOPInstanceUID", "1.2.99")),
    "contours between slices": ("labels-grid", moved(2, 0.4)),
    "contours that cross the slices": ("labels-grid", oblique),
    "contours outside the scan": ("labels-extent", moved(0, 50.0)),
    "contours above the scan": ("labels-extent", moved(2, 1.25 * 15)),
    "contours on every second slice": ("labels-contours", every_second),
    "points": ("labels-contours", lambda ds: setattr(contours(ds)[0], "ContourGeometricType", "POINT")),
    "two points": ("labels-contours", lambda ds: setattr(contours(ds)[0], "ContourData", ["1", "2", "3", "4", "5", "6"])),
    "no contour": ("labels-empty", lambda ds: setattr(ds.ROIContourSequence[0], "ContourSequence", [])),
    "no region": ("labels-empty", other(StructureSetROISequence=[])),
}  # fmt: skip


@pytest.mark.parametrize("fault", RT_FAULTS)
def test_a_fault_of_a_structure_set_is_refused_by_its_name(fault: str, case: Case) -> None:
    rule, change = RT_FAULTS[fault]
    assert refused(case, rtstruct(case, change)) == rule


def test_an_unknown_label_is_refused_with_the_list_of_what_there_is(case: Case) -> None:
    path = seg(case, masks=[case.mask, case.mask], names=("Skull", "Jaw\n\u202e"))
    assert refused(case, path, "Femur") == "labels-unknown"
    with pytest.raises(ScanUnsuitableError, match=r"1 'Skull', 2 'Jaw") as refusal:
        read_labels(path, case.scan, label=9)
    assert "\n" not in str(refusal.value) and "\u202e" not in str(refusal.value)


def test_several_labels_without_a_choice_are_refused(case: Case) -> None:
    assert refused(case, seg(case, masks=[case.mask, case.mask])) == "labels-choice"
    assert refused(case, seg(case, masks=[case.mask, case.mask], names=("Bone", "bone")), "Bone") == "labels-choice"


def grid(case: Case, array: Any, affine: Any = None, **fields: Any) -> Path:
    """A label map on the scan's grid, or another one."""
    return write_nifti(
        case.folder / "a.nii", array, RAS @ (case.label_affine() if affine is None else affine), **fields
    )


def moved_by(case: Case, x_mm: float) -> Any:
    """The scan's own grid, somewhere else."""
    affine = case.label_affine()
    affine[0, 3] += x_mm
    return affine


GRID_FAULTS: dict[str, tuple[str, Callable[[Case], Path]]] = {
    "decimals": ("labels-values", lambda c: grid(c, c.truth * np.float32(0.5))),
    "measurements": ("labels-values", lambda c: grid(c, np.arange(c.truth.size, dtype="i4").reshape(c.truth.shape))),
    "nothing": ("labels-empty", lambda c: grid(c, np.zeros(c.truth.shape, "u1"))),
    "4-D": ("research-dimensions", lambda c: grid(c, c.truth.astype("u1"), dim=(4, 16, 24, 20, 2, 1, 1, 1))),
    "no orientation": ("research-space", lambda c: grid(c, c.truth.astype("u1"), codes=(0, 0))),
    "another place": ("labels-extent", lambda c: grid(c, c.truth.astype("u1"), moved_by(c, 99.0))),
    "no label map": ("labels-unreadable", lambda c: grid(c, c.truth.astype("u1"), magic=b"xxxx")),
    "no such file": ("labels-unreadable", lambda c: c.folder / "none.dcm"),
}  # fmt: skip


@pytest.mark.parametrize("fault", GRID_FAULTS)
def test_a_fault_of_a_label_map_is_refused_by_its_name(fault: str, case: Case) -> None:
    rule, make = GRID_FAULTS[fault]
    assert refused(case, make(case)) == rule


def test_a_label_map_that_ends_within_the_bone_is_refused_and_one_that_ends_with_it_is_not(case: Case) -> None:
    hu = np.full(case.truth.shape, -1000, dtype=np.int16)
    hu[4:16, 4:16, 3:13] = 1200
    scan = replace(case.scan, volume=Volume(case.scan.volume.grid, hu))
    bone = (hu > 0).astype("u1")
    whole, half = grid(case, np.ascontiguousarray(bone[:16])), case.folder / "b.nii"
    assert read_labels(whole, scan)[1].voxels == bone.sum()
    write_nifti(half, np.ascontiguousarray(bone[:10]), RAS @ case.label_affine())
    with pytest.raises(ScanUnsuitableError, match="the bone going on"):
        read_labels(half, scan)


def test_dicom_labels_of_a_research_volume_cannot_be_compared(case: Case) -> None:
    research = replace(case.scan, facts=case.scan.facts.model_copy(update={"research": "NIfTI-1"}))
    with pytest.raises(ScanUnsuitableError) as refusal:
        read_labels(seg(case), research)
    assert refusal.value.reasons[0].rule == "labels-frame"
    assert read_labels(grid(case, case.truth.astype("u1")), research)[1].voxels == case.mask.sum()


def test_a_link_is_not_followed(case: Case) -> None:
    link = case.folder / "link.dcm"
    link.symlink_to(seg(case))
    assert refused(case, link) == "labels-unreadable"


def test_a_deflated_object_is_refused_before_it_is_unpacked(case: Case) -> None:
    data, path = seg(case).read_bytes(), case.folder / "deflated.dcm"
    plain, deflated = b"UI\x14\x001.2.840.10008.1.2.1\0", b"UI\x16\x001.2.840.10008.1.2.1.99"
    assert data.count(plain) == 1
    path.write_bytes(data[:1000].replace(plain, deflated) + zlib.compress(bytes(50_000_000)))
    assert refused(case, path) == "labels-unreadable"


@settings(max_examples=150)
@given(position=st.integers(132, 6000), value=st.binary(min_size=1, max_size=6), structures=st.booleans())
def test_any_bytes_give_labels_or_a_named_refusal(case: Case, position: int, value: bytes, structures: bool) -> None:
    data = bytearray((_kept(case, structures)).read_bytes())
    at = position % len(data)
    data[at : at + len(value)] = value
    path = case.folder / "mutated.dcm"
    path.write_bytes(bytes(data))
    with suppress(ScanUnsuitableError, WrongPatientError):
        read_labels(path, case.scan)


def _kept(case: Case, structures: bool) -> Path:
    """One file of each kind, written once."""
    path = case.folder / f"kept-{structures}.dcm"
    if not path.exists():
        (rtstruct(case) if structures else seg(case)).rename(path)
    return path
