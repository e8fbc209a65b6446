"""Words of messages: a number with its noun or its unit, and a value as TOML writes it, never as Python does."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from difflib import get_close_matches
from typing import Any

# Longest piece of a value or key that a message repeats.
SHOWN = 60

# Of each unit as many decimals as a hand or a scanner can mean anything by: a micrometre, a hundredth of a degree, a tenth of a gram.
_DECIMALS: Mapping[str, int] = {
    "mm": 3, "mm2": 1, "mm²": 1, "mm3": 1, "mm³": 1, "cm3": 2, "cm³": 2, "deg": 2, "°": 2, "g": 1, "times": 2, "%": 2,
}  # fmt: skip
_FINEST = 9


def counted(count: int, noun: str, nouns: str = "") -> str:
    """`1 slice`, `2 slices`; `nouns` where the plural takes more than an s."""
    return f"{count} {noun}" if count == 1 else f"{count} {nouns or noun + 's'}"


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def figured(value: float, unit: str = "", *, apart: Sequence[float | None] = ()) -> str:
    """A measured number as a person reads it, without its unit: with the decimals of its unit, `< 0.001` where there is less than these
    show; four significant digits of any other.

    apart: numbers, such as a limit that is not kept, that it must not read as where it is another.
    """
    decimals = _DECIMALS.get(unit)
    if decimals is None or not math.isfinite(value):
        return _significant(value)
    others = [other for other in apart if other is not None and other != value]
    while decimals < _FINEST and any(round(value, decimals) == round(other, decimals) for other in others):
        decimals += 1
    if abs(value) > 0 and not round(value, decimals):
        return f"{'<' if value > 0 else '> -'} {10.0**-decimals:.{decimals}f}".replace("- ", "-")
    return _trimmed(f"{value + 0.0:.{decimals}f}")


def bracketed(values: Iterable[float], decimals: int = 0) -> str:
    """A place or a direction in brackets, no zero with a minus."""
    return f"({', '.join(f'{float(value):z.{decimals}f}' for value in values)})"


def _significant(value: float) -> str:
    """Four digits that count, never a power of ten; what is no number at all as zero."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "∞" if value > 0 else "-∞"
    if abs(value) <= 1e-9:
        return "0"
    if abs(value) < 1e-4:
        return _trimmed(f"{value:.{2 - math.floor(math.log10(abs(value)))}f}")
    return f"{value:.4g}" if abs(value) < 9999.5 else f"{value:.0f}"


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def names(row: str) -> frozenset[str]:
    """The names that stand in a row, parted by spaces."""
    return frozenset(row.split())


def nearest_first(key: str, known: Iterable[str]) -> list[str]:
    """The names that are known, those first that a misspelt key may stand for."""
    names_known = list(known)
    near = get_close_matches(key, names_known)
    return [*near, *(name for name in names_known if name not in near)]


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
