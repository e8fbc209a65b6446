"""Labels of the small series as other programs write them: a SEG by highdicom, a structure set by pydicom alone."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

RTSTRUCT_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"
Change = Callable[[Any], Any]


def bone_mask(shape_kji: tuple[int, int, int]) -> NDArray[np.bool_]:
    """A label that no turn or mirroring maps onto itself, hollow in part."""
    mask = np.zeros(shape_kji, dtype=bool)
    mask[3:9, 2:9, 4:10] = True
    mask[5:7, 4:6, 6:8] = False
    mask[8:12, 2:4, 4:5] = True
    return mask


def seg_of(
    images: Sequence[FileDataset], masks: Sequence[NDArray[Any]], *, kind: str = "BINARY", names: Sequence[str] = ("Skull", "Mandible"),
    syntax: str = ExplicitVRLittleEndian, **more: Any,
) -> FileDataset:  # fmt: skip
    """A segmentation of the images, one mask (`[k, j, i]` in their order) for each segment; fractions where `kind` says so."""
    import highdicom as hd
    from pydicom.sr.codedict import codes

    described = [
        hd.seg.SegmentDescription(
            segment_number=n + 1, segment_label=names[n], segmented_property_category=codes.SCT.Tissue,
            segmented_property_type=codes.SCT.Bone, algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
        )
        for n in range(len(masks))
    ]  # fmt: skip
    dtype = np.float32 if kind == "FRACTIONAL" else np.uint8
    array = np.stack(masks, axis=-1).astype(dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return hd.seg.Segmentation(
            source_images=list(images), pixel_array=array, segmentation_type=hd.seg.SegmentationTypeValues(kind),
            segment_descriptions=described, series_instance_uid="1.2.9", series_number=9, sop_instance_uid="1.2.9.1",
            instance_number=1, manufacturer="x", manufacturer_model_name="x", software_versions="1",
            device_serial_number="1", transfer_syntax_uid=syntax, **more,
        )  # fmt: skip


def complete(images: Sequence[FileDataset]) -> list[FileDataset]:
    """The images in order of position, with what highdicom asks of a source."""
    for ds in images:
        ds.StudyTime, ds.StudyID, ds.AccessionNumber, ds.ReferringPhysicianName, ds.PatientSex = (
            "120000",
            "1",
            "",
            "",
            "O",
        )
        ds.PositionReferenceIndicator = ""
    return sorted(images, key=lambda ds: float(ds.ImagePositionPatient[2]))


def outline_points(mask: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Closed loops `(n, 2)` (column, row) along the borders of the pixels of a plane, half way between centres."""
    edges: dict[tuple[int, int], list[tuple[int, int]]] = {}
    padded = np.pad(mask, 1)
    for j, i in np.argwhere(mask):
        for dj, di, a, b in (
            (-1, 0, (0, 0), (1, 0)),
            (0, 1, (1, 0), (1, 1)),
            (1, 0, (1, 1), (0, 1)),
            (0, -1, (0, 1), (0, 0)),
        ):
            if not padded[j + 1 + dj, i + 1 + di]:
                edges.setdefault((i + a[0], j + a[1]), []).append((i + b[0], j + b[1]))
    loops = []
    while edges:
        start = at = next(iter(edges))
        loop = []
        while True:
            loop.append(at)
            following = edges[at].pop()
            if not edges[at]:
                del edges[at]
            at = following
            if at == start:
                break
        loops.append(np.array(loop, dtype=float) - 0.5)
    return loops


def rtstruct_of(
    images: Sequence[FileDataset], mask: NDArray[np.bool_], *, name: str = "Skull", number: int = 7
) -> FileDataset:
    """A structure set with the outline of the mask on every slice that it touches."""
    first = images[0]
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = (
        ExplicitVRLittleEndian,
        RTSTRUCT_CLASS,
        "1.2.8.1",
    )
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = RTSTRUCT_CLASS, "1.2.8.1", "RTSTRUCT"
    ds.PatientID, ds.PatientName, ds.StudyInstanceUID, ds.SeriesInstanceUID = (
        first.PatientID,
        "Canary^Yellow",
        "1.2.3",
        "1.2.8",
    )
    region = _item(ROINumber=number, ReferencedFrameOfReferenceUID=first.FrameOfReferenceUID, ROIName=name)
    ds.StructureSetROISequence = [region]
    series = _item(SeriesInstanceUID=first.SeriesInstanceUID)
    study = _item(RTReferencedSeriesSequence=[series])
    ds.ReferencedFrameOfReferenceSequence = [
        _item(FrameOfReferenceUID=first.FrameOfReferenceUID, RTReferencedStudySequence=[study])
    ]
    contours = [c for n, image in enumerate(images) for c in _contours(image, mask[n])]
    ds.ROIContourSequence = [_item(ReferencedROINumber=number, ContourSequence=contours)]
    return ds


def _contours(image: FileDataset, plane: NDArray[np.bool_]) -> list[Dataset]:
    axes = np.array(image.ImageOrientationPatient, dtype=float).reshape(2, 3)
    row_mm, column_mm = (float(v) for v in image.PixelSpacing)
    out = []
    for loop in outline_points(plane):
        lps = (
            np.array(image.ImagePositionPatient, dtype=float)
            + loop[:, :1] * column_mm * axes[0]
            + loop[:, 1:] * row_mm * axes[1]
        )
        out.append(_item(
            ContourGeometricType="CLOSED_PLANAR", NumberOfContourPoints=len(lps), ContourData=[f"{v:.4f}" for v in lps.ravel()],
            ContourImageSequence=[_item(ReferencedSOPClassUID=image.SOPClassUID, ReferencedSOPInstanceUID=image.SOPInstanceUID)],
        ))  # fmt: skip
    return out


def _item(**tags: Any) -> Dataset:
    ds = Dataset()
    for keyword, value in tags.items():
        setattr(ds, keyword, value)
    return ds


def write(path: Path, dataset: FileDataset) -> Path:
    """The object as a file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(path, enforce_file_format=True)
    return path
