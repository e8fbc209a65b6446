"""What the command line puts in place of what a prescription says: `table.key=value`, set and told."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from anatofit.app.wording import KEPT_BACK, key_text
from anatofit.errors import PrescriptionError, Reason
from anatofit.model.words import shown


def apply_overrides(data: dict[str, Any], overrides: Sequence[str]) -> None:
    """Sets `table.key=value` entries in the parsed prescription; values are TOML, or text where they are none."""
    reasons = [r for entry in overrides if (r := _override(data, entry)) is not None]
    if reasons:
        raise PrescriptionError(reasons)


def replaced_keys(data: Mapping[str, Any], overrides: Sequence[str]) -> tuple[str, ...]:
    """What each override puts in place of what, for whoever reads verdict and report; values that may identify are left out."""
    return tuple(
        _replaced(data, *(part.strip() for part in entry.split("=", 1))) for entry in overrides if "=" in entry
    )


def _replaced(data: Mapping[str, Any], key: str, value: str) -> str:
    steps = [step.strip() for step in key.split(".")]
    name = key_text(steps)
    if name.startswith(KEPT_BACK):
        return f"{name} was set on the command line, in place of what the prescription says"
    was: Any = data
    for step in steps:
        was = was.get(step) if isinstance(was, dict) else None
    before = "does not name it" if was is None else f"says {shown(was)}"
    return f"{name} was set to {shown(_toml_value(value))} on the command line; the prescription {before}"


def _override(data: dict[str, Any], entry: str) -> Reason | None:
    key, sign, value = entry.partition("=")
    path = [p.strip() for p in key.split(".")]
    if not sign or len(path) < 2 or not all(path):
        return Reason("set", f"was {shown(entry)}; table.key=value is wanted, such as design.gap_mm=0.6")
    table = data
    for step in path[:-1]:
        table = table.setdefault(step, {})
        if not isinstance(table, dict):
            return Reason("set", f"{key_text(path)} cannot be set: {shown(step)} is no table of the prescription")
    table[path[-1]] = _toml_value(value.strip())
    return None


def _toml_value(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
    return parsed["value"] if set(parsed) == {"value"} else text
