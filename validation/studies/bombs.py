"""Hostile files given to intake, each in a process of its own: its peak memory, its seconds and the rule it names.

Beside each: what the plain library (pydicom, zipfile; lib3mf and trimesh for surfaces) does with the same file under a cap on memory and time. A row of another
subject (a mesh, a network peer) is one more entry of `CASES`.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from validation import record
from validation.hostile import HOSTILE
from validation.hostile_surfaces import HOSTILE as SURFACES

# What the plain libraries may take at most, so that the machine lives.
CAP_BYTES = 4 * 2**30
CAP_SECONDS = 60.0
PLAIN = """
import sys, warnings, zipfile
warnings.simplefilter("ignore")
path = sys.argv[1]
try:
    if path.endswith(".zip"):
        archive = zipfile.ZipFile(path)
        said = f"{sum(len(archive.read(n)) for n in archive.namelist())} bytes read"
    elif path.endswith(".3mf"):
        import lib3mf
        model = (lib3mf.get_wrapper() if hasattr(lib3mf, "get_wrapper") else lib3mf.Wrapper()).CreateModel()
        model.QueryReader("3mf").ReadFromFile(path)
        said = "read"
    elif path.endswith((".stl", ".ply", ".obj")):
        import trimesh
        said = f"read, {len(trimesh.load(path, force='mesh').faces)} triangles"
    else:
        import pydicom
        dataset = pydicom.dcmread(path)
        said = f"read, {len(dataset.get('PixelData', b''))} bytes of pixels"
except BaseException as error:
    said = type(error).__name__
print(said)
"""
# A child's peak as the kernel hands it to its parent counts what the parent held when it forked: each tells its own at its end.
PEAK = """
import atexit, sys
def _peak():
    with open("/proc/self/status") as status:
        print(next(line for line in status if line.startswith("VmHWM:")), file=sys.stderr)
atexit.register(_peak)
"""
# A machine that does other work beside makes any single run slow: the best of so many is the program's own.
TRIES = 5
OURS = "from anatofit.cli.main import main; main()"


@dataclass(frozen=True)
class Case:
    """One hostile input: its row of the catalogue, the rule that is wanted, how it is laid down (the scan, and the file in it)."""

    row: str
    rule: str
    write: Callable[[Path], tuple[Path, Path]]


def _laid(name: str) -> Callable[[Path], tuple[Path, Path]]:
    def write(folder: Path) -> tuple[Path, Path]:
        scan = HOSTILE[name].write(folder)
        return scan, folder / f"file{HOSTILE[name].suffix}"

    return write


def _surface(name: str) -> Callable[[Path], tuple[Path, Path]]:
    def write(folder: Path) -> tuple[Path, Path]:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"file{SURFACES[name].suffix}"
        SURFACES[name].write(path)
        return path, path

    return write


CASES: dict[str, Case] = {
    **{name: Case(h.row, h.rule, _laid(name)) for name, h in HOSTILE.items()},
    **{name: Case(h.row, h.rule, _surface(name)) for name, h in SURFACES.items()},
}


@dataclass(frozen=True)
class Cost:
    """What a process took: wall and processor seconds from start to end, peak resident megabytes, what it said, its exit code
    (-1: stopped).
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    said: str
    code: int


def cost_of(command: list[str]) -> Cost:
    """Runs the command under the caps."""
    with tempfile.TemporaryFile() as notes:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=notes, preexec_fn=_capped)
        watch = threading.Timer(CAP_SECONDS, child.kill)
        watch.start()
        assert child.stdout is not None
        with child.stdout as stream:
            said = stream.read().decode("utf-8", "replace")
        _, status, used = os.wait4(child.pid, 0)
        watch.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        # Linux counts both in kilobytes
        wall, cpu = time.perf_counter() - start, used.ru_utime + used.ru_stime
        return Cost(wall, cpu, _peak_kb(notes, killed=used.ru_maxrss) / 1024, said, max(-1, child.returncode))


