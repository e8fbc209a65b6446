"""PrusaSlicer reads every part of a pack and slices it: no mesh is repaired, none is open, nothing is warned of.

The program's own words are the measure (`--info`, `--export-gcode`). Skipped by name where the program is absent
(scripts/system-packages --slicer). Whether a print comes out well is not asked.

A lattice takes the program long by its defaults (lines of varying width, extra perimeters on slopes, every corner kept): --lattice leaves them out.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from validation import record

PROGRAM = "prusa-slicer"
# A bed that takes any insole or socket, lines as the site's materials are told for, a sparse infill.
SETTINGS = (
    "--dont-arrange", "--center", "150,150", "--bed-shape", "0x0,300x0,300x300,0x300", "--max-print-height", "400",
    "--nozzle-diameter", "0.4", "--layer-height", "0.2", "--fill-density", "25%", "--fill-pattern", "gyroid",
)  # fmt: skip
LATTICE = ("--perimeter-generator", "classic", "--no-extra-perimeters", "--resolution", "0.05")
MOST_S = 1800
_SUSPECT = re.compile(r"repair|warn|error|open.edges|degenerate|empty layer|manifold = no", re.IGNORECASE)


def told(path: Path, *, slices: bool, settings: tuple[str, ...] = SETTINGS) -> tuple[list[str], float]:
    """The lines of the program's words that speak of a fault, and the seconds that it took."""
    started = time.monotonic()
    said = _asked("--info", str(path))
    faults = suspect(said)
    if "manifold = yes" not in said:
        faults.append("the program does not call it manifold")
    if slices:
        with tempfile.TemporaryDirectory() as folder:
            gcode = Path(folder) / "part.gcode"
            faults += suspect(_asked("--export-gcode", *settings, "-o", str(gcode), str(path)))
            if not gcode.exists() or not gcode.stat().st_size:
                faults.append("no G-code came out")
    return faults, time.monotonic() - started


def suspect(said: str) -> list[str]:
    """Lines that speak of a repair, a warning or an error."""
    return [line.strip() for line in said.splitlines() if _SUSPECT.search(line)]


def _asked(*words: str) -> str:
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=MOST_S, check=False)
    return f"{done.stdout}\n{done.stderr}" + (f"\nerror: it ended with {done.returncode}" if done.returncode else "")


def main() -> int:
    """Runs the study; 0 where no part has a fault, or where the program is absent."""
    parser = record.parser(__doc__)
    parser.add_argument("packs", nargs="+", type=Path, metavar="PACK", help="folders of packs")
    parser.add_argument("--info-only", action="store_true", help="read the parts, slice none")
    parser.add_argument("--lattice", action="store_true", help="slice as a lattice is sliced, with lines of one width")
    asked = parser.parse_args()
    settings = (*SETTINGS, *LATTICE) if asked.lattice else SETTINGS
    if shutil.which(PROGRAM) is None:
        record.say(f"not run: {PROGRAM} is missing (scripts/system-packages --slicer)")
        return 0
    rows: list[dict[str, Any]] = []
    for path in (
        p for pack in asked.packs for p in sorted((pack / "device").glob("*.*")) if p.suffix in (".stl", ".3mf")
    ):
        faults, took_s = told(path, slices=not asked.info_only, settings=settings)
        rows.append({"pack": path.parent.parent.name, "file": path.name, "faults": faults, "seconds": round(took_s, 1)})
        record.say(f"{path.parent.parent.name:20} {path.name:16} {len(faults)} faults  {took_s:6.1f} s")
    sliced = 0 if asked.info_only else len(rows)
    figures = {
        "files": float(len(rows)),
        "sliced_files": float(sliced),
        "faults": float(sum(len(row["faults"]) for row in rows)),
    }
    missed = record.failures(figures, record.asked_bars("slicing", sliced_files=sliced))
    return record.finish(asked.out, "slicing", figures, rows, missed)


if __name__ == "__main__":
    sys.exit(main())
