"""Stored pixels of single frames of a segmentation. Plain ones are read here; what must be decoded is decoded in a process of its own.

    python -m anatofit.ingest.labels.seg_frames < one line of frame numbers, then the object

A decoder believes what the compressed data say of their size; the process may take so much memory and time and no more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.header.tags import Getter
from anatofit.ingest.pixel.coding import LOSSLESS, NATIVE
from anatofit.ingest.research.stops import stop

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

# 300 frames of 512 x 512 with 16 bits and what the interpreter and its libraries take.
MOST_MEMORY_BYTES = 1 << 30
MOST_SECONDS = 60
_MODULE = "anatofit.ingest.labels.seg_frames"


def frame_pixels(dataset: FileDataset, indices: Sequence[int], *, most_pixels: int) -> list[NDArray[Any]]:
    """`(rows, columns)` stored numbers of each frame that is asked for, counted from 0. Raises ScanUnsuitableError."""
    get = Getter(dataset)
    rows, columns = get.integer("Rows") or 0, get.integer("Columns") or 0
    frames, bits = get.integer("NumberOfFrames") or 1, get.integer("BitsAllocated") or 0
    if bits not in (1, 8, 16) or (get.integer("SamplesPerPixel") or 1) != 1:
        raise stop(
            "labels-values", f"The pixels have {bits} bits or several samples; one sample of 1, 8 or 16 bits is wanted"
        )
    if rows * columns * max(len(indices), 1) > most_pixels:
        raise stop("labels-size", f"{len(indices)} frames of {columns} x {rows} pixels are more than a scan has")
    syntax = str(dataset.file_meta.get("TransferSyntaxUID", ""))
    if syntax in NATIVE:
        return _plain(dataset, indices, (rows, columns), bits=bits, frames=frames)
    if syntax not in LOSSLESS:
        raise stop(
            "labels-unreadable",
            "The pixels are coded in a way that is not read for labels; write them plain or with RLE",
        )
    return _decoded_apart(dataset, indices, (rows, columns), bits)


def _plain(
    dataset: FileDataset, indices: Sequence[int], shape: tuple[int, int], *, bits: int, frames: int
) -> list[NDArray[Any]]:
    """Frames follow each other bit by bit, the first pixel in the lowest bit (PS3.5, 8.1.1)."""
    size = shape[0] * shape[1]
    data = np.frombuffer(dataset.PixelData, dtype=np.uint8)
    if len(data) * 8 < frames * size * bits:
        raise stop("labels-size", f"The segmentation holds {len(data)} bytes of pixels, {frames} frames were stated")
    if bits == 1:
        return [_bits(data, n * size, size).reshape(shape) for n in indices]
    order = "<" if dataset.original_encoding[1] else ">"
    words = data[: frames * size * bits // 8].view(np.dtype(f"{order}u{bits // 8}"))
    return [words[n * size : (n + 1) * size].reshape(shape) for n in indices]


def _bits(data: NDArray[np.uint8], first: int, count: int) -> NDArray[np.uint8]:
    low, high = first // 8, -(-(first + count) // 8)
    return np.unpackbits(data[low:high], bitorder="little")[first - 8 * low :][:count]


def _decoded_apart(
    dataset: FileDataset, indices: Sequence[int], shape: tuple[int, int], bits: int
) -> list[NDArray[Any]]:
    whole = BytesIO()
    dataset.save_as(whole, enforce_file_format=True)
    asked = json.dumps(list(map(int, indices))).encode() + b"\n" + whole.getvalue()
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own module
            [sys.executable, "-P", "-m", _MODULE], input=asked, capture_output=True, timeout=MOST_SECONDS, check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise stop("labels-unreadable", f"The pixels were not decoded within {MOST_SECONDS} seconds") from error
    word = np.dtype("<u2" if bits == 16 else "u1")
    size = shape[0] * shape[1]
    if done.returncode != 0 or len(done.stdout) != size * len(indices) * word.itemsize:
        raise stop("labels-unreadable", "The compressed pixels cannot be decoded")
    words = np.frombuffer(done.stdout, dtype=word)
    return [words[n * size : (n + 1) * size].reshape(shape) for n in range(len(indices))]


def main() -> None:
    """Decodes the frames that the first line of standard input names, to standard output."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    from pydicom import dcmread
    from pydicom.pixels import iter_pixels

    asked = json.loads(sys.stdin.buffer.readline())
    dataset = dcmread(BytesIO(sys.stdin.buffer.read()))
    word = np.dtype("<u2" if dataset.BitsAllocated == 16 else "u1")
    for frame in iter_pixels(dataset, indices=asked, raw=True):
        sys.stdout.buffer.write(frame.astype(word).tobytes())


if __name__ == "__main__":
    main()
