"""A label map in NIfTI or NRRD: whole numbers on a grid, one of which is the bone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.ingest.labels.marked import Marked, Wanted, choose
from anatofit.ingest.labels.overlay import NEAREST, SAME_GRID, Block, lattice, place, refuse_cut, resample
from anatofit.ingest.research.gridfile import HARMLESS_BYTES, GridFile, OpenValues, read_grid_header, unreadable_named
from anatofit.ingest.research.stops import stop
from anatofit.model.scan import LoadedScan

# More different values than any atlas of the body has: these are measurements, no labels.
MOST_LABELS = 2000


def read_label_grid(path: Path, scan: LoadedScan, label: Wanted) -> Marked:
    """The label that is meant, on the scan's grid. Raises ScanUnsuitableError."""
    with _as_labels():
        # labels of the scan's own size are no bomb, however well they pack
        head = read_grid_header(path, harmless_bytes=max(HARMLESS_BYTES, 8 * scan.volume.hu.size))
        with unreadable_named():
            present, sha256 = _present(head)
            number = choose({n: head.names.get(n, "") for n in present}, label)
            inside, again = _inside(head, number)
    if again != sha256:
        raise stop("changed-file", "The file of the labels changed while it was being read")
    block, grid = Block(inside, head.affine_lps_mm), scan.volume.grid
    whole = lattice(head.affine_lps_mm, head.shape_ijk, grid)
    placed = place([(block, whole)], grid) if whole is not None else resample(block, grid)
    refuse_cut(block, scan.volume)
    return Marked(
        placed, f"{head.form} label map", number, sha256, float(head.spacing_mm.max()),
        SAME_GRID if whole is not None else NEAREST,
        (*head.notes, "a label map names neither patient nor images: only coordinates were compared"),
    )  # fmt: skip


@contextmanager
def _as_labels() -> Iterator[None]:
    """A fault of the file is one of the labels here; where its own rule says more, that rule stays."""
    try:
        yield
    except ScanUnsuitableError as error:
        said = [
            Reason("labels-unreadable" if r.rule == "research-unreadable" else r.rule, f"Labels: {r.message}")
            for r in error.reasons
        ]
        raise ScanUnsuitableError(said) from error


def _present(head: GridFile) -> tuple[list[int], str]:
    """Every number but zero that the file holds, and its sha256."""
    values = OpenValues(head)
    seen: set[int] = set()
    for plane in values.slices():
        seen |= {int(v) for v in np.unique(_whole(plane, head))}
        if len(seen) > MOST_LABELS:
            raise stop("labels-values", f"The file holds more than {MOST_LABELS} different values: no labels")
    return sorted(seen - {0}), _combined(values)


def _inside(head: GridFile, number: int) -> tuple[NDArray[np.bool_], str]:
    values = OpenValues(head)
    out = np.zeros(head.shape_ijk[::-1], dtype=bool)
    for k, plane in enumerate(values.slices()):
        out[k] = _whole(plane, head) == number
    return out, _combined(values)


def _combined(values: OpenValues) -> str:
    hashes = values.hashes
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()


def _whole(plane: NDArray[Any], head: GridFile) -> NDArray[Any]:
    if head.slope == 1.0 and head.intercept == 0.0 and plane.dtype.kind != "f":
        return plane
    values = plane.astype(np.float64) * head.slope + head.intercept
    if not np.isfinite(values).all() or not (values == np.rint(values)).all():
        raise stop("labels-values", "The file holds values that are no whole numbers")
    return values
