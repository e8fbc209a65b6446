"""What a pull collects: only instances of the study that was asked for, only those that the archive listed, each under a name of ours."""

from __future__ import annotations

import filecmp
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from anatofit.errors import OutputError, Reason
from anatofit.exchange.acceptor import CANNOT_UNDERSTAND, DOES_NOT_MATCH, DUPLICATE, NO_RESOURCES
from anatofit.exchange.aside import keep_aside
from anatofit.exchange.dimse import SUCCESS
from anatofit.exchange.limits import Limits
from anatofit.exchange.part10 import Identity, Incoming, name_of, room_for, sync_folder


@dataclass(frozen=True)
class Promise:
    """What an archive lists of an instance. The numbers are for people; -1 where it tells none."""

    series: str
    sop_class: str = ""
    series_number: int = -1
    instance_number: int = -1


class Collector:
    """FOLDER/scan/*.dcm, and FOLDER/quarantine for what does not belong. Raises OutputError where the folder is in use."""

    def __init__(self, folder: Path, *, study: str, promised: Mapping[str, Promise], limits: Limits) -> None:
        self._study, self._promised, self._limits = study, promised, limits
        self.scan, self._quarantine, self._incoming = (folder / n for n in ("scan", "quarantine", "incoming"))
        self._lock = threading.Lock()
        self._came: set[str] = set()
        self.byte_count, self.aside, self.is_full = 0, 0, False
        try:
            if folder.exists() and any(folder.iterdir()):
                raise OutputError(Reason("inbox", "the folder to pull into holds something; name a new one"))
            for place in (self.scan, self._incoming):
                place.mkdir(mode=0o700, parents=True)
        except OSError as error:
            why = f"the folder to pull into cannot be made: {error.strerror}; name another"
            raise OutputError(Reason("inbox", why)) from error

    @property
    def promised(self) -> Mapping[str, Promise]:
        """What the archive listed, by SOP Instance UID."""
        return self._promised

    @property
    def count(self) -> int:
        """Instances that came as they were listed."""
        return len(self._came)

    @property
    def missing(self) -> list[Promise]:
        """What was listed and did not come, in its order."""
        left = [promise for uid, promise in self._promised.items() if uid not in self._came]
        return sorted(left, key=lambda p: (p.series_number, p.instance_number))

    def begin(self) -> Incoming:
        """A file for what begins to come in. Raises OSError."""
        return Incoming.begin(self._incoming)

    def has_room(self, byte_count: int) -> bool:
        """Disk and study have room for an instance that is so large by now."""
        within = self.byte_count + byte_count <= self._limits.largest_study_bytes
        room = within and room_for(self.scan, keep_free_bytes=self._limits.free_bytes)
        self.is_full = self.is_full or not room
        return room

    def take(self, part: Incoming, who: Identity) -> int:
        """Success for what was listed, once or again. Raises OSError."""
        promise = self._promised.get(who.sop_instance)
        if not self.has_room(part.byte_count):
            part.drop()
            return NO_RESOURCES
        if who.study != self._study:
            return self._aside(part, "other-study", DOES_NOT_MATCH)
        if promise is None or promise.series != who.series:
            return self._aside(part, "not-promised", DOES_NOT_MATCH)
        target = self.scan / f"{name_of(who.sop_instance)}.dcm"
        with self._lock:
            if not target.exists():
                part.path.rename(target)
                self._came.add(who.sop_instance)
                self.byte_count += part.byte_count
                return SUCCESS
        if not filecmp.cmp(part.path, target, shallow=False):
            return self._aside(part, "other-bytes", DUPLICATE)
        part.drop()
        return SUCCESS

    def refuse(self, part: Incoming, why: str) -> None:
        """Keeps aside what cannot be accepted. Raises OSError."""
        self._aside(part, why, CANNOT_UNDERSTAND)

    def _aside(self, part: Incoming, why: str, status: int) -> int:
        self._quarantine.mkdir(mode=0o700, exist_ok=True)
        keep_aside(part, self._quarantine, why=why)
        with self._lock:
            self.aside += 1
            self.byte_count += part.byte_count  # a flood of what nobody asked for ends at the same bound
        return status

    def end(self) -> None:
        """What came is durable, what did not come whole is gone. Raises OSError."""
        shutil.rmtree(self._incoming, ignore_errors=True)
        sync_folder(self.scan)
        sync_folder(self.scan.parent)
