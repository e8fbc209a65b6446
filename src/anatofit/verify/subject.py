"""What a check is given and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anatofit.model.mesh import Mesh


@dataclass(frozen=True)
class Subject:
    """One part as it was read back, with what it is judged against; `files` by their name in the pack."""

    part: Mesh
    host: Mesh | None
    missing: Mesh | None
    plan: Mapping[str, Any]
    files: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Measurement:
    """One number in the requirement's unit; `failed` where it must not pass whatever the limits are."""

    value: float
    detail: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    failed: bool = False
