"""A DICOM Segmentation (PS3.3, A.51 and C.8.20): its frames at their own places, each compared with the scan.

Frames are placed one by one, by the position and orientation that each bears: no array is made over what the file claims to span.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.header.tags import Getter
from anatofit.ingest.labels.marked import Marked, Wanted, choose, compare_frame, compare_patient, compare_references
from anatofit.ingest.labels.overlay import NEAREST, SAME_GRID, Block, lattice, place, refuse_cut, resample
from anatofit.ingest.labels.seg_frames import frame_pixels
from anatofit.ingest.research.stops import stop
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid
from anatofit.model.scan import LoadedScan

if TYPE_CHECKING:
    from pydicom.dataset import Dataset, FileDataset

MOST_FRAMES = 100_000
SIDE_PIXELS = 4096
MOST_PIXELS = 1 << 28
# Steps of a stack count as even within this share of the step (as ingest/series/stack.py).
EVEN_SHARE = 0.01
MOST_SLICES = 4096
# A fraction from which on a voxel is taken as bone: half of it is covered, or it is as likely bone as not.
FRACTION = 0.5


def segment_names(dataset: FileDataset) -> dict[int, str]:
    """Number and name of every segment; a label map's background is none."""
    segments = [Getter(s) for s in dataset.get("SegmentSequence", [])]
    numbered = {s.integer("SegmentNumber"): s.text("SegmentLabel") for s in segments}
    return {n: name for n, name in numbered.items() if n is not None and n > 0}


def read_seg(dataset: FileDataset, scan: LoadedScan, label: Wanted, *, sha256: str) -> Marked:
    """The segment that is meant, on the scan's grid. Raises ScanUnsuitableError or WrongPatientError."""
    get = Getter(dataset)
    notes = compare_patient(dataset, scan) + compare_frame(
        get.uid("FrameOfReferenceUID") if get.values("FrameOfReferenceUID") else "", scan
    )
    _check_size(get)
    number = choose(segment_names(dataset), label)
    kind = get.text("SegmentationType").upper()
    frames = _frames_of(dataset, None if kind == "LABELMAP" else number)
    notes += compare_references(_series(dataset), [uid for f in frames for uid in f.images], scan)
    marks, note = _marks(dataset, frames, kind, number)
    step = next((max(f.pixel_mm) for f in frames), 0.0)
    inside, placed, step_mm = _placed(frames, marks, scan)
    return Marked(inside, f"DICOM SEG, {kind.lower()}", number, sha256, max(step, step_mm), placed, tuple(notes + note))


def _check_size(get: Getter) -> None:
    rows, columns, frames = (get.integer(k) or 0 for k in ("Rows", "Columns", "NumberOfFrames"))
    if not (0 < rows <= SIDE_PIXELS and 0 < columns <= SIDE_PIXELS and 0 < frames <= MOST_FRAMES):
        raise stop("labels-size", f"The segmentation states {frames} frames of {columns} x {rows} pixels")


@dataclass(frozen=True)
class _Frame:
    """One frame: its number in the file, where it lies, and the images it was drawn on."""

    index: int
    position_lps_mm: FloatArray
    rows_lps: FloatArray
    columns_lps: FloatArray
    pixel_mm: tuple[float, float]
    shape_ij: tuple[int, int]
    images: tuple[str, ...]

    @property
    def normal_lps(self) -> FloatArray:
        return np.asarray(np.cross(self.rows_lps, self.columns_lps))

    def affine(self, step_mm: float) -> FloatArray:
        """`(4, 4)` from (i, j, k) to LPS mm, the normal as third axis."""
        out = np.eye(4)
        out[:3, 0], out[:3, 1] = self.rows_lps * self.pixel_mm[1], self.columns_lps * self.pixel_mm[0]
        out[:3, 2], out[:3, 3] = self.normal_lps * step_mm, self.position_lps_mm
        return out


def _frames_of(dataset: FileDataset, number: int | None) -> list[_Frame]:
    """The frames of one segment, or all of them. Raises ScanUnsuitableError where one bears no place in the patient."""
    groups = dataset.get("PerFrameFunctionalGroupsSequence", [])
    shared = next(iter(dataset.get("SharedFunctionalGroupsSequence", [])), None)
    if len(groups) != Getter(dataset).integer("NumberOfFrames"):
        raise stop("labels-grid", "The frames of the segmentation do not bear a position in the patient each")
    mine = [n for n, group in enumerate(groups) if number is None or _segment(group, shared) == number]
    return [_frame(n, groups[n], shared, dataset) for n in mine]


def _segment(group: Dataset, shared: Dataset | None) -> int | None:
    item = _item("SegmentIdentificationSequence", group, shared)
    return item.integer("ReferencedSegmentNumber") if item else None


def _item(keyword: str, group: Dataset, shared: Dataset | None) -> Getter | None:
    """The first item of a functional group: the frame's own, else the shared one (PS3.3, C.7.6.16)."""
    for holder in (group, shared):
        item = next(iter(holder.get(keyword, [])), None) if holder is not None else None
        if item is not None:
            return Getter(item)
    return None


