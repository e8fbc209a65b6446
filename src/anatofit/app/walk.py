"""An order on its way through the steps of its route: it is held where the other foot of a pair has to catch up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from anatofit.app.away import done_away
from anatofit.app.ledger import Ledger
from anatofit.app.prescription import Job
from anatofit.app.routes import route_of
from anatofit.app.step import Produced, Route, Step
from anatofit.app.store import MemoryStore

# Called with a sentence, the number of steps done and the number of all steps.
Progress = Callable[[str, int, int], None]
_Timed = tuple[Produced, float]


class Walk:
    """What an order has come to: its artifacts and its ledger. job: may be replaced between two steps."""

    def __init__(self, job: Job, progress: Progress) -> None:
        self.job, self.route = job, route_of(job)
        self.store, self.ledger = MemoryStore(), Ledger()
        self._progress, self._position = progress, 0
        self._ahead = self.route.waves()

    def again(self, job: Job) -> Walk:
        """The same from its start, for an order that now says more: a ledger tells one order alone."""
        return Walk(job, self._progress)

    @property
    def count(self) -> int:
        """How many steps there are, and one for the binding."""
        return len(self.route.steps) + 1

    @property
    def seen(self) -> dict[str, Any]:
        """What a refusal may show."""
        return self.store.known(("facts", "volume", "bone"))

    def go(self, *, past: str = "") -> None:
        """Does the steps up to the one of that name; without, all that are left. Raises AnatofitError."""
        with ThreadPoolExecutor(1) as elsewhere:
            away: dict[str, Future[_Timed]] = {}
            for wave in self._ahead:
                _start_away(self.route, self.store, elsewhere, away)
                self._do(wave, away)
                if past in {step.name for step in wave}:
                    return

    def _do(self, wave: Sequence[Step], away: Mapping[str, Future[_Timed]]) -> None:
        for step in wave:
            self._progress(step.title, self._position, self.count)
            self._position += 1
        for step, done in zip(wave, _side_by_side(self.job, wave, self.store, away), strict=True):
            self._keep(step, *done)
            del done
        self.store.keep_only(self.route.needed_after(self._position - 1))

    def _keep(self, step: Step, produced: Produced, seconds: float) -> None:
        hashes = {name: self.store.put(name, value) for name, value in produced.with_notes(step.name).items()}
        self.ledger.add(
            step.name,
            parameters=step.parameters(self.job),
            inputs={name: self.store.sha256(name) for name in step.inputs},
            outputs={name: hashes[name] for name in step.outputs},
            seconds=seconds,
            sentence=produced.sentence,
        )


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
