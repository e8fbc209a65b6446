"""A folder of images written again without identities: everything in it is vouched for, or nothing is written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anatofit.app.outside import refuse_within
from anatofit.app.settings import load_settings
from anatofit.errors import PrescriptionError, Reason, ScanUnsuitableError
from anatofit.model.words import counted
from anatofit.rules import RULES

if TYPE_CHECKING:
    from anatofit.identity.clean import Order
    from anatofit.identity.deidentify import Seen
    from anatofit.identity.profile import Retain
    from anatofit.identity.table import Tally
    from anatofit.ingest.header.headers import Inventory
    from anatofit.ingest.header.instance import Instance
    from anatofit.ingest.pixel.pixels import Decode

_BROKEN = "A DICOM file cannot be read to its end"
UNTOUCHED = "pixels were not changed: burned-in text is not looked for, and a face can be rendered from them"


@dataclass(frozen=True)
class Request:
    """What a person asks for. vault: None for the site's own."""

    scan: Path
    out: Path
    retain: Retain
    vault: Path | None = None
    site: Path | None = None
    series: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What was written. said: the head of the table as it stands in deidentification.json."""

    out: Path
    files: int
    said: dict[str, Any]
    notes: tuple[str, ...]


def deidentify(request: Request) -> Outcome:
    """The series at `request.out`, with deidentification.csv and .json. Raises ScanError or RequestError; then nothing was written."""
    from anatofit.identity.clean import Order
    from anatofit.identity.marks import joined
    from anatofit.identity.table import Tally, as_csv, as_json
    from anatofit.identity.vault import open_vault
    from anatofit.ingest.door.opened import opened
    from anatofit.ingest.header.intake import received
    from anatofit.pack.bundle import Bundle

    path = _vault_path(request)
    refuse_within({"the scan": request.scan}, {"OUT": request.out, "--vault": path})
    refuse_within(
        {"OUT": request.out}, {"--vault": path}, why="What is in OUT goes to others, who must not have its key"
    )
    bundle = Bundle(request.out)
    bundle.probe()
    vault = open_vault(path)
    tally = Tally()
    with opened(request.scan) as scan:
        pictures = _by_file(_vouchable(received(scan), missing=scan.missing, series=request.series))
        known = [_seen(first) for first, *_ in pictures]
        _not_burned_in(known)
        order = Order(vault.keyed, request.retain, joined(k.marks for k in known))
        files = dict(_written(pictures, order, tally))
    patients = sorted({vault.pseudonym(k.patient) for k in known})
    said, notes = _said(request.retain, patients, files), _notes(known)
    tables = {"deidentification.csv": as_csv(tally), "deidentification.json": as_json(tally, said, notes)}
    bundle.write({**files, **tables})
    return Outcome(bundle.out, len(files), said, tuple(notes))


def _vault_path(request: Request) -> Path:
    path = request.vault or load_settings(request.site).vault
    if path is None:
        raise PrescriptionError(
            Reason("vault-missing", f"{RULES['vault-missing'].meaning} {RULES['vault-missing'].remedy}")
        )
    return path


def _refused(rule: str, was: str) -> ScanUnsuitableError:
    return ScanUnsuitableError(_reason(rule, was))


def _reason(rule: str, was: str) -> Reason:
    return Reason(rule, f"{was[:1].upper()}{was[1:].rstrip('.')}. {RULES[rule].remedy}")


def _vouchable(inventory: Inventory, *, missing: int, series: str | None) -> list[Instance]:
    """The CT slices to be written, in the order of their series and places. Raises ScanUnsuitableError for whatever else there is."""
    from anatofit.ingest.header.shown import stand_in
    from anatofit.ingest.series.kinds import kind_of
    from anatofit.model.scan import SeriesKind

    _readable(inventory, missing)
    named = (series or "").strip()
    wanted = [i for i in inventory.instances if series is None or i.series_uid in (named, stand_in(named))]
    if not wanted:
        raise _refused("series-not-found", "None of the series is the one that was asked for")
    others = sum(kind_of(i) is not SeriesKind.CT for i in wanted)
    if others:
        raise _refused(
            "not-cleaned",
            f"{counted(others, 'image or object')} of {len(wanted)} {'is' if others == 1 else 'are'} no single CT slice",
        )
    return sorted(
        wanted,
        key=lambda i: (i.series_number or 0, i.series_uid, i.position_lps_mm or (), i.instance_number or 0, i.sop_uid),
    )


def _readable(inventory: Inventory, missing: int) -> None:
    """Raises ScanUnsuitableError with every rule that files break, or where there is none."""
    reasons = [_reason(refused.rule, f"a file was refused: {refused.was}") for refused in inventory.refused]
    if missing:
        reasons.append(
            _reason("media-missing", f"the DICOMDIR names {counted(missing, 'file')} that its folder does not hold")
        )
    if not reasons and not inventory.instances:
        reasons.append(_reason("no-dicom", "there is no DICOM image"))
    if reasons:
        raise ScanUnsuitableError(dict.fromkeys(reasons))


def _seen(instance: Instance) -> Seen:
    from anatofit.identity.deidentify import seen

    try:
        return seen(_bytes_of(instance))
    except ScanUnsuitableError:
        raise
    except Exception:  # noqa: BLE001 - a broken file may raise anything, in words that may hold an identity: none of it goes on
        raise _refused("unreadable-file", _BROKEN) from None


def _bytes_of(instance: Instance) -> bytes:
    from anatofit.ingest.door.files import read_regular

    try:
        return read_regular(instance.path)
    except OSError as error:
        raise _refused("changed-file", RULES["changed-file"].meaning) from error


def _not_burned_in(known: Sequence[Seen]) -> None:
    burned = sum(k.burned_in is True for k in known)
    if burned:
        raise _refused(
            "burned-in",
            f"{counted(burned, 'image')} of {len(known)} {'is' if burned == 1 else 'are'} said to hold burned-in text",
        )


def _by_file(instances: Sequence[Instance]) -> list[list[Instance]]:
    """The pictures of each file, in the order of their frames."""
    files: dict[Path, list[Instance]] = {}
    for instance in instances:
        files.setdefault(instance.path, []).append(instance)
    return [sorted(pictures, key=lambda i: i.frame) for pictures in files.values()]


def _written(files: Sequence[Sequence[Instance]], order: Order, tally: Tally) -> Iterator[tuple[str, bytes]]:
    """Path and content of each file, under names that tell nothing."""
    from anatofit.ingest.pixel.decode import decoder

    numbers = {uid: n for n, uid in enumerate(dict.fromkeys(f[0].series_uid for f in files), start=1)}
    with decoder() as decode:
        for n, pictures in enumerate(files, start=1):
            data, lines = _cleaned(pictures, order, decode)
            tally.add(lines)
            yield f"series-{numbers[pictures[0].series_uid]}/{n:05d}.dcm", data


def _cleaned(pictures: Sequence[Instance], order: Order, decode: Decode) -> tuple[bytes, list[Any]]:
    import numpy as np

    from anatofit.identity.deidentify import deidentified
    from anatofit.identity.written import TracesLeftError
    from anatofit.ingest.header.headers import plain_bytes
    from anatofit.ingest.pixel.fault import PixelError
    from anatofit.ingest.pixel.loss import is_lossy
    from anatofit.ingest.pixel.pixels import raw_pixels
    from anatofit.ingest.volume.assemble import read_unchanged

    try:
        data = read_unchanged(pictures[0])
        plain = plain_bytes(data, pictures[0])
        words = np.stack([raw_pixels(plain, picture, decode) for picture in pictures])
        return deidentified(data, words, order, lossy=is_lossy(pictures[0]))
    except PixelError as error:
        raise _refused(error.rule, RULES[error.rule].meaning) from error
    except TracesLeftError as error:
        where = f"A part of the identity was found in the {error.where} of what would have been written"
        raise _refused("identity-left", where) from error
    except Exception:  # noqa: BLE001 - as in _seen
        raise _refused("unreadable-file", _BROKEN) from None


def _said(retain: Retain, patients: Sequence[str], files: dict[str, bytes]) -> dict[str, Any]:
    return {
        "profile": [{"code": code, "scheme": "DCM", "meaning": meaning} for code, meaning in retain.codes],
        "patients": list(patients),
        "files": [{"path": p, "bytes": len(d), "sha256": hashlib.sha256(d).hexdigest()} for p, d in files.items()],
    }


def _notes(known: Sequence[Seen]) -> list[str]:
    silent = sum(k.burned_in is None for k in known)
    said = f"{counted(silent, 'file')} of {len(known)} do not say whether text is burned into the picture"
    return [UNTOUCHED, *([said] if silent else [])]
