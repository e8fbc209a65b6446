"""Private folders of passing life: they go with the block that made them, or, where their process was killed, with the next that is made.

Each is held by a lock on the folder itself, which the system lets go when the process ends in whatever way: what nobody holds is left
over, and may hold a patient's scan.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "anatofit-passing-"
# Beside what is to be written it is out of sight.
HIDDEN_PREFIX = f".{PREFIX}"


@contextmanager
def passing_folder(beside: Path | None = None) -> Iterator[Path]:
    """A folder for its owner alone (0700), among the system's temporary ones (TMPDIR) or in `beside`. Raises OSError.

    What killed processes left in the same place is removed first.
    """
    place = Path(tempfile.gettempdir()) if beside is None else beside
    sweep(place)
    folder, descriptor = _held(place, PREFIX if beside is None else HIDDEN_PREFIX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def sweep(place: Path | None = None) -> None:
    """Removes the passing folders in `place` (default: TMPDIR) that are ours and that no process holds any more."""
    with suppress(OSError):
        for path in (Path(tempfile.gettempdir()) if place is None else place).iterdir():
            if path.name.startswith((PREFIX, HIDDEN_PREFIX)):
                _remove_left_over(path)


def _held(place: Path, prefix: str) -> tuple[Path, int]:
    """A new folder and the descriptor that holds its lock; made anew where another's sweep was faster than the lock."""
    while True:
        folder = Path(tempfile.mkdtemp(dir=place, prefix=prefix))
        try:
            descriptor = _opened(folder)
        except FileNotFoundError:
            continue
        with suppress(OSError):  # a file system without locks: nobody can lock it, so nobody sweeps it either
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder, descriptor
        os.close(descriptor)


def _remove_left_over(folder: Path) -> None:
    with suppress(OSError):
        descriptor = _opened(folder)
        try:
            status = os.fstat(descriptor)
            if status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) == 0o700:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(descriptor)


def _opened(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
