"""A volume written as a CT series: one file a slice, every tag that a reader needs, the same bytes every time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from anatofit.model.volume import Volume

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
J2K_LOSSLESS = "1.2.840.10008.1.2.4.90"
IMPLEMENTATION_UID = "2.25.302044912744163713950206243870416530477"


@dataclass(frozen=True)
class SeriesText:
    """What the tags say; `seed` makes the UIDs."""

    seed: str
    patient_id: str
    description: str
    date: str = "20240115"
    birth_year: int = 1979
    kernel: str = "H60s"
    manufacturer: str = "anatofit phantom"


def uid(*parts: object) -> str:
    """A UID that depends on its parts alone (PS3.5 B.2)."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:15], 'big')}"


def write_series(volume: Volume, folder: Path, text: SeriesText, *, compress: bool = False) -> tuple[Path, ...]:
    """Writes `IM0001.dcm` and so on, foot to head; `compress` takes JPEG 2000 lossless."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for index in range(volume.grid.shape_kji[0]):
        dataset = _slice(volume, index, text)
        if compress:
            dataset.compress(J2K_LOSSLESS, generate_instance_uid=False)
        path = folder / f"IM{index + 1:04d}.dcm"
        dataset.save_as(path, enforce_file_format=True)
        paths.append(path)
    return tuple(paths)


def _slice(volume: Volume, index: int, text: SeriesText) -> Any:
    from pydicom.dataset import Dataset, FileDataset, FileMetaDataset

    instance = uid(text.seed, "instance", index)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CT_IMAGE_STORAGE
    meta.MediaStorageSOPInstanceUID = instance
    meta.TransferSyntaxUID = EXPLICIT_LITTLE
    meta.ImplementationClassUID = IMPLEMENTATION_UID
    dataset = FileDataset("", Dataset(), file_meta=meta, preamble=b"\0" * 128)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID, dataset.SOPInstanceUID = CT_IMAGE_STORAGE, instance
    _who(dataset, text)
    _where(dataset, volume, index)
    _pixels(dataset, volume.hu[index])
    return dataset


def _who(dataset: Any, text: SeriesText) -> None:
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = text.date
    dataset.StudyTime = dataset.SeriesTime = dataset.ContentTime = "120000"
    dataset.AccessionNumber = dataset.ReferringPhysicianName = ""
    dataset.Modality, dataset.Manufacturer = "CT", text.manufacturer
    dataset.PatientName, dataset.PatientID = "Phantom^Sample", text.patient_id
    dataset.PatientBirthDate, dataset.PatientSex = f"{text.birth_year}0101", "O"
    dataset.PatientAge = f"{int(text.date[:4]) - text.birth_year:03d}Y"
    dataset.SeriesDescription, dataset.BodyPartExamined = text.description, "HEAD"
    dataset.KVP, dataset.ConvolutionKernel = "120", text.kernel
    dataset.StudyInstanceUID = uid(text.seed, "study")
    dataset.SeriesInstanceUID = uid(text.seed, "series")
    dataset.FrameOfReferenceUID = uid(text.seed, "frame")
    dataset.StudyID, dataset.SeriesNumber, dataset.AcquisitionNumber = "1", 2, 1
    dataset.PatientPosition, dataset.PositionReferenceIndicator = "HFS", ""


def _where(dataset: Any, volume: Volume, index: int) -> None:
    grid = volume.grid
    position = grid.to_lps(np.array([0.0, 0.0, float(index)]))
    dataset.InstanceNumber = index + 1
    dataset.ImagePositionPatient = [_decimal(v) for v in position]
    dataset.ImageOrientationPatient = [_decimal(v) for v in (*grid.direction_lps[:, 0], *grid.direction_lps[:, 1])]
    dataset.SliceLocation = _decimal(position[2])
    dataset.SliceThickness = _decimal(grid.spacing_ijk_mm[2])
    dataset.PixelSpacing = [_decimal(grid.spacing_ijk_mm[1]), _decimal(grid.spacing_ijk_mm[0])]


def _pixels(dataset: Any, plane: np.ndarray[Any, Any]) -> None:
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = plane.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 1
    dataset.WindowCenter, dataset.WindowWidth = "500", "2500"
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = "0", "1", "HU"
    dataset.PixelData = np.ascontiguousarray(plane, dtype="<i2").tobytes()


def _decimal(value: float) -> str:
    """A decimal string of at most 16 characters (DICOM DS)."""
    return f"{float(value):.8f}".rstrip("0").rstrip(".")[:16] or "0"
