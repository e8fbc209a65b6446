"""The main job as a Prefect flow: one task a step, artifacts by reference, results kept in a store of our own.

    python -m pipelines.personalize PRESCRIPTION.toml --out PACK --store STORE

No server is needed: without PREFECT_API_URL the flow starts one of its own for the time of the run, and nothing leaves
the machine. Parameters are paths only; what they point at is read inside the tasks. A step whose inputs, parameters and
code are those of an earlier run is not done again: its artifacts are taken from STORE, checked against their hashes.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

# Prefect reads these when it is imported: it must not call out.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
# Its own server needs 15 s to start on a free machine; the default of 20 s is missed on a busy one.
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")

from prefect import Flow, Task, flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from pydantic import BaseModel, ConfigDict

from anatofit.app.caching import result_key
from anatofit.app.engines import steady_engines
from anatofit.app.fetch import fetched
from anatofit.app.ledger import Ledger
from anatofit.app.outside import read_by, refuse_within
from anatofit.app.packed import packed
from anatofit.app.prescription import Job, read_job
from anatofit.app.routes import ROUTES, route_of
from anatofit.app.step import Route, Step
from anatofit.app.store import Artifact, DiskStore
from anatofit.pack.bundle import Bundle


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(_Record):
    """Where a task finds the order and the store: paths and nothing else. scan: where it was fetched to, if it was."""

    prescription: str
    store: str
    site: str | None = None
    scan: str | None = None

    def job(self) -> Job:
        """The order, read again in the task that needs it."""
        job = read_job(Path(self.prescription), site=Path(self.site) if self.site else None)
        return job if self.scan is None else replace(job, place=Path(self.scan))


class Done(_Record):
    """What a step left: references to its artifacts, and what the ledger says of it."""

    step: str
    parameters: dict[str, Any]
    inputs: dict[str, str]
    outputs: dict[str, Artifact]
    seconds: float
    sentence: str


class Summary(_Record):
    """What a caller of the flow gets."""

    pack: str
    verdict: str
    fit: bool


def do_step(step: Step, place: Place, inputs: dict[str, Artifact]) -> Done:
    """The step's result: recalled where all that it depends on is the same, else made and noted."""
    job, store = place.job(), DiskStore(Path(place.store))
    parameters, hashes = step.parameters(job), {name: artifact.sha256 for name, artifact in inputs.items()}
    key = result_key(step.name, parameters=parameters, unspoken=step.unspoken(job), inputs=hashes)
    known = store.recall(key)
    if known is not None:
        return Done.model_validate(known)
    start = time.perf_counter()
    with steady_engines():
        produced = step.run(job, {name: store.load(artifact) for name, artifact in inputs.items()})
    outputs = {name: store.save(value) for name, value in produced.with_notes(step.name).items()}
    seconds = time.perf_counter() - start
    done = Done(
        step=step.name,
        parameters=parameters,
        inputs=hashes,
        outputs=outputs,
        seconds=seconds,
        sentence=produced.sentence,
    )
    store.note(key, done.model_dump(mode="json"))
    return done


def _task_of(step: Step) -> Task[[Place, dict[str, Artifact]], Done]:
    @task(name=step.name, description=step.title, cache_policy=NO_CACHE, persist_result=False)
    def run_step(place: Place, inputs: dict[str, Artifact]) -> Done:
        return do_step(step, place, inputs)

    return run_step


TASKS = {(route.name, step.name): _task_of(step) for route in ROUTES for step in route.steps}


@task(name="pack", cache_policy=NO_CACHE, persist_result=False)
def bind_pack(place: Place, out: str, done: list[Done], *, force: bool) -> Summary:
    """The pack, written whole at `out`."""
    store, ledger = DiskStore(Path(place.store)), Ledger()
    artifacts: dict[str, Artifact] = {}
    route = route_of(place.job())
    for entry, step in zip(done, route.steps, strict=True):
        artifacts |= entry.outputs
        ledger.add(
            entry.step,
            parameters=entry.parameters,
            inputs=entry.inputs,
            outputs={name: entry.outputs[name].sha256 for name in step.outputs},
            seconds=entry.seconds,
            sentence=entry.sentence,
        )
    values = {name: store.load(artifacts[name]) for name in route.packed}
    hashes = {name: artifacts[name].sha256 for name in route.packed}
    bundle = Bundle(Path(out), force=force)
    made = packed(place.job(), values, hashes, ledger, bundle.out)
    bundle.write(made.files)
    outcome = made.outcome
    return Summary(pack=str(outcome.pack), verdict=outcome.verdict.value, fit=outcome.fit)


@flow(name="personalize", persist_result=False)
def personalize(prescription: str, out: str, store: str, site: str | None = None, force: bool = False) -> Summary:
    """A pack at `out` from the order at `prescription`."""
    place = Place(prescription=prescription, store=store, site=site)
    job = place.job()
    refuse_within(read_by(job), {"out": Path(out), "store": Path(store)})
    Bundle(Path(out), force=force).probe()
    with fetched(job) as here:
        if job.place is None:
            place = place.model_copy(update={"scan": str(here.scan)})
        done = _all_steps(place, route_of(job))
        return bind_pack(place, out, done, force=force)


def _all_steps(place: Place, route: Route) -> list[Done]:
    done: list[Done] = []
    artifacts: dict[str, Artifact] = {}
    for step in route.steps:
        done.append(TASKS[route.name, step.name](place, {name: artifacts[name] for name in step.inputs}))
        artifacts |= done[-1].outputs
        get_run_logger().info("%s: %s", step.name, done[-1].sentence)
    return done


def main() -> None:
    """Runs the flow once, here."""
    parser = argparse.ArgumentParser(description="the main job as a Prefect flow")
    parser.add_argument("prescription")
    parser.add_argument("--out", required=True)
    parser.add_argument("--store", required=True)
    parser.add_argument("--site")
    parser.add_argument("--force", action="store_true")
    options = parser.parse_args()
    entry: Flow[..., Summary] = personalize
    raise SystemExit(0 if entry(**vars(options)).fit else 4)


if __name__ == "__main__":
    main()
