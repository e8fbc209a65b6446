"""A small writer of CT series with an asymmetric pattern, whose every tag a test can spoil."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmwrite
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

CT_CLASS = "1.2.840.10008.5.1.4.1.1.2"
ROWS, COLUMNS, SLICES = 24, 16, 20
STEP_MM, ROW_MM, COLUMN_MM = 1.25, 0.5, 0.75


def pattern() -> NDArray[np.int16]:
    """`[k, j, i]` HU that no turn or mirroring maps onto itself."""
    k, j, i = np.meshgrid(np.arange(SLICES), np.arange(ROWS), np.arange(COLUMNS), indexing="ij")
    hu = (-1000 + 37 * i + 11 * j + 53 * k).astype(np.int16)
    hu[3:9, 2:7, 4:6] = 1900
    return hu


@dataclass
class Series:
    """A series under way: `slices` are datasets that a test may change before `write`."""

    slices: list[FileDataset] = field(default_factory=list)

    def write(self, folder: Path, *, prefix: str = "f") -> Path:
        """Every slice as a file, names in no order of position."""
        folder.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for n, dataset in enumerate(self.slices):
                dcmwrite(
                    folder / f"{prefix}{(n * 7) % 101:03d}-{n}", dataset, enforce_file_format=True, **form(dataset)
                )
        return folder


def form(dataset: FileDataset) -> dict[str, bool]:
    """How the writer must encode: as the transfer syntax says."""
    syntax = dataset.file_meta.TransferSyntaxUID
    return (
        {} if syntax.is_compressed else {"implicit_vr": syntax.is_implicit_VR, "little_endian": syntax.is_little_endian}
    )


def one_slice(
    hu: NDArray[Any], *, position: NDArray[Any], orientation: list[float], number: int, uid: str
) -> FileDataset:
    """One CT slice, explicit little endian, 16 bits signed, intercept -24."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = CT_CLASS
    meta.MediaStorageSOPInstanceUID = f"{uid}.{number + 1}"
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = CT_CLASS, f"{uid}.{number + 1}"
    ds.Modality, ds.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.PatientID, ds.PatientName, ds.PatientBirthDate = "CANARY-17", "Canary^Yellow", "19700203"
    ds.StudyDate, ds.SeriesNumber, ds.InstanceNumber = "20240115", 2, number + 1
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = "1.2.3", uid, "1.2.3.9"
    ds.Rows, ds.Columns = hu.shape
    ds.PixelSpacing = [ROW_MM, COLUMN_MM]
    ds.SliceThickness = STEP_MM
    ds.ImagePositionPatient = [f"{v:.6f}" for v in position]
    ds.ImageOrientationPatient = orientation
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, -24, "HU"
    ds.PixelData = (hu.astype(np.int16) + 24).astype("<i2").tobytes()
    return ds


def make_series(
    *,
    orientation: tuple[float, ...] = (1, 0, 0, 0, 1, 0),
    origin: tuple[float, ...] = (-3.0, 5.0, 40.0),
    sign: int = 1,
    step_mm: float = STEP_MM,
    count: int = SLICES,
    uid: str = "1.2.3.4",
) -> Series:
    """The pattern as a series; `sign` -1 lays the slices against the normal of their orientation."""
    hu = pattern()
    normal = np.cross(orientation[:3], orientation[3:]) * sign
    places = [np.array(origin) + normal * step_mm * k for k in range(count)]
    return Series([
        one_slice(hu[k % SLICES], position=places[k], orientation=list(orientation), number=k, uid=uid)
        for k in range(count)
    ])  # fmt: skip
