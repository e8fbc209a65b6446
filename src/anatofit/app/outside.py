"""Nothing is written into a scan: what lies in its folder is taken for a part of it the next time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from anatofit.errors import OutputError, Reason

if TYPE_CHECKING:
    from anatofit.app.prescription import Job

RULE = "out-in-scan"
# Options whose places have a rule of their own.
_OWN_RULE = {"--quarantine": "quarantine", "--refusal": "refusal", "--vault": "vault-open"}
_TAKEN = "The next look at the scan would take what is written there for a part of it"
_ELSEWHERE = "Name a place outside of it"
# Files of a folder that are looked at for slices: its first ones tell what it is.
_LOOKED_AT = 50


def refuse_within(read: Mapping[str, Path | None], written: Mapping[str, Path | None], *, why: str = _TAKEN) -> None:
    """Raises OutputError where a place to write at lies in a folder of `read`, or is the file itself; every one at once.

    read: by what it is called in a message; written: by option. None: not asked for. why: what would come of it.
    """
    if reasons := [*_within(_given(read), _given(written), why)]:
        raise OutputError(reasons)


def read_by(job: Job) -> dict[str, Path | None]:
    """What an order reads, by what it is called in a message; None: not named, or not yet fetched."""
    beside = {f"surface {n} beside the bone": path for n, path in enumerate((*job.neighbours, *job.keep_out), start=1)}
    of_foot = {"the pressure map": job.pressure, "the last": job.last}
    return {"the scan": job.place, "the labels": job.labels, **of_foot, **beside}


def _given(places: Mapping[str, Path | None]) -> dict[str, Path]:
    return {name: place for name, place in places.items() if place is not None}


def _within(read: Mapping[str, Path], written: Mapping[str, Path], why: str) -> Iterator[Reason]:
    for option, place in written.items():
        within = [name for name, source in read.items() if _resolved(place).is_relative_to(_extent(source))]
        if within:
            yield _reason(option, within[0], why)


def _reason(option: str, what: str, why: str) -> Reason:
    return Reason(_OWN_RULE.get(option, RULE), f"what {option} names lies in {what}. {why}. {_ELSEWHERE}")


def _extent(source: Path) -> Path:
    """What belongs to it: a folder with all below it, a DICOMDIR with its folder, of anything else the file alone."""
    from anatofit.ingest.door.opened import Kind, kind_of_file

    whole = _resolved(source)
    return whole.parent if whole.is_file() and kind_of_file(whole) is Kind.MEDIUM else whole


def _resolved(place: Path) -> Path:
    """Links followed as far as the place exists."""
    try:
        return place.resolve()
    except (OSError, RuntimeError):  # a ring of links, which whoever opens it says
        return place.absolute()


def refuse_among_studies(option: str, into: Path) -> None:
    """Raises OutputError where a folder for a study lies in that of another: of a pull, of a listener, or beside loose slices."""
    for above in (place := _resolved(into)).parents:
        if (above / "pull.json").is_file() and (above / "scan").is_dir():
            raise OutputError(_reason(option, "the folder of an earlier pull", _TAKEN))
        if (above / "studies").is_dir() and (above / "incoming").is_dir():
            raise OutputError(_reason(option, "the folder of a listener", _TAKEN))
    if _holds_slices(place.parent):
        raise OutputError(_reason(option, "a folder that holds DICOM files", _TAKEN))


def _holds_slices(folder: Path) -> bool:
    try:
        return any(map(_has_mark, itertools.islice((p for p in folder.iterdir() if p.is_file()), _LOOKED_AT)))
    except OSError:  # not there yet, or not ours to read
        return False


def _has_mark(path: Path) -> bool:
    """The mark of a DICOM file (PS3.10, 7.1)."""
    with path.open("rb") as stream:
        return stream.read(132)[128:] == b"DICM"
