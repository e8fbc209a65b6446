"""The hash that a stored result is found by: what was done, by which code, with what, on what."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import anatofit
from anatofit.app.codec import digest
from anatofit.app.versions import versions


def result_key(
    step: str, *, parameters: Mapping[str, Any], unspoken: Mapping[str, Any], inputs: Mapping[str, str]
) -> str:
    """Equal only where step, code, libraries, parameters and inputs are. It tells nothing of what went in."""
    made_of = {"step": step, "code": code_sha256(), "software": versions(), "parameters": dict(parameters)}
    return digest({**made_of, "unspoken": dict(unspoken), "inputs": dict(inputs)})


@cache
def code_sha256() -> str:
    """Over every file of the installed package: a changed line makes a changed result possible."""
    root = Path(anatofit.__file__).parent
    files = sorted(p for p in root.rglob("*") if p.is_file() and p.suffix != ".pyc")
    return digest([[str(p.relative_to(root)), hashlib.sha256(p.read_bytes()).hexdigest()] for p in files])


def source_sha256(source: Path) -> str:
    """Over what a scan or labels are read from: a folder, or a file; a header with its values beside it stands for its folder."""
    if source.is_dir() or source.suffix.lower() in (".nhdr", ".nrrd"):
        return folder_sha256(source if source.is_dir() else source.parent)
    if not source.is_file():
        return digest([])
    with source.open("rb") as stream:
        return digest([hashlib.file_digest(stream, "sha256").hexdigest()])


def folder_sha256(folder: Path) -> str:
    """Over the names and contents of all regular files below `folder`; of an empty list where there is none.

    A scan may be one file: its content alone counts, not its name, but a DICOMDIR stands for all that lies beside it.
    """
    if not folder.is_file():
        return digest(sorted(_named_hashes(folder)))
    content = _file_sha256(folder)
    return digest([content, *(sorted(_named_hashes(folder.resolve().parent)) if _is_medium(folder) else ())])


def _is_medium(path: Path) -> bool:
    from anatofit.ingest.door.opened import Kind, kind_of_file

    return kind_of_file(path) is Kind.MEDIUM


def _file_sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _named_hashes(folder: Path) -> Iterator[list[str]]:
    for here, folders, names in os.walk(folder):
        folders.sort()
        for path in (Path(here, name) for name in sorted(names)):
            if not stat.S_ISREG(path.lstat().st_mode):
                continue
            yield [str(path.relative_to(folder)), _file_sha256(path)]
