"""The same prescription again: another folder, one and two threads, another locale, time zone and clock, and the flow.

Every run is a process of its own; the files of device/, models/ and plan.json must be the same bytes each time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from validation import record

COMMAND = "from anatofit.cli.main import main; main()"
FAR_CLOCK = "2031-07-04 03:02:01"
THREAD_NAMES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
    "VTK_SMP_MAX_THREADS",
)


@dataclass(frozen=True)
class Way:
    """One way to run the order: extra environment, words before the command, and whether the flow does it."""

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    flow: bool = False


def _threads(number: int) -> dict[str, str]:
    return dict.fromkeys(THREAD_NAMES, str(number))


def ways(*, with_flow: bool) -> list[Way]:
    """All ways that this machine offers; a changed clock needs the program faketime."""
    out = [
        Way("first"),
        Way("one thread", {**_threads(1), "PYTHONHASHSEED": "1"}),
        Way("two threads", {**_threads(2), "PYTHONHASHSEED": "2"}),
        Way("locale and zone", {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati"}),
    ]
    if shutil.which("faketime"):
        # only the date changes: waiting goes by the monotonic clock, which stays
        out.append(Way("clock", {"DONT_FAKE_MONOTONIC": "1"}, before=("faketime", FAR_CLOCK)))
    else:
        record.say("clock            not run: faketime is missing (scripts/system-packages --clock)")
    if with_flow:
        out.append(Way("flow", flow=True))
    return out


def run_way(way: Way, prescription: Path, folder: Path) -> tuple[dict[str, str], float, int]:
    """Hashes of the files that must not change, wall seconds and exit code of one run in a folder of its own."""
    order = folder / "order"
    shutil.copytree(prescription.parent, order)
    pack = folder / "pack"
    program = ["-m", "pipelines.personalize"] if way.flow else ["-c", COMMAND, "run"]
    store = ["--store", str(folder / "store")] if way.flow else []
    command = [*way.before, sys.executable, *program, str(order / prescription.name), "--out", str(pack), *store]
    start = time.perf_counter()
    home = {"PREFECT_HOME": str(folder / "prefect")} if way.flow else {}
    done = subprocess.run(
        command, env={**os.environ, **way.environment, **home}, capture_output=True, text=True, check=False
    )
    return hashes(pack), time.perf_counter() - start, done.returncode


def hashes(pack: Path) -> dict[str, str]:
    """sha256 by path of plan.json and everything in device/ and models/."""
    files = [
        p
        for p in sorted(pack.rglob("*"))
        if p.is_file() and p.relative_to(pack).parts[0] in ("device", "models", "plan.json")
    ]
    return {p.relative_to(pack).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def compare(first: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Paths that are not the same bytes in both."""
    return sorted(path for path in {*first, *other} if first.get(path) != other.get(path))


def run_study(prescription: Path, *, with_flow: bool) -> list[dict[str, Any]]:
    """All ways, each held against the first."""
    rows: list[dict[str, Any]] = []
    first: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="anatofit-repeat-") as name:
        for number, way in enumerate(ways(with_flow=with_flow)):
            folder = Path(name) / f"run {number} ä"
            folder.mkdir()
            found, seconds, code = run_way(way, prescription, folder)
            first = first or found
            different = compare(first, found) if found else ["nothing was written"]
            different += ["the exit code"] if rows and code != rows[0]["exit"] else []
            rows.append(
                {"way": way.name, "exit": code, "seconds": seconds, "files": len(found), "different": different}
            )
            record.say(
                f"{way.name:16} exit {code}  {seconds:6.1f} s  {len(found)} files  {'same' if not different else 'DIFFERENT: ' + ', '.join(different)}"
            )
    return rows


def main() -> int:
    """0 when every way gives the same bytes, else 1."""
    parser = record.parser(__doc__)
    parser.add_argument(
        "--prescription", type=Path, help="an order with its scan beside it; without it, the sample head"
    )
    parser.add_argument("--flow", action="store_true", help="run the Prefect flow too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="anatofit-sample-") as name:
        rows = run_study(options.prescription or _sample(Path(name)), with_flow=options.flow)
    figures = {"runs": float(len(rows)), "different_files": float(sum(len(row["different"]) for row in rows))}
    missed = record.failures(figures, record.asked_bars("repeat", runs=len(rows)))
    record.say("the same bytes every time" if not missed else "NOT the same bytes")
    return record.finish(options.out, "repeat", figures, rows, missed)


def _sample(folder: Path) -> Path:
    from anatofit.samples import write_sample

    return write_sample("head", folder / "head")


if __name__ == "__main__":
    raise SystemExit(main())
