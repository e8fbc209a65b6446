"""A small series with a mask on its images, as it was loaded, and labels of it as files that a test can spoil."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import FileDataset

from anatofit.errors import ScanUnsuitableError, WrongPatientError
from anatofit.ingest.labels.read import read_labels
from anatofit.ingest.load import load_scan
from anatofit.model.scan import LoadedScan, ScanLimits
from tests.ingest.dicom_writer import make_series
from tests.ingest.label_writer import bone_mask, complete, rtstruct_of, seg_of, write

LIMITS = ScanLimits()
RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
AXIAL = (1, 0, 0, 0, 1, 0)


@dataclass
class Case:
    """A small series, as it was loaded, and a mask on its images."""

    folder: Path
    images: list[FileDataset]
    scan: LoadedScan
    mask: NDArray[np.bool_]

    @property
    def truth(self) -> NDArray[np.bool_]:
        """The mask on the scan's grid, placed pixel by pixel through patient coordinates."""
        out = np.zeros(self.scan.volume.grid.shape_kji, dtype=bool)
        for image, plane in zip(self.images, self.mask, strict=True):
            axes = np.array(image.ImageOrientationPatient, dtype=float).reshape(2, 3)
            row_mm, column_mm = (float(v) for v in image.PixelSpacing)
            j, i = np.nonzero(plane)
            lps = (
                np.array(image.ImagePositionPatient, dtype=float)
                + i[:, None] * column_mm * axes[0]
                + j[:, None] * row_mm * axes[1]
            )
            out[tuple(np.rint(self.scan.volume.grid.to_index(lps)).astype(int)[:, ::-1].T)] = True
        return out

    def label_affine(self) -> NDArray[np.float64]:
        """`(4, 4)` from (i, j, k) of the loaded grid to LPS."""
        grid, affine = self.scan.volume.grid, np.eye(4)
        affine[:3, :3], affine[:3, 3] = grid.direction_lps * grid.spacing_ijk_mm, grid.origin_lps_mm
        return affine


def make_case(folder: Path, orientation: tuple[int, ...] = AXIAL, sign: int = 1) -> Case:
    """The series on disk, loaded."""
    series = make_series(orientation=orientation, sign=sign)
    scan = load_scan(series.write(folder / "scan"), limits=LIMITS)
    images = complete(series.slices)
    images = sorted(
        images, key=lambda ds: float(np.dot(ds.ImagePositionPatient, np.cross(orientation[:3], orientation[3:])))
    )
    return Case(folder, images, scan, bone_mask((len(images), *images[0].pixel_array.shape)))


def refused(case: Case, path: Path, label: Any = None) -> str:
    """The rule under which the labels are refused; the refusal bears no path and no patient."""
    with pytest.raises((ScanUnsuitableError, WrongPatientError)) as refusal:
        read_labels(path, case.scan, label=label)
    assert "CANARY" not in str(refusal.value).upper() and str(case.folder) not in str(refusal.value)
    (reason,) = refusal.value.reasons
    return reason.rule


def seg(case: Case, change: Callable[[Any], Any] | None = None, masks: Any = None, **more: Any) -> Path:
    """A SEG of the case, spoiled."""
    # what is said of the patient is shared with the images until it is copied
    dataset = copy.deepcopy(seg_of(case.images, masks or [case.mask], **more))
    if change is not None:
        change(dataset)
    return write(case.folder / "seg.dcm", dataset)


def rtstruct(case: Case, change: Callable[[Any], Any] | None = None, mask: Any = None) -> Path:
    """A structure set of the case, spoiled."""
    dataset = rtstruct_of(case.images, case.mask if mask is None else mask)
    if change is not None:
        change(dataset)
    return write(case.folder / "rt.dcm", dataset)
