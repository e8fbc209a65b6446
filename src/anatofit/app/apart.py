"""The exported files are measured by processes of their own: they have the files and nothing else, and use both cores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from anatofit.errors import AnatofitError, Reason
from anatofit.model.finding import Finding, Requirement

# Sums are added in one order, as everywhere in a run.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def measured_apart(files: Mapping[str, bytes], requirements: Sequence[Requirement]) -> list[Finding]:
    """A finding for each requirement, in their order. Raises AnatofitError where a process ended without an answer."""
    from anatofit.verify.apart import shares

    found: dict[int, Finding] = {}
    with _on_disk(files) as folder, ExitStack() as stack:
        running = [
            (share, stack.enter_context(_started(folder, [requirements[n] for n in share])))
            for share in shares(requirements)
        ]
        for share, process in running:
            found.update(zip(share, _answer(process), strict=True))
    return [found[n] for n in range(len(requirements))]


@contextmanager
def _started(folder: Path, requirements: Sequence[Requirement]) -> Iterator[subprocess.Popen[str]]:
    """A process at work; it does not outlive the block."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
        [sys.executable, "-P", "-m", "anatofit.verify.apart", str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        env={**os.environ, **_ONE_THREAD, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # it is dead already: its exit code says so
        process.stdin.write(json.dumps([r.model_dump(mode="json") for r in requirements]))
        process.stdin.close()
    process.stdin = None
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _answer(process: subprocess.Popen[str]) -> list[Finding]:
    said, complained = process.communicate()
    if process.returncode != 0:
        why = (complained.strip().splitlines() or ["it said nothing"])[-1]
        raise AnatofitError(
            Reason(
                "measuring",
                f"the process that measures the files ended with {process.returncode}: {why[:300]}. "
                "Run again; where memory is short, run fewer cases at once",
            )
        )
    return [Finding.model_validate(f) for f in json.loads(said)]


@contextmanager
def _on_disk(files: Mapping[str, bytes]) -> Iterator[Path]:
    """The files in a folder of passing life."""
    with TemporaryDirectory(prefix="anatofit-") as folder:
        for name, data in files.items():
            path = Path(folder, *PurePosixPath(name).parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        yield Path(folder)
