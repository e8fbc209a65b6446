"""Numbers as sentences of the report hold them."""

from __future__ import annotations

from typing import Any

from anatofit.model.words import bracketed


def triple(values: Any, digits: int) -> str:
    """A place or direction in brackets, with true minus signs."""
    return bracketed(values, digits).replace("-", "\u2212")
