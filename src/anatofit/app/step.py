"""A run as data: a step, what it gives, and the route that an order takes through its steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from anatofit.app.prescription import Job


@dataclass(frozen=True)
class Produced:
    """What a step gives: its outputs by name, one sentence for the methods paragraph, and numbers for the report."""

    outputs: Mapping[str, Any]
    sentence: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)

    def with_notes(self, step: str) -> dict[str, Any]:
        """The outputs, and beside them sentence and numbers as an artifact of their own."""
        return {**self.outputs, notes_of(step): {"sentence": self.sentence, "figures": dict(self.figures)}}


def notes_of(step: str) -> str:
    """The name under which a step's sentence and numbers are kept."""
    return f"{step}.notes"


def _nothing(_: Job) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Step:
    """One line of the ledger. `title` is what a person reads while it runs.

    parameters: what the result depends on beside the inputs, as the ledger tells it, without identity.
    unspoken: the rest of it, which only the hash that a stored result is found by may hold.
    away: the command does it in a process of its own, without the order, from when its inputs are there.
    """

    name: str
    title: str
    run: Callable[[Any, Mapping[str, Any]], Produced]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    parameters: Callable[[Job], dict[str, Any]] = _nothing
    unspoken: Callable[[Job], dict[str, Any]] = _nothing
    away: bool = False


@dataclass(frozen=True)
class Route:
    """The steps of a kind of order, from source to report. noted: steps whose numbers the pack's remarks are made of.

    filed: what the pack holds beside that which every pack does.
    """

    name: str
    steps: tuple[Step, ...]
    noted: tuple[str, ...]
    filed: tuple[str, ...] = ()

    @property
    def packed(self) -> tuple[str, ...]:
        """What the pack is bound from when every step has run."""
        return (*_PACKED, *self.filed, *map(notes_of, self.noted))

    def waves(self) -> Iterator[tuple[Step, ...]]:
        """The steps in their order; those that stand together and ask nothing of each other may run side by side."""
        wave: list[Step] = []
        for step in self.steps:
            made = {name for before in wave for name in (*before.outputs, notes_of(before.name))}
            if made & set(step.inputs):
                yield tuple(wave)
                wave = []
            wave.append(step)
        yield tuple(wave)

    def needed_after(self, position: int) -> set[str]:
        """The artifacts that a step after `position`, or the pack, still asks for."""
        return {name for step in self.steps[position + 1 :] for name in step.inputs} | set(self.packed)


_PACKED = ("facts", "scan_findings", "waived", "plan", "files", "requirements", "findings", "pages")
