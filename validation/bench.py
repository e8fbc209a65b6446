"""Scan to pack beside the surface alone of dicom2stl at its full resolution, on one 512 x 512 x 300 head.

    python -m validation.bench --work FOLDER [--pairs 3] [--out results.json]

The head (a computed phantom, 157 MB) and dicom2stl 0.5.0 in an environment of its own are made in FOLDER once. Runs are
interleaved in pairs, wall time and peak memory are those of the whole process. A time counts only if the run was good:
exit 0 and, for anatofit, every requirement held. The two do different work: dicom2stl makes a surface and nothing else.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from validation import record

PEER = "dicom2stl==0.5.0"
# Bone at 300 HU (its own default is 0 HU, the skin, and several times slower); without `--disable shrink` it halves
# the resolution, and says so on stdout only.
PEER_OPTIONS = ("--isovalue", "300", "--disable", "shrink", "--largest")
SHAPE_KJI = (300, 512, 512)
SPACING_MM = (0.488, 0.488, 0.625)
VOLUME_MB = SHAPE_KJI[0] * SHAPE_KJI[1] * SHAPE_KJI[2] * 2 / 1e6
HELP_RUNS = 5
MAKE_CASE = "import sys, pathlib; from validation.bench import make_case; make_case(pathlib.Path(sys.argv[1]))"
COMMAND = "from anatofit.cli.main import main; main()"


@dataclass(frozen=True)
class Timing:
    """One process: wall and processor seconds, peak memory in MB (10^6 bytes), exit code."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    exit: int


def measure(command: list[str], *, cwd: Path) -> Timing:
    """Runs one process to its end. Peak memory is its own, as the system counts it."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    return Timing(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6, process.returncode)


def make_case(folder: Path) -> None:
    """The order of the large head and its scan, computed once."""
    path = folder / "prescription.toml"
    if path.is_file():
        return
    import numpy as np

    from anatofit.model.grid import Grid
    from anatofit.samples.head import PRESCRIPTION, TEXT
    from anatofit.samples.phantom import HeadPhantom
    from anatofit.samples.render import Scanner, scan_phantom
    from anatofit.samples.series import write_series

    phantom = HeadPhantom()
    low = np.round(np.array(phantom.pose.origin_lps_mm) - (124.7, 126.0, 96.0), 3)
    volume = scan_phantom(phantom, Grid(SHAPE_KJI, low, np.array(SPACING_MM)), Scanner(noise_hu=20.0))
    write_series(volume, folder / "scan", TEXT)
    path.write_text(PRESCRIPTION, encoding="utf-8")


def make_peer(folder: Path) -> Path:
    """dicom2stl in an environment of its own, installed once."""
    program = folder / "bin" / "dicom2stl"
    if not program.is_file():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", PEER], check=True)
    return program


def run_pairs(prescription: Path, peer: Path, work: Path, pairs: int) -> list[dict[str, Any]]:
    """A warm-up of both, then pairs A B A B."""
    rows: list[dict[str, Any]] = []
    for number in range(pairs + 1):
        for name, command in _commands(prescription, peer, work, number).items():
            timing = measure(command, cwd=work)
            if number:
                rows.append({"pair": number, "program": name, **timing.__dict__})
            which = f"pair {number}" if number else "warm-up"
            record.say(
                f"{which:8} {name:10} {timing.wall_s:7.1f} s wall {timing.cpu_s:7.1f} s cpu {timing.peak_mb:7.0f} MB  "
                f"exit {timing.exit}"
            )
    return rows


def _commands(prescription: Path, peer: Path, work: Path, number: int) -> dict[str, list[str]]:
    ours = [sys.executable, "-c", COMMAND, "run", str(prescription), "--out", str(work / f"pack{number}"), "--force"]
    theirs = [str(peer), *PEER_OPTIONS, "-o", str(work / f"peer{number}.stl"), str(prescription.parent / "scan")]
    return {"anatofit": ours, "dicom2stl": theirs}


def help_s() -> float:
    """Median wall seconds of `anatofit --help`."""
    times = [measure([sys.executable, "-c", COMMAND, "--help"], cwd=Path.cwd()).wall_s for _ in range(HELP_RUNS)]
    return statistics.median(times)


def figures_of(rows: list[dict[str, Any]], help_seconds: float) -> dict[str, float]:
    """Ratios of pairs, medians, and memory in volumes above the base."""

    def column(program: str, name: str) -> list[float]:
        return [row[name] for row in rows if row["program"] == program]

    def ratios_of(name: str) -> list[float]:
        return [a / b for a, b in zip(column("anatofit", name), column("dicom2stl", name), strict=True)]

    ratios = ratios_of("wall_s")
    peak = max(column("anatofit", "peak_mb"))
    base = record.bars("bench")["memory_base_mb"]
    return {
        "wall_ratio": statistics.median(ratios), "wall_ratio_lowest": min(ratios), "wall_ratio_highest": max(ratios),
        "cpu_ratio": statistics.median(ratios_of("cpu_s")),
        "anatofit_wall_s": statistics.median(column("anatofit", "wall_s")), "dicom2stl_wall_s": statistics.median(column("dicom2stl", "wall_s")),
        "anatofit_peak_mb": peak, "dicom2stl_peak_mb": max(column("dicom2stl", "peak_mb")), "volume_mb": VOLUME_MB,
        "memory_volumes": max(0.0, peak - base) / VOLUME_MB, "help_s": help_seconds,
        "pairs": float(len(ratios)), "bad_runs": float(sum(row["exit"] != 0 for row in rows)),
    }  # fmt: skip


def missed_bars(figures: dict[str, float]) -> list[str]:
    """The bars that do not hold; a run that was not good makes its time void."""
    return record.failures(figures, record.asked_bars("bench", pairs=figures["pairs"]))


def main() -> int:
    """0 when the bars hold, else 1."""
    parser = record.parser(__doc__)
    parser.add_argument(
        "--work", type=Path, required=True, help="folder for the case, the peer and what both write (about 1 GB)"
    )
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    # in a process of its own: a child's peak memory, as the system counts it, begins with its parent's
    subprocess.run([sys.executable, "-c", MAKE_CASE, str(work / "case")], check=True)
    prescription, peer = work / "case" / "prescription.toml", make_peer(work / "peer")
    rows = run_pairs(prescription, peer, work, options.pairs)
    figures = figures_of(rows, help_s())
    return record.finish(options.out, "bench", figures, rows, missed_bars(figures))


if __name__ == "__main__":
    raise SystemExit(main())
