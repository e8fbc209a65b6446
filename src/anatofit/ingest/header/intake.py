"""What became of every file that was given: accepted, refused under its rule, or left aside; and what is odd about those accepted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from anatofit.ingest.door.faults import Refused
from anatofit.ingest.door.guard import NO_PREAMBLE, STRANGE_PREAMBLE
from anatofit.ingest.door.opened import Opened
from anatofit.ingest.door.walk import LONG_PIXELS, OUT_OF_ORDER, TRAILING
from anatofit.ingest.header.headers import Inventory, read_files
from anatofit.ingest.header.instance import Instance
from anatofit.ingest.rules import HASH_SHOWN, found, listed
from anatofit.model.provenance import FileBalance
from anatofit.model.scan import ScanFinding
from anatofit.model.words import counted

_ODDITIES = {
    NO_PREAMBLE: ("bears", "bear", "no preamble and no DICOM mark; the form was told from the first element"),
    STRANGE_PREAMBLE: ("bears", "bear", "something in the 128 bytes before the DICOM mark; nobody reads or copies it"),
    LONG_PIXELS: ("holds", "hold", "more bytes of pixels than a picture takes; the rest is not read"),
    TRAILING: ("goes", "go", "on after the data set; what follows is not read"),
    OUT_OF_ORDER: ("holds", "hold", "elements out of order"),
}


def received(scan: Opened) -> Inventory:
    """Every file of the scan judged; an archive or DICOMDIR that is refused itself is one file more."""
    inventory = read_files(scan.files)
    refused = (*scan.refused, *inventory.refused)
    return replace(inventory, file_count=inventory.file_count + len(scan.refused), refused=refused)


def balance_of(inventory: Inventory) -> FileBalance:
    """Where every file is."""
    return FileBalance(
        received=inventory.file_count,
        accepted=inventory.accepted,
        quarantined=len(inventory.refused),
        ignored=sum(inventory.skipped.values()),
    )


def file_findings(scan: Opened, inventory: Inventory) -> Iterator[ScanFinding]:
    """A finding for each rule that files break, and one for files that a DICOMDIR names in vain: a slice may be lost."""
    groups: dict[str, list[Refused]] = {}
    for refused in inventory.refused:
        groups.setdefault(refused.rule, []).append(refused)
    for rule, group in groups.items():
        yield found(rule, _told(group), measured=len(group), limit=0, unit="files")
    if scan.missing:
        what = f"The DICOMDIR names {counted(scan.missing, 'file')} that its folder does not hold"
        yield found("media-missing", what, measured=scan.missing, limit=0, unit="files")


def _told(group: Sequence[Refused]) -> str:
    """How many files, what is wrong with the first, and their hashes, since no name is shown."""
    first = min(group, key=lambda r: r.sha256)
    hashes = listed([r.sha256[:HASH_SHOWN] for r in sorted(group, key=lambda r: r.sha256) if r.sha256])
    large = listed([f"{r.file_bytes} bytes, too many to be hashed" for r in group if r.file_bytes and not r.sha256])
    marks = [mark for mark in (f"sha256 beginning {hashes}" if hashes else "", large) if mark]
    by = f" ({'; '.join(marks)})" if marks else ""
    lead = (
        f"{counted(len(group), 'file')}{by}: " if len(group) == 1 else f"{len(group)} files{by}, in the first of them: "
    )
    return lead + first.was


def oddity_notes(instances: Sequence[Instance]) -> Iterator[str]:
    """What the guard saw, for whoever reads the report."""
    for oddity, (one, many, what) in _ODDITIES.items():
        if count := sum(oddity in i.oddities for i in instances):
            yield f"{counted(count, 'file')} of {len(instances)} {one if count == 1 else many} {what}"
