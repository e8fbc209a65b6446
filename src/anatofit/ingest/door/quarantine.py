"""What is refused kept apart: its bytes intact and a record of the reasons, so that nothing is lost and nothing is read by mistake."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType

from anatofit.errors import OutputError, Reason
from anatofit.ingest.door.faults import Refused
from anatofit.ingest.door.files import open_regular
from anatofit.rules import RULES, code_of

RULE = "quarantine"
_STEP_BYTES = 2**20


def keep_apart(
    refused: Iterable[Refused],
    folder: Path,
    *,
    scan: Path,
    series: Mapping[Path, Sequence[Reason]] = MappingProxyType({}),
) -> None:
    """Copies each refused file into `folder` as `<sha256>` with `<sha256>.json` beside it.

    series: the files of series that are refused, sound as they may be one by one, with the reasons of their series. The source stays
    as it is. The folder is for its owner alone (0700, files 0600); each file is written whole or not at all, and bears nothing of
    its name. A file that cannot be opened has no copy. Raises OutputError.
    """
    try:
        _prepare(folder, scan)
        for entry in refused:
            if entry.sha256:
                _keep(entry.path, folder, partial(_record_of_file, entry))
        for path, reasons in series.items():
            _keep(path, folder, partial(_record_of_series, reasons))
        _settle(folder)
    except OSError as error:
        why = f"the quarantine folder cannot be written: {error.strerror}. Name another folder, or make room"
        raise OutputError(Reason(RULE, why)) from error


def _prepare(folder: Path, scan: Path) -> None:
    if folder.resolve().is_relative_to(scan.resolve()):
        raise OutputError(Reason(RULE, "the quarantine folder lies in the scan. Name a folder outside of it"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if stat.S_IMODE(status.st_mode) & 0o077 or status.st_uid != os.geteuid():
        raise OutputError(
            Reason(RULE, "others may enter the quarantine folder. Take their rights (mode 0700), or name another")
        )


def _keep(path: Path, folder: Path, record: Callable[[str, int], bytes]) -> None:
    """The copy under the hash of what was copied, which `record` is given with its size."""
    begun = folder / f".partial-{os.getpid()}"
    descriptor = open_regular(path)
    if descriptor is None:
        raise OSError(0, "a refused file is gone")
    try:
        digest, size = _copied(descriptor, begun)
        begun.replace(folder / digest)
    finally:
        os.close(descriptor)
        begun.unlink(missing_ok=True)
    _write(folder / f"{digest}.json", begun, record(digest, size))


def _copied(descriptor: int, target: Path) -> tuple[str, int]:
    digest, at = hashlib.sha256(), 0
    with os.fdopen(_new(target), "wb") as out:
        while step := os.pread(descriptor, _STEP_BYTES, at):
            digest.update(step)
            out.write(step)
            at += len(step)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest(), at


def _new(target: Path) -> int:
    return os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)


def _record_of_file(refused: Refused, digest: str, size: int) -> bytes:
    """A file that changed meanwhile is kept as it is now, and said to have changed."""
    changed = digest != refused.sha256
    rule = "changed-file" if changed else refused.rule
    was = "the file changed after it had been refused" if changed else refused.was
    message = f"{was[0].upper()}{was[1:]}. {RULES[rule].remedy}"
    return _record({"sha256": digest, "bytes": size, "refused": "file"}, [Reason(rule, message)])


def _record_of_series(reasons: Sequence[Reason], digest: str, size: int) -> bytes:
    return _record({"sha256": digest, "bytes": size, "refused": "series"}, reasons)


def _record(what: Mapping[str, str | int], reasons: Sequence[Reason]) -> bytes:
    """The first reason by itself, and all of them. No clock: the same file refused for the same reasons leaves the same record."""
    told = [{"code": code_of(r.rule), "rule": r.rule, "message": r.message} for r in reasons]
    return json.dumps({**what, **told[0], "reasons": told}, indent=1, ensure_ascii=True).encode() + b"\n"


def _write(target: Path, begun: Path, data: bytes) -> None:
    with os.fdopen(_new(begun), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    begun.replace(target)


def _settle(folder: Path) -> None:
    """Names are as durable as bytes."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
