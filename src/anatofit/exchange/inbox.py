"""The folder of a listener: each instance whole and durable before it is acknowledged, each study in versions that never mix.

    FOLDER/incoming/*.part                  on their way in; removed at the next start
    FOLDER/studies/STUDY/v1/INSTANCE.dcm    what came, under hashes of the UIDs
    FOLDER/studies/STUDY/v1.closed.json     the version is complete: nothing is ever added to it
    FOLDER/studies/STUDY/v2/...             opened by what came later: all of v1 (the same files) and what is new
    FOLDER/quarantine/*.dcm, *.json         what was kept aside, intact, each with its reason
    FOLDER/ledger.jsonl                     one line for each closing and each instance kept aside

Whatever the moment at which the process ends, the folder is as good as after the last acknowledged instance.
"""

from __future__ import annotations

import fcntl
import filecmp
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from anatofit.errors import OutputError, Reason
from anatofit.exchange.aside import keep_aside
from anatofit.exchange.lines import moment
from anatofit.exchange.part10 import Identity, Incoming, name_of, sync_folder, write_durably

# Senders of one study that are remembered; a study comes from one, or from a few.
_MOST_SENDERS = 8


class Kept(Enum):
    """What became of an instance."""

    NEW = "new"
    SAME = "same"  # byte for byte what is here already
    OTHER = "other"  # other bytes under a UID that is here already: kept aside


@dataclass(frozen=True)
class Closed:
    """A version of a study to which nothing is added any more. senders: those that are known to have sent of it since the start."""

    study: str
    version: int
    folder: Path
    instance_count: int
    why: str
    senders: tuple[str, ...] = ()


@dataclass
class _Study:
    """What is known of a study; `version` is its newest, 0 before the first."""

    folder: Path
    version: int = 0
    is_open: bool = False
    count: int = 0
    last_s: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)
    senders: set[str] = field(default_factory=set)  # as few as there are known callers and addresses of theirs

    @property
    def newest(self) -> Path:
        return self.folder / f"v{self.version}"


