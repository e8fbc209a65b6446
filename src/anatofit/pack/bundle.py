"""A folder that appears whole under its name, or not at all: built beside, made safe on disk, then renamed."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from anatofit.errors import OutputError, Reason
from anatofit.model.passing import passing_folder
from anatofit.pack.manifest import MANIFEST_NAME, PAIR_NAME

_RULE = "out"
# A pack of a head is some 35 to 50 MB; with less room than this before the work starts it might be in vain.
ROOM_TO_START_BYTES = 64_000_000
# File systems need some room for names and tables beside the content.
ROOM_FOR_TABLES_BYTES = 1_000_000

_REMEDIES = {
    errno.ENOSPC: "the disk is full. Free some space or name another folder",
    errno.EDQUOT: "the quota is used up. Free some space or name another folder",
    errno.EACCES: "the place may not be written. Choose a folder of your own, or ask for the right to write there",
    errno.EPERM: "the place may not be written. Choose a folder of your own, or ask for the right to write there",
    errno.EROFS: "the file system is read-only. Name a folder on another disk",
    errno.ENOENT: "no folder can be made there. Name a folder in a place where you may make one",
    errno.ENAMETOOLONG: "the path is too long. Name a shorter one",
    errno.ENOTDIR: "a part of the path is a file. Name a folder whose parents are folders",
    errno.EIO: "the disk reported an error. Check it, or name a folder on another disk",
}


class Bundle:
    """One pack to be written at `out`. `force` lets it take the place of a pack that is there already."""

    def __init__(self, out: Path, *, force: bool = False) -> None:
        self.out = Path(os.path.abspath(out))  # noqa: PTH100 - resolve() would follow a link at the end
        self._force = force

    def probe(self) -> None:
        """Raises OutputError where the pack could not be written; leaves nothing behind."""
        try:
            self._check_target()
            parent = _nearest_folder(self.out.parent)
            with passing_folder(parent):
                _check_room(parent, ROOM_TO_START_BYTES)
        except OSError as error:
            raise refused(error) from error

    def write(self, files: Mapping[str, bytes]) -> None:
        """Writes every file (path in the pack to content). Raises OutputError, and then nothing was written."""
        made: list[Path] = []
        try:
            self._check_target()
            made = _make_parents(self.out.parent)
            _check_room(self.out.parent, sum(map(len, files.values())) + ROOM_FOR_TABLES_BYTES)
            self._write_beside(files)
        except BaseException as error:
            _remove_empty(made)
            if isinstance(error, OSError):
                raise refused(error) from error
            raise

    def _write_beside(self, files: Mapping[str, bytes]) -> None:
        with passing_folder(self.out.parent) as private:
            beside = private / "pack"
            beside.mkdir()
            for path, content in files.items():
                _write_file(beside / path, content)
            for folder in sorted({beside, *(p for p in beside.rglob("*") if p.is_dir())}):
                _sync_folder(folder)
            self._take_place(beside)
        _sync_folder(self.out.parent)

    def _take_place(self, beside: Path) -> None:
        """Renames; what was there is put back if the new pack cannot take its place, and removed if it can."""
        self._check_target()
        if not (self.out.is_dir() and any(self.out.iterdir())):
            beside.rename(self.out)
            return
        old = Path(tempfile.mkdtemp(dir=self.out.parent, prefix=".anatofit-old-")) / "pack"
        self.out.rename(old)
        try:
            beside.rename(self.out)
        except BaseException:
            old.rename(self.out)
            raise
        finally:
            shutil.rmtree(old.parent, ignore_errors=True)

    def _check_target(self) -> None:
        """Free, an empty folder, or (with force) an older pack; anything else is somebody's and stays."""
        if self.out.is_symlink():
            raise _reason("the output folder (--out) is a link. Name the folder itself")
        if not self.out.exists():
            return
        if not self.out.is_dir():
            raise _reason("the output folder (--out) is a file. Name a folder that does not exist yet")
        if any(self.out.iterdir()):
            if not _is_pack(self.out):
                raise _reason(
                    "the output folder (--out) holds files that are no pack; they stay. Name a folder that does not exist yet"
                )
            if not self._force:
                raise _reason(
                    "the output folder (--out) holds a pack already. Name another folder, or replace the pack with --force"
                )


def _reason(message: str) -> OutputError:
    return OutputError(Reason(_RULE, message))


def refused(error: OSError, what: str = "the pack") -> OutputError:
    """The reason why `what` cannot be written, and what to do about it."""
    why = _REMEDIES.get(error.errno or 0, f"{error.strerror or 'an unknown error'}. Name another folder")
    return _reason(f"{what} cannot be written: {why}. Nothing was written")


def _is_pack(folder: Path) -> bool:
    """A pack, or the two of a pair."""
    return _says(folder / MANIFEST_NAME, "ledger_sha256") or _says(folder / PAIR_NAME, "soles_apart_mm")


def _says(path: Path, key: str) -> bool:
    try:
        return key in json.loads(path.read_bytes())
    except (OSError, ValueError, TypeError):
        return False


def _nearest_folder(folder: Path) -> Path:
    """The folder itself or its nearest ancestor that exists."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _check_room(folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < wanted:
        have, need = free / 1e6, wanted / 1e6
        raise _reason(
            f"the disk has {have:.0f} MB free; {need:.0f} MB are wanted. Free some space or name another folder"
        )


def _make_parents(folder: Path) -> list[Path]:
    """Makes the folder and its ancestors; those that were not there, innermost first."""
    missing = [p for p in (folder, *folder.parents) if not p.exists()]
    made: list[Path] = []
    try:
        for path in reversed(missing):
            path.mkdir()
            made.insert(0, path)
    except OSError:
        _remove_empty(made)
        raise
    return made


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return


def _write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
