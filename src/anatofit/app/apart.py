"""The exported files are measured by processes of their own: they have the files and nothing else, and use both cores."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath

from anatofit.app.process import answer, started
from anatofit.model.finding import Finding, Requirement
from anatofit.model.passing import passing_folder

_MODULE = "anatofit.verify.apart"


def measured_apart(files: Mapping[str, bytes], requirements: Sequence[Requirement]) -> list[Finding]:
    """A finding for each requirement, in their order. Raises AnatofitError where a process ended without an answer."""
    from anatofit.verify.apart import shares

    found: dict[int, Finding] = {}
    with written(files) as folder, ExitStack() as stack:
        running = [
            (share, stack.enter_context(started(_MODULE, folder, _asked([requirements[n] for n in share]))))
            for share in shares(requirements)
        ]
        for share, process in running:
            said = json.loads(answer(process, rule="measuring", task="measures the files"))
            found.update(zip(share, map(Finding.model_validate, said), strict=True))
    return [found[n] for n in range(len(requirements))]


def _asked(requirements: Sequence[Requirement]) -> str:
    return json.dumps([r.model_dump(mode="json") for r in requirements])


@contextmanager
def written(files: Mapping[str, bytes]) -> Iterator[Path]:
    """The files in a folder of passing life."""
    with passing_folder() as folder:
        for name, data in files.items():
            path = folder.joinpath(*PurePosixPath(name).parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        yield folder