def _peak_kb(notes: IO[bytes], *, killed: int) -> int:
    """What the process says of itself; of one that was killed, what the kernel says."""
    notes.seek(0)
    told = re.findall(rb"VmHWM:\s+(\d+) kB", notes.read())
    return int(told[-1]) if told else killed


def _capped() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (CAP_BYTES, CAP_BYTES))


def row_of(name: str, case: Case, folder: Path, *, with_plain: bool = True) -> dict[str, Any]:
    """One case: ours, and beside it the plain library's."""
    scan, file = case.write(folder)
    ours = _best([sys.executable, "-c", PEAK + OURS, "inspect", str(scan), "--json"])
    rules = _rules(ours.said)
    plain = cost_of([sys.executable, "-c", PEAK + PLAIN, str(file)]) if with_plain else None
    return {
        "case": name,
        "row": case.row,
        "file_bytes": file.stat().st_size,
        "exit": ours.code,
        "named": case.rule in rules,
        "rules": rules,
        "seconds": ours.seconds,
        "cpu_seconds": ours.cpu_seconds,
        "peak_mb": ours.peak_mb,
        "plain_seconds": plain.seconds if plain else None,
        "plain_peak_mb": plain.peak_mb if plain else None,
        "plain_said": plain.said.strip() if plain else "",
    }


def _best(command: list[str]) -> Cost:
    """The quickest run, with the highest memory of all; no further one where a run kept within the bar."""
    costs: list[Cost] = []
    while len(costs) < TRIES and all(c.seconds > record.bars("bombs")["seconds_max"] for c in costs):
        costs.append(cost_of(command))
    return replace(min(costs, key=lambda c: c.seconds), peak_mb=max(c.peak_mb for c in costs))


def _rules(said: str) -> list[str]:
    try:
        report = json.loads(said)
    except ValueError:
        return []
    return sorted({f["rule"] for f in [*report.get("findings", ()), *report.get("reasons", ())]})


def run_study(cases: Mapping[str, Case], *, with_plain: bool = True) -> list[dict[str, Any]]:
    """Every case, each said as it ends."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="anatofit-bombs-") as work:
        for number, (name, case) in enumerate(cases.items()):
            row = row_of(name, case, Path(work) / str(number), with_plain=with_plain)
            rows.append(row)
            _tell(row)
    return rows


def _tell(row: Mapping[str, Any]) -> None:
    mark = "named" if row["named"] and row["exit"] == 3 else "NOT NAMED"
    beside = (
        f"plain {row['plain_seconds']:5.1f} s {row['plain_peak_mb']:6.0f} MB {row['plain_said']}"
        if row["plain_said"]
        else ""
    )
    record.say(
        f"{row['row']} {row['case']:36} {row['seconds']:5.2f} s ({row['cpu_seconds']:4.2f} s of work) {row['peak_mb']:5.0f} MB {mark:9} {beside}"
    )


def figures_of(rows: list[dict[str, Any]]) -> dict[str, float]:
    """What is held against the bars."""
    return {
        "cases": float(len(rows)),
        "peak_mb": max(row["peak_mb"] for row in rows),
        "seconds": max(row["seconds"] for row in rows),
        "cpu_seconds": max(row["cpu_seconds"] for row in rows),
        "not_named": float(sum(not row["named"] or row["exit"] != 3 for row in rows)),
        "plain_peak_mb": max(row["plain_peak_mb"] or 0.0 for row in rows),
        "plain_seconds": max(row["plain_seconds"] or 0.0 for row in rows),
    }


def _start_seconds() -> float:
    """What the same command takes on an empty folder: no bar of its own, but part of every figure above."""
    with tempfile.TemporaryDirectory(prefix="anatofit-bombs-") as work:
        return _best([sys.executable, "-c", PEAK + OURS, "inspect", work]).seconds


def main() -> int:
    """0 where every file is named within the bars, else 1."""
    options = record.parser(__doc__).parse_args()
    rows = run_study(CASES)
    figures = {**figures_of(rows), "start_seconds": _start_seconds()}
    return record.finish(options.out, "bombs", figures, rows, record.failures(figures, record.bars("bombs")))


if __name__ == "__main__":
    raise SystemExit(main())