def _frame(index: int, group: Dataset, shared: Dataset | None, dataset: FileDataset) -> _Frame:
    plane, turn, pixel = (
        _item(keyword, group, shared)
        for keyword in ("PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence")
    )
    position = plane.numbers("ImagePositionPatient", count=3) if plane else None
    axes = turn.numbers("ImageOrientationPatient", count=6) if turn else None
    spacing = pixel.numbers("PixelSpacing", count=2) if pixel else None
    if position is None or axes is None or spacing is None or min(spacing) <= 0:
        raise stop("labels-grid", "The frames of the segmentation do not bear a position in the patient each")
    rows, columns = np.array(axes[:3]), np.array(axes[3:])
    if abs(np.linalg.norm(rows) - 1) > 1e-3 or abs(np.linalg.norm(columns) - 1) > 1e-3 or abs(rows @ columns) > 1e-3:
        raise stop("labels-grid", "The orientation of a frame is no pair of perpendicular unit directions")
    get = Getter(dataset)
    shape = (get.integer("Columns") or 0, get.integer("Rows") or 0)
    return _Frame(index, np.array(position), rows, columns, (spacing[0], spacing[1]), shape, tuple(_images(group)))


def _images(group: Dataset) -> Iterator[str]:
    """The images that a frame was derived from."""
    for derived in group.get("DerivationImageSequence", []):
        yield from (Getter(source).uid("ReferencedSOPInstanceUID") for source in derived.get("SourceImageSequence", []))


def _series(dataset: FileDataset) -> list[str]:
    return [Getter(s).uid("SeriesInstanceUID") for s in dataset.get("ReferencedSeriesSequence", [])]


def _marks(
    dataset: FileDataset, frames: Sequence[_Frame], kind: str, number: int
) -> tuple[list[NDArray[np.bool_]], list[str]]:
    """Which pixels of each frame are marked, and the rule where they are fractions."""
    pixels = frame_pixels(dataset, [f.index for f in frames], most_pixels=MOST_PIXELS)
    if kind == "BINARY":
        return [p > 0 for p in pixels], []
    if kind == "LABELMAP":
        return [p == number for p in pixels], []
    whole = Getter(dataset).integer("MaximumFractionalValue")
    if kind != "FRACTIONAL" or not whole or whole < 1:
        raise stop("labels-values", "The segmentation is neither binary, a label map, nor a fraction of a known whole")
    said = f"of a fractional segmentation, voxels from {FRACTION:g} of the whole on were taken as bone"
    return [p >= FRACTION * whole for p in pixels], [said]


def _placed(
    frames: Sequence[_Frame], marks: Sequence[NDArray[np.bool_]], scan: LoadedScan
) -> tuple[NDArray[np.bool_], str, float]:
    """The marked voxels on the scan's grid, how they came there, and the longest step of their own grid."""
    grid = scan.volume.grid
    along = _on_slices(frames, grid)
    if along is not None:
        blocks = [(Block(m[None], f.affine(1.0)), whole) for f, m, whole in zip(frames, marks, along, strict=True)]
        return place(blocks, grid), SAME_GRID, float(grid.spacing_ijk_mm.max())
    block, step_mm = _stacked(frames, marks, float(grid.spacing_ijk_mm.max()))
    inside = resample(block, grid)
    refuse_cut(block, scan.volume)
    return inside, NEAREST, step_mm


def _on_slices(frames: Sequence[_Frame], grid: Grid) -> list[NDArray[np.int64]] | None:
    """Of each frame the whole numbers from its index to the scan's; None where one does not lie on the scan's own voxels."""
    out = []
    for frame in frames:
        axis = int(np.argmax(np.abs(frame.normal_lps @ grid.direction_lps)))
        whole = lattice(frame.affine(float(grid.spacing_ijk_mm[axis])), (*frame.shape_ij, 1), grid)
        if whole is None:
            return None
        out.append(whole)
    return out


def _stacked(frames: Sequence[_Frame], marks: Sequence[NDArray[np.bool_]], scan_step_mm: float) -> tuple[Block, float]:
    """The frames as one block, empty where one was left out. Raises ScanUnsuitableError where they make no even stack."""
    first = frames[0]
    if any(
        np.abs(f.rows_lps - first.rows_lps).max() > 1e-4 or np.abs(f.columns_lps - first.columns_lps).max() > 1e-4
        for f in frames
    ):
        raise stop("labels-grid", "The frames of the segmentation have different orientations")
    offsets = np.array([f.position_lps_mm - first.position_lps_mm for f in frames])
    along = offsets @ first.normal_lps
    order = np.argsort(along, kind="stable")
    steps = np.diff(along[order])
    step_mm = float(steps[steps > 1e-3].min()) if (steps > 1e-3).any() else scan_step_mm
    places = (along - along.min()) / step_mm
    numbers = np.rint(places).astype(np.int64)
    sideways = np.abs(offsets - np.outer(along, first.normal_lps)).max()
    if np.abs(places - numbers).max() > EVEN_SHARE * len(frames) or sideways > 0.05 or len(set(numbers)) < len(frames):
        raise stop("labels-grid", "The frames of the segmentation make no even stack")
    if numbers.max() >= MOST_SLICES or (numbers.max() + 1) * marks[0].size > MOST_PIXELS:
        raise stop("labels-size", f"The frames of the segmentation span {int(numbers.max()) + 1} slices")
    inside = np.zeros((int(numbers.max()) + 1, *marks[0].shape), dtype=bool)
    for n, mark in zip(numbers, marks, strict=True):
        inside[n] = mark
    return Block(inside, frames[int(order[0])].affine(step_mm)), max(step_mm, *first.pixel_mm)
