"""A file of numbers on one grid (NIfTI or NRRD): its header as plain numbers, its values slice by slice, each checked before it is believed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.research.stops import stop
from anatofit.ingest.research.streams import HashedFile, Inflated, Source, read_exactly, skip
from anatofit.ingest.volume.turned import skew_of
from anatofit.model.frame import FloatArray

SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".nhdr")
# A whole head at 0.25 mm has fewer.
MOST_VOXELS = 1 << 28
SIDE_VOXELS = 4096
# gzip packs a CT to a third or a half, a mask by some hundreds at the most; beyond this it is a bomb, unless it is small anyhow.
MOST_EXPANSION = 200
HARMLESS_BYTES = 1 << 26
# A cosine: the far voxel of a 250 mm image then lies 0.05 mm off (as ingest/series/stack.py allows the directions of slices).
SKEW = 2e-4
# A patient's head or body part, and no millimetre taken for a metre.
EXTENT_MM = (10.0, 3000.0)
SPACING_MM = (0.01, 50.0)


@dataclass(frozen=True)
class GridFile:
    """What a header says. affine_lps_mm: `(4, 4)` from index (i, j, k), the fastest first, to LPS mm.

    packed: "whole" (all of the file is gzip), "data" (only the values are) or "". head_bytes, skip_lines, skip_bytes: what
    lies before the values in the file, then in what is read after it. names: what the file calls its labels.
    """

    form: str
    path: Path = field(repr=False, compare=False)
    data_path: Path | None = field(repr=False, compare=False)
    shape_ijk: tuple[int, int, int]
    dtype: np.dtype[Any] | None
    affine_lps_mm: FloatArray
    slope: float = 1.0
    intercept: float = 0.0
    packed: str = ""
    head_bytes: int = 0
    skip_lines: int = 0
    skip_bytes: int = 0
    notes: tuple[str, ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)

    @property
    def voxels(self) -> int:
        """How many values it holds."""
        return self.shape_ijk[0] * self.shape_ijk[1] * self.shape_ijk[2]

    @property
    def spacing_mm(self) -> FloatArray:
        """(3,) step along each stored axis."""
        return np.asarray(np.linalg.norm(self.affine_lps_mm[:3, :3], axis=0))

    @property
    def data_bytes(self) -> int:
        """Bytes of the unpacked values; of values written as text the fewest that they can take."""
        return self.voxels * (self.dtype.itemsize if self.dtype is not None else 2)


def is_grid_file(path: Path) -> bool:
    """Whether its name is that of a NIfTI or NRRD file."""
    return path.name.lower().endswith(SUFFIXES)


def read_grid_header(path: Path, *, harmless_bytes: int = HARMLESS_BYTES) -> GridFile:
    """The header of the file, judged. Raises ScanUnsuitableError under the rule that it breaks; nothing large is allocated."""
    from anatofit.ingest.research.nifti import read_nifti
    from anatofit.ingest.research.nrrd import read_nrrd

    read = read_nrrd if path.name.lower().endswith((".nrrd", ".nhdr")) else read_nifti
    with unreadable_named():
        head = read(path)
        _judge(head, harmless_bytes)
    return head


@contextmanager
def unreadable_named() -> Iterator[None]:
    """What reading a broken file raises becomes a refusal by name."""
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # numbers of a broken header, judged afterwards
            yield
    except EOFError as error:
        raise stop("research-truncated", "The file ends before its values do") from error
    except (zlib.error, ValueError, OverflowError) as error:
        raise stop("research-unreadable", f"The file is broken ({type(error).__name__})") from error
    except OSError as error:
        why = (error.strerror or "it is no plain file").lower()
        raise stop("research-unreadable", f"The file cannot be read: {why}") from error


def _judge(head: GridFile, harmless_bytes: int) -> None:
    if max(head.shape_ijk) > SIDE_VOXELS or head.voxels > MOST_VOXELS:
        size = " x ".join(map(str, head.shape_ijk))
        raise stop("research-size", f"The header asks for {size} voxels, at most {MOST_VOXELS} are read")
    if min(head.shape_ijk) < 2:
        raise stop("research-dimensions", "The file holds one slice or none, a volume is wanted")
    _judge_places(head)
    held = (head.data_path or head.path).stat().st_size
    if head.packed and head.data_bytes > harmless_bytes and head.data_bytes > MOST_EXPANSION * held:
        was = f"{held} packed bytes would unpack to {head.data_bytes}, {MOST_EXPANSION} times as many are the most"
        raise stop("research-size", was)
    if not head.packed and held < head.head_bytes + head.data_bytes:
        raise stop("research-truncated", f"The file holds {held} bytes, its header asks for {head.data_bytes} and more")


def _judge_places(head: GridFile) -> None:
    spacing = head.spacing_mm
    if not np.isfinite(head.affine_lps_mm).all() or float(spacing.min()) <= 0.0:
        raise stop("research-space", "The directions of the voxels are no usable numbers")
    extent = spacing * np.array(head.shape_ijk)
    if not (SPACING_MM[0] <= spacing.min() and spacing.max() <= SPACING_MM[1]
            and EXTENT_MM[0] <= extent.max() <= EXTENT_MM[1]):  # fmt: skip
        was = f"The volume measures {extent.max():g} mm with voxels of {spacing.min():g} to {spacing.max():g} mm"
        raise stop("research-units", was)
    skew = skew_of(head.affine_lps_mm)
    if skew > SKEW:
        raise stop(
            "research-sheared",
            f"Two axes depart from right angles by {np.degrees(np.arcsin(min(skew, 1.0))):.2f} degrees",
        )


@dataclass
class OpenValues:
    """The values of a file under way; `hashes` are known when all was read."""

    head: GridFile
    hashes: list[str] = field(default_factory=list)
    left_over: bool = False

    def slices(self) -> Iterator[NDArray[Any]]:
        """`(rows, columns)` arrays as they are stored, slowest axis first. Raises EOFError, zlib.error or ValueError."""
        files = [HashedFile(self.head.path)]
        try:
            if self.head.data_path is not None:
                files.append(HashedFile(self.head.data_path))
            source = self._positioned(files[-1])
            yield from _text_slices(self.head, source) if self.head.dtype is None else _binary_slices(self.head, source)
            self.left_over = bool(source.read(1))
            self.hashes = [file.close() for file in files]
        finally:
            for file in files:
                file.abandon()

    def _positioned(self, file: HashedFile) -> Source:
        """The stream, with what lies before the values passed over."""
        head = self.head
        source: Source = Inflated(file) if head.packed == "whole" else file
        skip(source, head.head_bytes)
        for _ in range(head.skip_lines):
            file.line(1 << 20)
        if head.packed == "data":
            source = Inflated(file)
        skip(source, head.skip_bytes)
        return source


def _binary_slices(head: GridFile, source: Source) -> Iterator[NDArray[Any]]:
    columns, rows, count = head.shape_ijk
    assert head.dtype is not None
    for _ in range(count):
        data = read_exactly(source, rows * columns * head.dtype.itemsize)
        yield np.frombuffer(data, dtype=head.dtype).reshape(rows, columns)


def _text_slices(head: GridFile, source: Source) -> Iterator[NDArray[Any]]:
    columns, rows, count = head.shape_ijk
    held, rest = np.zeros(0), b""
    for _ in range(count):
        while len(held) < rows * columns:
            data = source.read(1 << 16)
            text = rest + data
            cut = len(text) if not data else max(text.rfind(b" "), text.rfind(b"\n")) + 1
            rest = text[cut:]
            if (not data and not text) or len(rest) > 1 << 12:
                raise EOFError("numbers are missing")
            held = np.concatenate([held, np.array(text[:cut].split(), dtype=np.float64)])
        yield held[: rows * columns].reshape(rows, columns)
        held = held[rows * columns :]
