"""Numbers as sentences of the report hold them."""

from __future__ import annotations

from typing import Any


def triple(values: Any, digits: int) -> str:
    """A place or direction in brackets, with true minus signs."""
    return f"({', '.join(f'{float(v):.{digits}f}' for v in values)})".replace("-", "\u2212")
