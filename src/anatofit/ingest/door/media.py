"""The files that a DICOMDIR names (PS3.3, F; PS3.10, 8), looked for in its own folder and nowhere else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from anatofit.ingest.door.faults import UNREADABLE, FileError
from anatofit.ingest.door.guard import dataset_of, judge
from anatofit.model.quiet import quiet_pydicom

DICOMDIR_CLASS = "1.2.840.10008.1.3.10"

_KEYWORDS = ("DirectoryRecordSequence",)


@dataclass(frozen=True)
class Medium:
    """The files that are there; how many references name none; and the first reference that leads elsewhere, if any."""

    files: tuple[Path, ...]
    missing: int
    fault: FileError | None


def is_medium(descriptor: int, path: Path) -> bool:
    """The file is a DICOMDIR. Raises FileError where it is a broken one."""
    judged = judge(descriptor, path=path, keywords=_KEYWORDS)
    return judged is not None and judged.media_class == DICOMDIR_CLASS


def read_medium(descriptor: int, path: Path) -> Medium:
    """What the DICOMDIR at `path` names, each file once. Raises FileError where it cannot be read."""
    judged = judge(descriptor, path=path, keywords=_KEYWORDS)
    if judged is None:
        raise FileError(UNREADABLE, "it is no DICOMDIR")
    folder = path.parent
    files: dict[Path, None] = {}
    missing, fault = 0, None
    with quiet_pydicom():
        references = list(_references(dataset_of(judged.kept, judged.encoding)))
    for parts in references:
        try:
            found = _found(folder, parts)
        except FileError as error:
            fault = fault or error
            continue
        if found is None:
            missing += 1
        else:
            files[found] = None
    return Medium(tuple(files), missing, fault)


def _references(dataset: object) -> Iterator[tuple[str, ...]]:
    """The components of every Referenced File ID. Raises FileError."""
    try:
        for record in dataset.get("DirectoryRecordSequence") or ():  # type: ignore[attr-defined]
            value = record.get("ReferencedFileID")
            if value:
                yield (value,) if isinstance(value, str) else tuple(map(str, value))
    except Exception as error:  # a broken value may raise anything
        raise FileError(UNREADABLE, "a directory record cannot be read") from error


def _found(folder: Path, parts: Sequence[str]) -> Path | None:
    """The regular file below `folder`, over real folders only; None where there is none. Raises FileError."""
    at = folder
    for number, part in enumerate(parts, start=1):
        if not part or part in (".", "..") or not part.isprintable() or set(part) & set("/\\:"):
            raise FileError("media-reference", "a reference names a place outside of the medium's folder")
        child = _child(at, part)
        if child is None:
            return None
        at = child
        mode = at.lstat().st_mode
        if not (stat.S_ISREG(mode) if number == len(parts) else stat.S_ISDIR(mode)):
            raise FileError("media-reference", "a reference leads over a link, a pipe or a device, or to no file")
    return at


def _child(folder: Path, name: str) -> Path | None:
    """The entry of that name, or the only one that differs in case: some systems show names of media in small letters."""
    if os.path.lexists(folder / name):
        return folder / name
    alike = [entry for entry in folder.iterdir() if entry.name.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else None
