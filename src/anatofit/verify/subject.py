"""What a check is given and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from anatofit.model.mesh import Mesh

_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Subject:
    """One part as it was read back, with what it is judged against; `files` by their name in the pack, `whole` the skull made whole,
    `air` the host's triangles that air lies on (None: there are none)."""

    part: Mesh
    host: Mesh | None
    missing: Mesh | None
    plan: Mapping[str, Any]
    files: Mapping[str, Path] = field(default_factory=dict)
    whole: Mesh | None = None
    air: Mesh | None = None
    _kept: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, name: str, make: Callable[[], _Made]) -> _Made:
        """What `make` gives, made for the first check that asks and kept for the others."""
        if name not in self._kept:
            self._kept[name] = make()
        made: _Made = self._kept[name]
        return made


@dataclass(frozen=True)
class Measurement:
    """One number in the requirement's unit; `failed` where it must not pass whatever the limits are."""

    value: float
    detail: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    failed: bool = False
