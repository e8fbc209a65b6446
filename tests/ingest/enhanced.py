"""A writer of Enhanced CT objects whose functional groups a test can spoil."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as DicomSequence

from tests.ingest.dicom_writer import Series

ENHANCED, LEGACY = "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2"
_FRAME_TAGS = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept",
               "RescaleType", "SliceThickness", "ImageType", "InstanceNumber")  # fmt: skip


def item(**tags: Any) -> Dataset:
    """One item of a sequence."""
    ds = Dataset()
    for keyword, value in tags.items():
        setattr(ds, keyword, value)
    return ds


def groups_of(ds: FileDataset, *, stack: str, number: int) -> Dataset:
    """The functional groups of one slice that change from frame to frame."""
    return item(
        FrameContentSequence=DicomSequence([item(StackID=stack, InStackPositionNumber=number, DimensionIndexValues=[1, number])]),
        PlanePositionSequence=DicomSequence([item(ImagePositionPatient=ds.ImagePositionPatient)]),
        PixelValueTransformationSequence=DicomSequence([
            item(RescaleSlope=ds.RescaleSlope, RescaleIntercept=ds.RescaleIntercept, RescaleType="HU")
        ]),
    )  # fmt: skip


def shared_groups(ds: FileDataset) -> Dataset:
    """What all frames have in common."""
    return item(
        PlaneOrientationSequence=DicomSequence([item(ImageOrientationPatient=ds.ImageOrientationPatient)]),
        PixelMeasuresSequence=DicomSequence([item(PixelSpacing=ds.PixelSpacing, SliceThickness=ds.SliceThickness)]),
        CTImageFrameTypeSequence=DicomSequence([item(FrameType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"])]),
    )


def enhanced(stacks: Sequence[Series], *, sop_class: str = ENHANCED, order: Sequence[int] | None = None) -> FileDataset:
    """All slices as frames of one object, in `order`; each series is a stack of its own."""
    placed = [(str(n + 1), k + 1, ds) for n, series in enumerate(stacks) for k, ds in enumerate(series.slices)]
    placed = [placed[i] for i in (range(len(placed)) if order is None else order)]
    first = placed[0][2]
    ds = copy.deepcopy(first)
    for keyword in _FRAME_TAGS:
        if keyword in ds:
            delattr(ds, keyword)
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = sop_class
    ds.ImageType, ds.NumberOfFrames = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"], len(placed)
    ds.SharedFunctionalGroupsSequence = DicomSequence([shared_groups(first)])
    ds.PerFrameFunctionalGroupsSequence = DicomSequence([groups_of(d, stack=s, number=n) for s, n, d in placed])
    ds.PixelData = b"".join(np.frombuffer(d.PixelData, "<i2").tobytes() for _, _, d in placed)
    return ds


def write(ds: FileDataset, folder: Path, name: str = "object") -> Path:
    """The object as the only file of its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    dcmwrite(folder / name, ds, enforce_file_format=True)
    return folder
