"""A study brought from an archive: the one that was asked for, whole, or a refusal that says what is missing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.exchange.archive import Archive, StudyEntry, too_large
from anatofit.exchange.collect import Collector, Promise
from anatofit.exchange.limits import Limits
from anatofit.exchange.part10 import name_of, write_durably
from anatofit.exchange.requester import DimseArchive
from anatofit.exchange.web import WebArchive
from anatofit.model.exchange import Dimse, Pacs
from anatofit.model.words import counted

# Between two messages an archive may fetch from tape.
PULL_LIMITS = Limits(idle_s=300.0)
_NAMED = 20  # missing instances, or studies, that a message names


@dataclass(frozen=True)
class Pulled:
    """What was brought. study: the hash of its UID; aside: instances that were sent and do not belong."""

    folder: Path
    study: str
    instance_count: int
    byte_count: int
    aside: int


def pull(
    archive: Pacs, into: Path, *, accession: str | None = None, study: str | None = None, limits: Limits = PULL_LIMITS
) -> Pulled:
    """The study as files in `into`/scan. Raises ScanUnsuitableError, OutputError, or RequestError (login, library)."""
    source: Archive = DimseArchive(archive, limits) if isinstance(archive, Dimse) else WebArchive(archive, limits)
    with closing(source):
        return _brought(source, into, _one(source.studies(accession=accession, study=study)), limits)


def _brought(source: Archive, into: Path, entry: StudyEntry, limits: Limits) -> Pulled:
    promised = source.instances(entry.uid)
    if not promised:
        raise ScanUnsuitableError(Reason("study-not-found", "the archive knows the study, but lists no instance of it"))
    collector = Collector(into, study=entry.uid, promised=promised, limits=limits)
    try:
        source.fetch(entry.uid, collector)
    finally:
        collector.end()
    _complete(entry, collector)
    pulled = Pulled(collector.scan, name_of(entry.uid), collector.count, collector.byte_count, collector.aside)
    _record(into, pulled)
    return pulled


def _one(found: Sequence[StudyEntry]) -> StudyEntry:
    if not found:
        why = "the archive has no study of that accession number or UID. Correct it, or name another archive"
        raise ScanUnsuitableError(Reason("study-not-found", why))
    if len(found) > 1:
        names = [f"{s.uid} ({_told(s.instance_count)})" for s in sorted(found, key=lambda s: s.uid)]
        why = f"the archive has {len(found)} studies of that accession number: {_listed(names)}"
        raise ScanUnsuitableError(Reason("several-studies", f"{why}. Pull one by its UID: anatofit pull --study UID"))
    return found[0]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _told(count: int) -> str:
    return counted(count, "instance") if count >= 0 else "number of instances not told"


def _complete(entry: StudyEntry, collector: Collector) -> None:
    """Raises ScanUnsuitableError where something that was listed did not come, or the lists contradict each other."""
    missing, promised = collector.missing, len(collector.promised)
    if missing:
        if collector.is_full:
            raise too_large("the disk, or what a study can be, has no room for all of it")
        names = _listed([_named(p) for p in missing])
        aside = (
            f"; {counted(collector.aside, 'instance')} that do not belong were kept aside" if collector.aside else ""
        )
        why = f"the archive lists {counted(promised, 'instance')}, {collector.count} came{aside}. Missing: {names}"
        raise ScanUnsuitableError(Reason("pull-incomplete", f"{why}. Pull again into a new folder"))
    if entry.instance_count > promised:
        why = f"the archive speaks of {counted(entry.instance_count, 'instance')} in the study, and lists {promised}"
        raise ScanUnsuitableError(Reason("pull-incomplete", f"{why}. Pull again into a new folder"))


def _named(promise: Promise) -> str:
    series = f"series {promise.series_number}" if promise.series_number >= 0 else "a series without number"
    return (
        f"{series} instance {promise.instance_number}" if promise.instance_number >= 0 else f"an instance of {series}"
    )


def _record(into: Path, pulled: Pulled) -> None:
    """pull.json beside the scan: counts, and who it was only as a hash. Raises OSError."""
    said = {
        "study": pulled.study,
        "instances": pulled.instance_count,
        "bytes": pulled.byte_count,
        "aside": pulled.aside,
    }
    write_durably(into / "pull.json", json.dumps(said, indent=1, sort_keys=True).encode() + b"\n", by=into)
