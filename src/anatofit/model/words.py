"""Words of messages: a number with its noun, and a value as TOML writes it, never as Python does."""

from __future__ import annotations

from datetime import date, time
from typing import Any

# Longest piece of a value or key that a message repeats.
SHOWN = 60


def counted(count: int, noun: str, nouns: str = "") -> str:
    """`1 slice`, `2 slices`; `nouns` where the plural takes more than an s."""
    return f"{count} {noun}" if count == 1 else f"{count} {nouns or noun + 's'}"


def names(row: str) -> frozenset[str]:
    """The names that stand in a row, parted by spaces."""
    return frozenset(row.split())


def shown(value: Any) -> str:
    """The value in plain ASCII, control and direction marks escaped, cut to a readable length."""
    text = _text(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{ascii(k)[1:-1]} = {_text(v)}" for k, v in value.items()) + "}"
    return ascii(value)
