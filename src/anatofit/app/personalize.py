"""One order from scan to pack: walks the steps, keeps the ledger, and binds the pack whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from anatofit.app.engines import steady_engines
from anatofit.app.fetch import fetched
from anatofit.app.outside import read_by, refuse_within
from anatofit.app.packed import Outcome as Outcome
from anatofit.app.packed import Packed, walked
from anatofit.app.pairs import both, halves
from anatofit.app.prescription import Job, read_jobs
from anatofit.app.refuse import explained
from anatofit.app.walk import Progress as Progress
from anatofit.app.walk import Walk


def silent(_title: str, _done: int, _total: int) -> None:
    """No progress is shown."""


@dataclass(frozen=True)
class Request:
    """What a person asks of the program: the prescription, where the pack goes, and how; scan: in place of what it names."""

    prescription: Path
    out: Path
    overrides: tuple[str, ...] = ()
    site: Path | None = None
    force: bool = False
    refusal: Path | None = None
    quarantine: Path | None = None
    scan: Path | None = None


def personalize(request: Request, *, progress: Progress = silent) -> Outcome:
    """The pack at `request.out`, of a pair both. Raises RequestError or ScanError with every reason, and then nothing was written."""
    from anatofit.pack.bundle import Bundle

    read = read_jobs(request.prescription, overrides=request.overrides, site=request.site, scan=request.scan)
    jobs = [replace(job, quarantine=request.quarantine) for job in read]
    for job in jobs:
        _judge_places(request, job)
    bundle = Bundle(request.out, force=request.force)
    bundle.probe()
    with steady_engines():
        if len(jobs) == 1:
            made = _one(jobs[0], request, bundle.out, progress)
        else:
            made = both(
                [Walk(job, part) for job, part in zip(jobs, halves(progress), strict=True)], request.refusal, bundle.out
            )
    bundle.write(made.files)
    progress("Done", 1, 1)
    return made.outcome


def _one(job: Job, request: Request, out: Path, progress: Progress) -> Packed:
    walk = Walk(job, progress)
    with explained(request.refusal, walk), fetched(job, told=lambda title: progress(title, 0, walk.count)) as walk.job:
        walk.go()
    progress("Binding the pack", walk.count - 1, walk.count)
    return walked(walk, out)


def _judge_places(request: Request, job: Job) -> None:
    """Raises OutputError where what is written would lie in what is read, or in the pack."""
    beside = {"--refusal": request.refusal, "--quarantine": request.quarantine}
    refuse_within(read_by(job), {"--out": request.out, **beside})
    refuse_within({"the folder of the pack": request.out}, beside, why="A pack is written whole, by itself alone")
