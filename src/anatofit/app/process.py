"""Modules of ours run in processes of their own, so that both cores work and memory is given back."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from anatofit.errors import AnatofitError, Reason

_LEASHED = "anatofit.app.leashed"
# Sums are added in one order, as everywhere in a run.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@contextmanager
def started(module: str, folder: Path, message: str) -> Iterator[subprocess.Popen[str]]:
    """`python -m module folder < message`, at work; it outlives neither the block nor this process, in whatever way that ends."""
    theirs, ours = os.pipe()  # ours is never written to: it closes when this process ends
    try:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
            [sys.executable, "-P", "-m", _LEASHED, str(theirs), module, str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
            pass_fds=(theirs,), env={**os.environ, **_ONE_THREAD, "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # it is dead already: its exit code says so
        process.stdin.write(message)
        process.stdin.close()
    process.stdin = None
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
        os.close(ours)


def answer(process: subprocess.Popen[str], *, rule: str, task: str) -> str:
    """What the process wrote before it ended. Raises AnatofitError named `rule` where it failed."""
    said, complained = process.communicate()
    if process.returncode != 0:
        why = (complained.strip().splitlines() or ["it said nothing"])[-1]
        raise AnatofitError(
            Reason(
                rule,
                f"the process that {task} ended with {process.returncode}: {why[:300]}. "
                "Run again; where memory is short, run fewer cases at once",
            )
        )
    return said