class Inbox:
    """The only writer of its folder. Raises OutputError where another listener works on it, or it cannot be written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming, self._quarantine = folder / "incoming", folder / "quarantine"
        self._studies: dict[str, _Study] = {}
        self._lock = threading.Lock()
        self.counts = dict.fromkeys(("new", "same", "other", "aside"), 0)
        try:
            for place in (folder, self._incoming, self._quarantine, folder / "studies"):
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._only = (folder / ".lock").open("wb")
            fcntl.flock(self._only, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._recover()
        except BlockingIOError as error:
            self._only.close()
            raise OutputError(
                Reason("inbox", "another listener works on the folder; name another, or end that one first")
            ) from error
        except OSError as error:
            raise OutputError(
                Reason("inbox", f"the folder for what is received cannot be used: {error.strerror}; name another")
            ) from error

    def _recover(self) -> None:
        """Forgets what was never acknowledged, and takes up every study where it stood."""
        for left in self._incoming.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        for folder in sorted((self._folder / "studies").iterdir()):
            numbers = [int(p.name[1:]) for p in folder.iterdir() if p.is_dir() and p.name[1:].isdigit()]
            if numbers:
                study = _Study(folder, version=max(numbers))
                study.is_open = not _record(study, "closed").exists()
                study.count = len(list(study.newest.iterdir()))
                self._studies[folder.name] = study

    def begin(self) -> Incoming:
        """A file for an instance that begins to come in. Raises OSError."""
        return Incoming.begin(self._incoming)

    def keep(self, part: Incoming, who: Identity) -> Kept:
        """Puts a durable file where it belongs; when this returns, that too is durable. Raises OSError."""
        study = self._study(name_of(who.study))
        with study.lock:
            kept, target = self._place(study, part, name_of(who.sop_instance))
        self._count(kept.value)
        if kept is Kept.OTHER:
            self.set_aside(part, "other-bytes", study=study.folder.name)
        else:
            sync_folder(target.parent)
        return kept

    def _place(self, study: _Study, part: Incoming, name: str) -> tuple[Kept, Path]:
        target = study.newest / f"{name}.dcm"
        study.last_s = time.monotonic()
        if study.version and target.exists():
            if not filecmp.cmp(part.path, target, shallow=False):
                return Kept.OTHER, target
            part.drop()
            return Kept.SAME, target
        if not study.is_open:
            self._open_version(study)
        target = study.newest / f"{name}.dcm"
        part.path.rename(target)
        study.count += 1
        if part.sender and len(study.senders) < _MOST_SENDERS:
            study.senders.add(part.sender)
        return Kept.NEW, target

    def _open_version(self, study: _Study) -> None:
        """The next version, with all that the one before holds, appears at once and whole."""
        made = self._incoming / f"{study.folder.name}.version"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(mode=0o700)
        for path in study.newest.iterdir() if study.version else ():
            _linked(path, made / path.name)
        sync_folder(made)
        study.folder.mkdir(mode=0o700, exist_ok=True)
        made.rename(study.folder / f"v{study.version + 1}")
        sync_folder(study.folder)
        sync_folder(study.folder.parent)
        study.version, study.is_open = study.version + 1, True

    def _study(self, name: str) -> _Study:
        with self._lock:
            return self._studies.setdefault(name, _Study(self._folder / "studies" / name))

    def _count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1

    def set_aside(self, part: Incoming, why: str, *, study: str | None = None) -> None:
        """Keeps the bytes in quarantine with the reason. Raises OSError."""
        name = keep_aside(part, self._quarantine, why=why, study=study)
        if why != "other-bytes":
            self._count("aside")
        self._note({"event": "aside", "why": why, "kept": name, "study": study, "sender": part.sender})

    def close_quiet(self, *, quiet_s: float, expect: int | None = None) -> list[Closed]:
        """Closes every open study that was quiet for so long, or whose first version is as large as expected. Raises OSError."""
        with self._lock:
            studies = list(self._studies.values())
        closed = []
        for study in studies:
            with study.lock:
                complete = expect is not None and study.version == 1 and study.count >= expect
                if study.is_open and (complete or time.monotonic() - study.last_s >= quiet_s):
                    closed.append(self._close(study, "complete" if complete else "quiet"))
        return closed

    def _close(self, study: _Study, why: str) -> Closed:
        closed = Closed(study.folder.name, study.version, study.newest, study.count, why, tuple(sorted(study.senders)))
        sync_folder(study.newest)
        said = {"study": closed.study, "version": closed.version, "instances": closed.instance_count, "why": why}
        write_durably(_record(study, "closed"), _json(said), by=self._incoming)
        study.is_open = False
        self._note({"event": "closed", "senders": list(closed.senders), **said})
        study.senders.clear()
        return closed

    def unhandled(self) -> Iterator[Closed]:
        """Versions that were closed, but of which nobody has noted yet that they were handed on."""
        for study in list(self._studies.values()):
            if study.version and not study.is_open and not _record(study, "handled").exists():
                yield Closed(study.folder.name, study.version, study.newest, study.count, "earlier")

    def handled(self, closed: Closed, outcome: dict[str, Any]) -> None:
        """Notes that a version was handed on, and what came of it. Raises OSError."""
        path = closed.folder.with_name(f"v{closed.version}.handled.json")
        write_durably(path, _json(outcome), by=self._incoming)
        self._note({"event": "handled", "study": closed.study, "version": closed.version, **outcome})

    def _note(self, line: dict[str, Any]) -> None:
        line = {"at": moment(), **line}
        data = json.dumps(line, sort_keys=True, ensure_ascii=True).encode() + b"\n"
        with self._lock, (self._folder / "ledger.jsonl").open("a+b") as ledger:
            if ledger.seek(0, os.SEEK_END) and not _ends_whole(ledger.fileno()):
                data = b"\n" + data  # the line before was cut by a kill
            ledger.write(data)
            ledger.flush()
            os.fsync(ledger.fileno())

    def end(self) -> None:
        """Another listener may take the folder."""
        self._only.close()


def _record(study: _Study, what: str) -> Path:
    return study.folder / f"v{study.version}.{what}.json"


def _json(data: dict[str, Any]) -> bytes:
    return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=True).encode() + b"\n"


def _linked(path: Path, to: Path) -> None:
    try:
        to.hardlink_to(path)
    except OSError:  # a file system without hard links
        shutil.copyfile(path, to)
        descriptor = os.open(to, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def _ends_whole(descriptor: int) -> bool:
    return os.pread(descriptor, 1, os.fstat(descriptor).st_size - 1) == b"\n"
