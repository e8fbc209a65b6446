"""Fuzzes intake from seeds made by code: `python -m validation.fuzz --seconds 60 [--keep FOLDER] [--out FILE.json]`.

Bars (FAULTS T25): no crash, no execution over 5 s, none over 512 MB, no error outside the tree. Every fault is printed with the
unit that provokes it again: `python -m validation.fuzz --again UNIT`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from validation import record
from validation.fuzz.seeds import seeds
from validation.fuzz.unit import SURFACE

# libFuzzer ends a unit that never ends; a shorter hang is told by the target itself.
HARD_LIMIT_S = 30
FEWEST_SECONDS = 5
# Of the time. Readers of surfaces are small and quick beside those of scans, and what they learn from is of another kind.
SHARES = {"scan": 0.75, "surface": 0.25}


def plant(kind: str, corpus: Path) -> int:
    """Puts the seeds of a kind into its corpus; how many."""
    corpus.mkdir(parents=True, exist_ok=True)
    planted = {name: unit for name, unit in seeds().items() if unit.startswith(SURFACE) == (kind == "surface")}
    for name, unit in planted.items():
        (corpus / name).write_bytes(unit)
    return len(planted)


def run(seconds: float, faults: Path, corpus: Path, *, seed: int = 0) -> int:
    """Executions in that time, faults being left in `faults`; a worker that dies is started anew with what it had learnt."""
    executions, end = 0, time.monotonic() + seconds
    while (left := end - time.monotonic()) > FEWEST_SECONDS or executions == 0:
        options = [
            str(corpus), f"-max_total_time={max(FEWEST_SECONDS, round(left))}", f"-timeout={HARD_LIMIT_S}", "-rss_limit_mb=2048",
            "-print_final_stats=1", f"-artifact_prefix={faults}/", "-max_len=131072", "-verbosity=0", f"-seed={seed}",
        ]  # fmt: skip
        command = [sys.executable, "-m", "validation.fuzz.worker", str(faults), *options]
        with tempfile.TemporaryDirectory(prefix="anatofit-fuzz-") as scratch:  # a worker ends without tidying up
            done = subprocess.run(
                command, capture_output=True, text=True, errors="replace", env={**os.environ, "TMPDIR": scratch}
            )
        executions += _executed(done.stderr)
        if done.returncode and not _executed(done.stderr):
            record.say(done.stderr[-2000:])
            break
    return executions


def _executed(said: str) -> int:
    found = re.search(r"number_of_executed_units:\s*(\d+)", said)
    return int(found[1]) if found else 0


def _told(faults: Path) -> list[dict[str, Any]]:
    return [json.loads(p.read_text(encoding="utf-8")) for p in sorted(faults.glob("*.json"))]


def _died(faults: Path) -> list[dict[str, Any]]:
    """Units under which the process itself died, as libFuzzer leaves them."""
    names = [p.name for kind in ("crash-*", "timeout-*", "oom-*") for p in sorted(faults.glob(kind))]
    return [{"kind": n.split("-")[0], "place": "the process died", "detail": "", "unit": n} for n in names]


def again(unit: Path) -> int:
    """One unit once more, with all that it says."""
    from validation.fuzz.target import execute

    with tempfile.TemporaryDirectory() as folder:
        fault = execute(unit.read_bytes(), Path(folder))
    record.say("intake behaved" if fault is None else f"{fault.kind} {fault.place}\n{fault.detail}")
    return int(fault is not None)


def main() -> int:
    """0 where nothing was found, else 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--only", choices=sorted(SHARES), help="one kind alone, for all of the time")
    parser.add_argument("--seed", type=int, default=0, help="of the mutations; 0 for others each time")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep corpus and faults there, and go on from them")
    parser.add_argument("--again", type=Path, metavar="UNIT", help="run one unit alone")
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="write the record there")
    options = parser.parse_args()
    if options.again:
        return again(options.again)
    work = options.keep or Path(tempfile.mkdtemp(prefix="anatofit-fuzz-work-"))
    faults = work / "faults"
    faults.mkdir(parents=True, exist_ok=True)
    shares = {options.only: 1.0} if options.only else SHARES
    figures = {"seeds": 0.0, "executions": 0.0}
    for kind, share in shares.items():
        planted = plant(kind, work / f"corpus-{kind}")
        executions = float(run(share * options.seconds, faults, work / f"corpus-{kind}", seed=options.seed))
        figures |= {f"{kind}_executions": executions, "executions": figures["executions"] + executions}
        figures["seeds"] += planted
    found = [*_told(faults), *_died(faults)]
    for fault in found:
        record.say(f"{fault['kind']} {fault['place']}: {faults / fault['unit']}")
    figures["faults"] = float(len(found))
    bars = {} if options.only else record.bars("fuzz")
    missed = record.failures(figures, {**bars, "faults_max": 0})
    if not options.keep and not found:
        shutil.rmtree(work)
    return record.finish(
        options.out, "fuzz", figures, [{k: v for k, v in f.items() if k != "unit"} for f in found], missed
    )


if __name__ == "__main__":
    raise SystemExit(main())
