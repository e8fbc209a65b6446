"""One execution: a folder through intake's public doors, with its time, its memory and its end."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from validation.fuzz.unit import SUFFIXES, lay_out, split

# FAULTS T25: a hang is longer, a swelling larger.
LONGEST_S = 5.0
LARGEST_KB = 512 * 1024
FIGURES = ("noise_hu", "blur_mm", "metal_mm3", "motion_mm", "slices_out_of_order", "cut_sides_mm2", "cut_head_mm2", "cut_foot_mm2",
           "contrast_slices", "kernel_count")  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """kind: exception, hang or memory. place: where the same fault shows again; detail: for a reader."""

    kind: str
    place: str
    detail: str


def execute(unit: bytes, folder: Path) -> Fault | None:
    """Inspects the unit's files and loads what is fit (every eighth in any case), as a run would. None where intake behaved: it
    accepted, or refused within its tree. A hang is one that comes a second time: a busy machine makes one now and then."""
    scan = lay_out(split(unit), folder)
    fault, seconds = _timed(unit, scan)
    if fault is None and seconds > LONGEST_S:
        seconds = min(seconds, _timed(unit, scan)[1])
    if fault is None and seconds > LONGEST_S:
        return Fault("hang", "-", f"{seconds:.1f} s")
    peak_kb = peak_memory_kb()
    if fault is None and peak_kb > LARGEST_KB:
        forget_peak()
        return Fault("memory", "-", f"{peak_kb // 1024} MB")
    return fault


def _timed(unit: bytes, scan: Path) -> tuple[Fault | None, float]:
    start = time.monotonic()
    fault = _through(scan, unfit_too=len(unit) % 8 == 0)
    return fault, time.monotonic() - start


def _through(scan: Path, *, unfit_too: bool) -> Fault | None:
    from anatofit.app.export_volume import LIMITS as EXPORTED
    from anatofit.errors import AnatofitError
    from anatofit.ingest.load import load_scan
    from anatofit.ingest.research.gridfile import is_grid_file
    from anatofit.ingest.research.volume import inspect_research, load_research
    from anatofit.ingest.scan import inspect_lines, inspect_scan
    from anatofit.model.case import Waiver
    from anatofit.model.scan import Limit
    from anatofit.rules import WAIVABLE

    waivers = [Waiver(rule=rule, reason="fuzzed", by="fuzz") for rule in sorted(WAIVABLE)]
    # every figure of the image is measured, and none is a reason to stop
    limits = EXPORTED.model_copy(update=dict.fromkeys(FIGURES, Limit(fit=1e12)))
    try:
        if is_grid_file(scan) and scan.is_file():
            inspect_research(scan, limits).model_dump_json()
            load_research(scan, limits=limits)
            return None
        if scan.suffix in SUFFIXES:
            _surface(scan)
            return None
        report = inspect_scan(scan, limits, waivers=waivers)
        inspect_lines(report)
        report.model_dump_json()
        if report.fit or unfit_too:
            load_scan(scan, limits=limits, waivers=waivers)
    except AnatofitError:
        return None
    except Exception as error:  # noqa: BLE001 - an end outside the tree is what is looked for
        return Fault("exception", _place(error), "".join(traceback.format_exception(error)))
    return None


def _surface(scan: Path) -> None:
    from anatofit.ingest.surface.read import Stated, inspect_surface

    report = inspect_surface(scan, Stated(unit=None if scan.suffix == ".3mf" else "mm"))
    report.model_dump_json()


def _place(error: BaseException) -> str:
    """Type and the last line of our own that it passed."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "anatofit" in f.filename]
    last = frames[-1] if frames else None
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.name}" if last else type(error).__name__


def peak_memory_kb() -> int:
    """The most that this process ever held, or since `forget_peak`."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), 0)


def forget_peak() -> None:
    """Counts the peak anew (Linux: 5 in clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
