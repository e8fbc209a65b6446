"""An RT Structure Set (PS3.3, A.19 and C.8.8.6): closed contours filled on the slices that they were drawn on, by the even-odd rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.header.tags import Getter
from anatofit.ingest.labels.marked import Marked, Wanted, choose, compare_frame, compare_patient, compare_references
from anatofit.ingest.research.stops import stop
from anatofit.ingest.rules import listed
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid
from anatofit.model.scan import LoadedScan
from anatofit.model.words import counted

if TYPE_CHECKING:
    from pydicom.dataset import Dataset, FileDataset

# Planning systems round coordinates to a tenth of a millimetre; what lies further off a slice was not drawn on it.
PLANE_MM = 0.1
# Slices without a contour between others: above this share a person or program drew on some slices only.
LEFT_OUT_SHARE = 0.1
CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
MOST_POINTS = 20_000_000


@dataclass(frozen=True)
class _Contour:
    """points_lps_mm: `(n, 3)` corners of a closed polygon."""

    points_lps_mm: FloatArray
    images: tuple[str, ...]


def roi_names(dataset: FileDataset) -> dict[int, str]:
    """Number and name of every region."""
    regions = [Getter(r) for r in dataset.get("StructureSetROISequence", [])]
    return {n: r.text("ROIName") for r in regions if (n := r.integer("ROINumber")) is not None}


def read_rtstruct(dataset: FileDataset, scan: LoadedScan, label: Wanted, *, sha256: str) -> Marked:
    """The region that is meant, on the scan's grid. Raises ScanUnsuitableError or WrongPatientError."""
    notes = compare_patient(dataset, scan)
    number = choose(roi_names(dataset), label)
    notes += compare_frame(_frame_of(dataset, number), scan)
    contours = _contours(dataset, number)
    if not contours:
        raise stop("labels-empty", f"Region {number} has no contour")
    notes += compare_references(list(_series(dataset)), [uid for c in contours for uid in c.images], scan)
    grid = scan.volume.grid
    axis, filled = _filled([grid.to_index(c.points_lps_mm) for c in contours], grid)
    inside = np.zeros(grid.shape_kji, dtype=bool)
    slices = np.moveaxis(inside, 2 - axis, 0)
    for n, mask in filled.items():
        slices[n] = mask
    notes += _left_out(sorted(filled))
    return Marked(
        inside, "RTSTRUCT, closed contours", number, sha256, float(grid.spacing_ijk_mm.max()),
        "contours filled on the scan's slices (even-odd rule; a voxel counts where its centre lies inside)", tuple(notes),
    )  # fmt: skip


def _frame_of(dataset: FileDataset, number: int) -> str:
    region = next(Getter(r) for r in dataset.StructureSetROISequence if Getter(r).integer("ROINumber") == number)
    return region.uid("ReferencedFrameOfReferenceUID") if region.values("ReferencedFrameOfReferenceUID") else ""


def _series(dataset: FileDataset) -> Iterator[str]:
    for frame in dataset.get("ReferencedFrameOfReferenceSequence", []):
        for study in frame.get("RTReferencedStudySequence", []):
            yield from (Getter(s).uid("SeriesInstanceUID") for s in study.get("RTReferencedSeriesSequence", []))


def _contours(dataset: FileDataset, number: int) -> list[_Contour]:
    regions = [r for r in dataset.get("ROIContourSequence", []) if Getter(r).integer("ReferencedROINumber") == number]
    items = [c for r in regions for c in r.get("ContourSequence", [])]
    kinds = Counter(Getter(c).text("ContourGeometricType") for c in items)
    if others := sum(n for kind, n in kinds.items() if kind not in CLOSED):
        raise stop("labels-contours", f"{others} of {len(items)} contours are no closed outlines in a plane")
    contours = [_Contour(_points(c), tuple(_images(c))) for c in items]
    if sum(len(c.points_lps_mm) for c in contours) > MOST_POINTS:
        raise stop("labels-size", f"The contours have more than {MOST_POINTS} points")
    return contours


def _points(contour: Dataset) -> FloatArray:
    """Read from the bytes as they stand: a number object for each of millions of coordinates would fill the memory."""
    value = contour.get_item("ContourData").value
    texts = value.decode("ascii").split("\\") if isinstance(value, bytes) else [str(v) for v in value]
    numbers = np.array(texts, dtype=np.float64)
    if len(numbers) % 3 or len(numbers) < 9 or not np.isfinite(numbers).all():
        raise stop("labels-contours", "A contour has fewer than three points, or coordinates that are no numbers")
    return numbers.reshape(-1, 3)


