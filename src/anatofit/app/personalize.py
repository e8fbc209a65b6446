"""One order from scan to pack: walks the steps, keeps the ledger, and binds the pack whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anatofit.app.away import done_away
from anatofit.app.engines import steady_engines
from anatofit.app.fetch import fetched
from anatofit.app.ledger import Ledger
from anatofit.app.outside import read_by, refuse_within
from anatofit.app.prescription import Job, read_job
from anatofit.app.refuse import write_refusal
from anatofit.app.remarks import remarks_of
from anatofit.app.resolved import asked, pack_texts, prescription_sha256
from anatofit.app.routes import route_of
from anatofit.app.seating import seating_files, seating_summary
from anatofit.app.step import Produced, Route, Step
from anatofit.app.store import MemoryStore
from anatofit.app.versions import versions
from anatofit.errors import ScanError
from anatofit.model.finding import Finding, Requirement, Verdict, unmeasured, verdict_of

if TYPE_CHECKING:
    from anatofit.pack.bundle import Bundle

# Called with a sentence, the number of steps done and the number of all steps.
Progress = Callable[[str, int, int], None]
_Timed = tuple[Produced, float]


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


@dataclass(frozen=True)
class Outcome:
    """A pack that was written; `fit` only where every requirement holds. remarks: what a person must know beside that."""

    pack: Path
    verdict: Verdict
    findings: tuple[Finding, ...]
    unmeasured: tuple[Requirement, ...]
    manifest: Mapping[str, Any]
    remarks: tuple[str, ...] = ()

    @property
    def fit(self) -> bool:
        """It may be used."""
        return self.verdict is Verdict.FIT


def personalize(request: Request, *, progress: Progress = silent) -> Outcome:
    """The pack at `request.out`. Raises RequestError or ScanError with every reason, and then nothing was written."""
    from anatofit.pack.bundle import Bundle

    job = read_job(request.prescription, overrides=request.overrides, site=request.site, scan=request.scan)
    job = replace(job, quarantine=request.quarantine)
    _judge_places(request, job)
    bundle = Bundle(request.out, force=request.force)
    bundle.probe()
    store, ledger, route = MemoryStore(), Ledger(), route_of(job)
    count = len(route.steps)
    try:
        with fetched(job, told=lambda title: progress(title, 0, count + 1)) as job, steady_engines():
            _walk(job, route, store, ledger, progress)
    except ScanError as error:
        if request.refusal is not None:
            write_refusal(request.refusal, error=error, job=job, known=store.known(("facts", "volume", "bone")))
        raise
    progress("Binding the pack", count, count + 1)
    packed = route.packed
    outcome = bind(
        job, {name: store.get(name) for name in packed}, {n: store.sha256(n) for n in packed}, ledger, bundle
    )
    progress("Done", count + 1, count + 1)
    return outcome


def _judge_places(request: Request, job: Job) -> None:
    """Raises OutputError where what is written would lie in what is read, or in the pack."""
    beside = {"--refusal": request.refusal, "--quarantine": request.quarantine}
    refuse_within(read_by(job), {"--out": request.out, **beside})
    refuse_within({"the folder of the pack": request.out}, beside, why="A pack is written whole, by itself alone")


def _walk(job: Job, route: Route, store: MemoryStore, ledger: Ledger, progress: Progress) -> None:
    position = 0
    with ThreadPoolExecutor(1) as elsewhere:
        away: dict[str, Future[_Timed]] = {}
        for wave in route.waves():
            _start_away(route, store, elsewhere, away)
            for step in wave:
                progress(step.title, position, len(route.steps) + 1)
                position += 1
            for step, (produced, seconds) in zip(wave, _side_by_side(job, wave, store, away), strict=True):
                hashes = {name: store.put(name, value) for name, value in produced.with_notes(step.name).items()}
                ledger.add(
                    step.name,
                    parameters=step.parameters(job),
                    inputs={name: store.sha256(name) for name in step.inputs},
                    outputs={name: hashes[name] for name in step.outputs},
                    seconds=seconds,
                    sentence=produced.sentence,
                )
                del produced
            store.keep_only(route.needed_after(position - 1))


def _start_away(
    route: Route, store: MemoryStore, elsewhere: ThreadPoolExecutor, away: dict[str, Future[_Timed]]
) -> None:
    """Steps that are done in processes of their own begin when their inputs are there, before their place in the order."""
    for step in route.steps:
        inputs = store.known(step.inputs)
        if step.away and step.name not in away and len(inputs) == len(step.inputs):
            away[step.name] = elsewhere.submit(_timed, partial(done_away, step, inputs))


def _side_by_side(
    job: Job, wave: Sequence[Step], store: MemoryStore, away: Mapping[str, Future[_Timed]]
) -> Iterator[_Timed]:
    """What each step of a wave gives and its seconds, in order. The last is done in this thread: some systems draw in no other."""

    def done(step: Step) -> _Timed:
        if step.away:
            return away[step.name].result()
        return _timed(partial(step.run, job, {name: store.get(name) for name in step.inputs}))

    with ThreadPoolExecutor(len(wave)) as others:
        beside = [others.submit(done, step) for step in wave[:-1]]
        last = done(wave[-1])
        yield from (future.result() for future in beside)
        yield last


def _timed(make: Callable[[], Produced]) -> _Timed:
    start = time.perf_counter()
    return make(), time.perf_counter() - start


def bind(job: Job, at: Mapping[str, Any], hashes: Mapping[str, str], ledger: Ledger, bundle: Bundle) -> Outcome:
    """The pack, written whole, from the artifacts that its route packs, and their hashes."""
    from anatofit.pack import manifest as page

    findings, requirements = [*at["scan_findings"], *at["findings"]], at["requirements"]
    verdict = verdict_of(findings, requirements)
    start = time.perf_counter()
    content = _manifest_content(job, at, findings)
    files: dict[str, bytes] = {**at["files"], **at["pages"], **seating_files(at.get("seating", ())), **pack_texts(job)}
    if verdict is not Verdict.FIT:
        files[page.NOT_FOR_USE_NAME] = page.not_for_use_text(findings, requirements)
    ledger.add(
        "pack",
        parameters={page.SEAL_NAME: page.content_sha256(content)},
        inputs=dict(hashes),
        outputs={r.path: r.sha256 for r in page.output_records(files)},
        seconds=time.perf_counter() - start,
    )
    files[page.LEDGER_NAME] = ledger.data
    manifest = page.with_outputs(content, files)
    files[page.MANIFEST_NAME] = page.manifest_bytes(manifest)
    bundle.write(files)
    return Outcome(
        bundle.out,
        verdict,
        tuple(findings),
        tuple(unmeasured(findings, requirements)),
        manifest,
        tuple(content["remarks"]),
    )


def _manifest_content(job: Job, at: Mapping[str, Any], findings: Sequence[Finding]) -> dict[str, Any]:
    """What the manifest says beside the hashes of the pack's files."""
    from anatofit.pack.manifest import make_manifest

    wanted = asked(job)
    return make_manifest(
        device=job.prescription.order.device,
        order=job.prescription.order,
        parameters=wanted["design"],
        surgery=wanted.get("plan"),
        material=job.material,
        printer=job.printer,
        overrides=job.prescription.locate,
        waivers=at["waived"],
        findings=findings,
        requirements=at["requirements"],
        facts=at["facts"],
        remarks=remarks_of(at, replaced=job.replaced),
        seating=seating_summary(at.get("seating", ())),
        prescription_sha256=prescription_sha256(job),
        software=versions(job.prescription.order.device),
    )
