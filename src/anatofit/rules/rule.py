"""One reason to stop, as a row of a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """A code and a name that stay (both are contracts), what it means, what a person can do, whether a person may overrule it."""

    code: str
    name: str
    meaning: str
    remedy: str
    waivable: bool = False
    exit_code: int = 3
