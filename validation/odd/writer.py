"""Datasets of a series out of a layout: the phantom sampled at each pixel's true place, in any form of stored number."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from validation.odd.layout import Layout
from validation.odd.phantom import phantom_hu

CT_CLASS = "1.2.840.10008.5.1.4.1.1.2"
# Shown nowhere by anyone who keeps identities to himself.
PATIENT = ("ODD-1", "Odd^Series", "19500101")


@dataclass(frozen=True)
class Stored:
    """The form of a stored number: stored = (HU - intercept) / slope, in `bits` whose highest is `high`."""

    slope: float = 1.0
    intercept: float = -1024.0
    signed: bool = False
    bits: int = 16
    high: int | None = None
    garbage: bool = False

    def words(self, hu: NDArray[np.float64]) -> NDArray[np.uint16]:
        """HU as they lie in 16 bits; with `garbage`, bits outside the number are set at random, as old overlays did."""
        numbers = np.rint((hu - self.intercept) / self.slope).astype(np.int64)
        low, top = (-(1 << self.bits - 1), (1 << self.bits - 1) - 1) if self.signed else (0, (1 << self.bits) - 1)
        mask = (1 << self.bits) - 1
        shift = (self.bits - 1 if self.high is None else self.high) + 1 - self.bits
        words = (np.clip(numbers, low, top) & mask) << shift
        if self.garbage:
            words |= np.random.default_rng(5).integers(0, 1 << 16, words.shape) & ~(mask << shift) & 0xFFFF
        return np.asarray(words.astype(np.uint16))


def rounded(values: Sequence[float] | NDArray[Any], digits: int = 9) -> list[str]:
    """Decimal strings of at most 16 characters (PS3.5, 6.2)."""
    return [f"{float(v):.{digits}f}"[:16] for v in values]


def dataset(syntax: str, uid: str, *, sop_class: str = CT_CLASS) -> FileDataset:
    """An empty image with its file meta and its patient."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, uid
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, uid
    ds.Modality, ds.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.PatientID, ds.PatientName, ds.PatientBirthDate = PATIENT
    ds.StudyDate, ds.SeriesNumber, ds.StudyInstanceUID = "20240115", 3, "1.2.826.0.1.7"
    ds.PatientPosition, ds.ConvolutionKernel = "HFS", "STANDARD"
    return ds


def slices(
    at: Layout,
    stored: Stored | Sequence[Stored] = Stored(),
    *,
    uid: str = "1.2.826.0.1.7.1",
    digits: int = 9,
) -> list[FileDataset]:
    """One dataset a slice, explicit little endian."""
    forms = [stored] * len(at.first) if isinstance(stored, Stored) else list(stored)
    out = []
    for k, form in enumerate(forms):
        ds = dataset(ExplicitVRLittleEndian, f"{uid}.{k + 1}")
        ds.SeriesInstanceUID, ds.FrameOfReferenceUID, ds.InstanceNumber = uid, "1.2.826.0.1.7.9", k + 1
        ds.ImagePositionPatient = rounded(at.first[k], digits)
        ds.ImageOrientationPatient = rounded([*at.row, *at.column], 13)
        ds.PixelSpacing, ds.SliceThickness = rounded([at.row_mm, at.column_mm]), "1.25"
        put_pixels(ds, form, phantom_hu(at.points(k)))
        out.append(ds)
    return out


def put_pixels(ds: Dataset, form: Stored, hu: NDArray[np.float64]) -> None:
    """The picture and every tag that tells how it is stored."""
    ds.Rows, ds.Columns = hu.shape[-2:]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored = 16, form.bits
    ds.HighBit = form.bits - 1 if form.high is None else form.high
    ds.PixelRepresentation = int(form.signed)
    ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = f"{form.slope:g}", f"{form.intercept:g}", "HU"
    ds.PixelData = form.words(hu).astype("<u2").tobytes()
    ds["PixelData"].VR = "OW"


def words_of(ds: Dataset) -> NDArray[np.uint16]:
    """The stored words of a dataset that is not compressed."""
    return np.frombuffer(ds.PixelData, "<u2").reshape(ds.Rows, ds.Columns)


def write(series: Sequence[FileDataset], folder: Path, *, prefix: str = "s", suffix: str = ".dcm") -> None:
    """Every dataset as a file, in an order of names that is not the order of places."""
    folder.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some of what is written is wrong on purpose
        for n, ds in enumerate(series):
            dcmwrite(folder / f"{prefix}{n * 37 % 101:03d}-{n}{suffix}", ds, enforce_file_format=True, **_form(ds))


def _form(ds: FileDataset) -> dict[str, bool]:
    syntax = ds.file_meta.TransferSyntaxUID
    if syntax.is_compressed:
        return {}
    return {"implicit_vr": syntax.is_implicit_VR, "little_endian": syntax.is_little_endian}