def _images(contour: Dataset) -> Iterator[str]:
    yield from (Getter(i).uid("ReferencedSOPInstanceUID") for i in contour.get("ContourImageSequence", []))


def _filled(indexed: Sequence[FloatArray], grid: Grid) -> tuple[int, dict[int, NDArray[np.bool_]]]:
    """The axis (i, j, k as 0, 1, 2) that the contours are drawn across, and what they fill of each slice along it."""
    axis = _axis(indexed, grid)
    step_mm = float(grid.spacing_ijk_mm[axis])
    places = np.array([float(p[:, axis].mean()) for p in indexed])
    numbers = np.rint(places).astype(np.int64)
    off_mm = np.array([np.abs(p[:, axis] - n).max() * step_mm for p, n in zip(indexed, numbers, strict=True)])
    if (off_mm > PLANE_MM).any():
        worst = listed([f"{d:.2f}" for d in sorted(off_mm[off_mm > PLANE_MM], reverse=True)])
        raise stop("labels-grid", f"{int((off_mm > PLANE_MM).sum())} contours lie off the scan's slices, by {worst} mm")
    _within(indexed, numbers, axis, grid)
    others = [a for a in range(3) if a != axis]
    shape = (grid.shape_kji[2 - others[1]], grid.shape_kji[2 - others[0]])
    return axis, {
        int(n): even_odd([p[:, others] for p, m in zip(indexed, numbers, strict=True) if m == n], shape)
        for n in np.unique(numbers)
    }


def _axis(indexed: Sequence[FloatArray], grid: Grid) -> int:
    depth_mm = np.max([np.ptp(p, axis=0) for p in indexed], axis=0) * grid.spacing_ijk_mm
    axis = int(np.argmin(depth_mm))
    if float(depth_mm[axis]) > 2 * PLANE_MM:
        raise stop(
            "labels-grid",
            f"The contours are not drawn on the scan's slices: they span {depth_mm[axis]:.2f} mm across them",
        )
    return axis


def _within(indexed: Sequence[FloatArray], numbers: NDArray[np.int64], axis: int, grid: Grid) -> None:
    counts = np.array(grid.shape_kji[::-1])
    beyond = [p for p in indexed if (p < -1.0).any() or (p > counts).any()]
    if beyond or numbers.min() < 0 or numbers.max() >= counts[axis]:
        raise stop("labels-extent", f"{max(len(beyond), 1)} contours lie outside the scan")


def even_odd(polygons: Sequence[FloatArray], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Pixels `(rows, columns)` whose centre lies inside an odd number of closed polygons `(n, 2)`, given as (column, row).

    Each edge owns the rows from its lower end to before its upper one, so that a corner is crossed once (Foley and van Dam, 3.6).
    """
    crossings = np.zeros((shape[0], shape[1] + 1), dtype=np.int32)
    for points in polygons:
        (u0, v0), (u1, v1) = points.T, np.roll(points, -1, axis=0).T
        first = np.clip(np.ceil(np.minimum(v0, v1)), 0, shape[0]).astype(np.int64)
        last = np.clip(np.ceil(np.maximum(v0, v1)), 0, shape[0]).astype(np.int64)
        edge = np.repeat(np.arange(len(points)), last - first)
        rows = np.arange(len(edge)) - np.repeat(np.cumsum(last - first) - (last - first), last - first) + first[edge]
        at = u0[edge] + (rows - v0[edge]) * (u1[edge] - u0[edge]) / (v1[edge] - v0[edge])
        np.add.at(crossings, (rows, np.clip(np.ceil(at), 0, shape[1]).astype(np.int64)), 1)
    return np.asarray(np.cumsum(crossings[:, :-1], axis=1) % 2 == 1)


def _left_out(numbers: Sequence[int]) -> list[str]:
    between = numbers[-1] - numbers[0] + 1 - len(numbers)
    if between > LEFT_OUT_SHARE * (numbers[-1] - numbers[0] + 1):
        raise stop(
            "labels-contours",
            f"{between} of {numbers[-1] - numbers[0] + 1} slices between the first and the last contour have none",
        )
    return [f"{counted(between, 'slice')} between others without a contour: taken as empty"] if between else []
