"""What a check is given and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from anatofit.errors import AnatofitError
from anatofit.model.mesh import Mesh

_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Subject:
    """One part as it was read back, with what it is judged against; `files` by their name in the pack, `whole` the skull made whole,
    `air` the host's triangles that air lies on (None: there are none), `keep_out` what drills keep out of, `corrected` the bone after its
    correction, `neighbours` other bones of the scan near the plan, `sole` that of a foot, `last` of its shoe,
    `unread` why a file of the pack could not be read."""

    part: Mesh
    host: Mesh | None
    missing: Mesh | None
    plan: Mapping[str, Any]
    files: Mapping[str, Path] = field(default_factory=dict)
    whole: Mesh | None = None
    air: Mesh | None = None
    keep_out: Mesh | None = None
    corrected: Mesh | None = None
    sole: Mesh | None = None
    last: Mesh | None = None
    neighbours: Mesh | None = None
    unread: Mapping[str, str] = field(default_factory=dict)
    _kept: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def absent(self, path: str) -> ValueError:
        """The error that says why the model of that name in the pack is not there."""
        return ValueError(self.unread.get(path) or f"{path} is missing")

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


def said_of(error: Exception) -> str:
    """The error as a person reads it: our own by its words alone, any other with its kind, which is all that tells it."""
    if isinstance(error, AnatofitError):
        return "; ".join(r.message for r in error.reasons)
    return str(error) if isinstance(error, ValueError) and str(error) else f"{type(error).__name__} {error}".rstrip()
