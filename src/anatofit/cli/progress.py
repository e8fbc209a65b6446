"""A bar on a terminal, plain lines elsewhere, both on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from anatofit.cli.output import say_error

if TYPE_CHECKING:
    from anatofit.app.personalize import Progress


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """What a long command calls at each step."""
    if not sys.stderr.isatty():
        yield _line
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda title, done, total: bar.update(task, description=title, completed=done, total=total)


def _line(title: str, done: int, total: int) -> None:
    say_error(f"[{min(done + 1, total)}/{total}] {title}" if done < total else title)
