"""Keys of a guide's order that others make idle: what was meant by them would not be done, so that each is refused by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from anatofit.devices.guide.forms import Pin, Relief
from anatofit.errors import Reason
from anatofit.model.words import counted


class _Surgery(Protocol):
    @property
    def pin(self) -> tuple[Pin, ...]: ...
    @property
    def relief(self) -> tuple[Relief, ...]: ...


class _Spec(Protocol):
    @property
    def pin_count(self) -> int: ...
    @property
    def contact_offset_mm(self) -> float: ...
    @property
    def surgery(self) -> _Surgery: ...


def idle_keys(asked: Mapping[str, Any], spec: _Spec) -> Iterator[Reason]:
    """A reason for a number of pins beside pins that are named, and for each relief that is no deeper than the offset of the whole base.

    asked: the keys of [design] that the order sets, each right in itself.
    """
    own, offset, name = len(spec.surgery.pin), spec.contact_offset_mm, "pin_count"
    if own and name in asked and spec.pin_count not in (0, own):
        said = (
            f"was {spec.pin_count}; with {counted(own, 'pin')} of the plan's own ([[plan.pin]]) the program places none, and 0 or {own} is wanted. "
            "Remove it, or name every pin"
        )
        yield Reason(f"design.{name}", said)
    for number, relief in enumerate(spec.surgery.relief, start=1):
        if relief.offset_mm <= offset:
            said = (
                f"was {relief.offset_mm:g} mm; more than contact_offset_mm is wanted, for the base stands {offset:g} mm off all bone. "
                "Raise it, or remove this relief"
            )
            yield Reason(f"plan.relief[{number}].offset_mm", said)


def unengraved(table: str, key: str, entries: Sequence[Any]) -> Iterator[Reason]:
    """A reason for each entry of a plan's table whose marks a guide without letters would not bear."""
    for number, entry in enumerate(entries, start=1):
        if getattr(entry, key) is not None:
            said = 'was given beside text = "none", which engraves nothing; one of both is wanted. Remove it, or order text = "engraved"'
            yield Reason(f"plan.{table}[{number}].{key}", said)
