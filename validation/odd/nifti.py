"""A reader of NIfTI-1 for the studies, by the format's own definition: no code of those whose files it reads."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from validation.odd.judge import Read

DTYPES = {4: "<i2", 8: "<i4", 16: "<f4", 64: "<f8", 512: "<u2"}


def read_nifti(path: Path) -> Read:
    """The values scaled by slope and intercept, placed by the sform (RAS mm, turned to LPS)."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    head = data[:348]
    dim = np.frombuffer(head, "<i2", 8, 40)
    assert data[344:347] == b"n+1" and dim[0] == 3, "one volume in one file"
    offset = int(np.frombuffer(head, "<f4", 1, 108)[0])
    slope, intercept = (float(v) for v in np.frombuffer(head, "<f4", 2, 112))
    assert int(np.frombuffer(head, "<i2", 1, 254)[0]) > 0, "an affine by its sform"
    ras = np.frombuffer(head, "<f4", 12, 280).reshape(3, 4).astype(np.float64)
    shape = tuple(int(n) for n in dim[3:0:-1])
    code = int(np.frombuffer(head, "<i2", 1, 70)[0])
    hu = np.frombuffer(data, DTYPES[code], count=int(np.prod(shape)), offset=offset).reshape(shape)
    scaled = hu if slope in (0.0, 1.0) and intercept == 0.0 else hu * slope + intercept
    return Read(ras * np.array([[-1.0], [-1.0], [1.0]]), scaled)
