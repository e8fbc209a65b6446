"""Ingest of 300 CT slices of 512 x 512 with every check of geometry and integrity, over `cat` of the same files.

    python -m validation.studies.ingest_speed [--rounds 5] [--profile] [--out results.json]

The series is computed into a folder of passing life: int16, explicit little endian, file names shuffled. Everything is warm: each
round runs every reader once, in turn, after one round that is not counted. Timed within this process: the start of Python and the
loading of libraries are nobody's; the figures of image quality are left out where intake has them. `load_scan` walks the folder,
judges every header, hashes and decodes every file. SimpleITK's series reader and pydicom's loop, beside it, check nothing.
"""

from __future__ import annotations

import cProfile
import hashlib
import pstats
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from validation import record
from validation.odd.writer import dataset

COUNT, SIDE = 300, 512
PIXEL_MM, STEP_MM = 0.488, 0.625
SERIES = "1.2.826.0.1.7.60"


def make_series(folder: Path, count: int = COUNT, side: int = SIDE) -> None:
    """Slices of a head-like pattern with noise, as a scanner's numbers are never the same twice."""
    from pydicom import dcmwrite
    from pydicom.uid import ExplicitVRLittleEndian

    folder.mkdir(parents=True)
    names = [f"IM{n:05d}" for n in range(count)]
    random.Random(1).shuffle(names)
    rng = np.random.default_rng(1)
    j, i = np.indices((side, side)) - (side - 1) / 2
    radius = np.hypot(j, i)
    noise = rng.normal(0, 20, (side, 2 * side)).astype(np.int16)
    for k, name in enumerate(names):
        ds = dataset(ExplicitVRLittleEndian, f"{SERIES}.{k + 1}")
        ds.SeriesInstanceUID, ds.FrameOfReferenceUID, ds.InstanceNumber = SERIES, "1.2.826.0.1.7.9", k + 1
        ds.Rows = ds.Columns = side
        ds.PixelSpacing, ds.SliceThickness = [PIXEL_MM, PIXEL_MM], STEP_MM
        ds.ImagePositionPatient, ds.ImageOrientationPatient = [-125.0, -125.0, 40.0 + STEP_MM * k], [1, 0, 0, 0, 1, 0]
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
        ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, -1024, "HU"
        shell = side * (0.36 + 0.04 * np.sin(k / count * np.pi))
        hu = np.where(radius < shell, 40, -1000) + np.where(np.abs(radius - shell) < side * 0.015, 1100, 0)
        ds.PixelData = (hu + 1024 + noise[:, k : k + side]).astype("<i2").tobytes()
        ds["PixelData"].VR = "OW"
        dcmwrite(folder / name, ds, enforce_file_format=True)


def by_cat(folder: Path) -> None:
    """Every byte of every file through the system's own program."""
    subprocess.run(["cat", *map(str, sorted(folder.iterdir()))], stdout=subprocess.DEVNULL, check=True)


def by_intake(folder: Path) -> None:
    """The whole of intake, as a run asks for it."""
    from anatofit.ingest.load import load_scan
    from anatofit.model.scan import ScanLimits

    load_scan(folder, limits=ScanLimits())


def by_headers(folder: Path) -> None:
    """Of intake, what `inspect` does: headers read and judged, no pixels."""
    from anatofit.ingest.scan import inspect_scan
    from anatofit.model.scan import ScanLimits

    inspect_scan(folder, ScanLimits())


def by_hash(folder: Path) -> None:
    """SHA-256 of every byte, one file after the other: what any reader that hashes must spend on one core."""
    for path in sorted(folder.iterdir()):
        hashlib.sha256(path.read_bytes()).hexdigest()


def by_simpleitk(folder: Path) -> None:
    """The usual way, which checks nothing."""
    import SimpleITK as sitk  # noqa: N813 - its usual name

    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    sitk.GetArrayViewFromImage(reader.Execute())


def by_pydicom(folder: Path) -> None:
    """The usual loop, which checks nothing."""
    from pydicom import dcmread

    read = sorted((dcmread(p) for p in folder.iterdir()), key=lambda ds: float(ds.ImagePositionPatient[2]))
    np.stack([ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept) for ds in read]).astype(np.int16)


READERS: dict[str, Callable[[Path], None]] = {
    "cat": by_cat, "intake": by_intake, "intake_headers_alone": by_headers, "sha256_alone": by_hash,
    "simpleitk": by_simpleitk, "pydicom": by_pydicom,
}  # fmt: skip


def seconds_of(folder: Path, rounds: int) -> list[dict[str, Any]]:
    """One row a round: seconds of every reader, in turn; a round before the first warms everything."""
    rows: list[dict[str, Any]] = []
    for n in range(rounds + 1):
        row: dict[str, Any] = {}
        for name, read in READERS.items():
            start = time.perf_counter()
            read(folder)
            row[name] = time.perf_counter() - start
        if n:
            rows.append(row)
            record.say("  ".join(f"{name} {seconds:.3f} s" for name, seconds in row.items()))
    return rows


def figures_of(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Medians, and the median of each round's own ratio to `cat`: what disturbs a round disturbs both."""
    out = {f"{name}_s": statistics.median(row[name] for row in rows) for name in READERS}
    out["rounds"] = float(len(rows))
    for name in ("intake", "simpleitk", "pydicom"):
        out[f"{name}_ratio"] = statistics.median(row[name] / row["cat"] for row in rows)
    return out


def profile(folder: Path) -> None:
    """Where the time of one warm ingest goes, on the thread that leads it."""
    seen = cProfile.Profile()
    seen.runcall(by_intake, folder)
    pstats.Stats(seen).sort_stats("tottime").print_stats(18)


def main() -> int:
    """0 when the bars hold, else 1."""
    parser = record.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--profile", action="store_true", help="show where the time goes instead")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="anatofit-speed-") as name:
        folder = Path(name) / "scan"
        make_series(folder)
        if options.profile:
            by_intake(folder)
            profile(folder)
            return 0
        rows = seconds_of(folder, options.rounds)
    figures = figures_of(rows)
    missed = record.failures(figures, record.asked_bars("ingest_speed", rounds=options.rounds))
    return record.finish(options.out, "ingest_speed", figures, rows, missed)


if __name__ == "__main__":
    raise SystemExit(main())
