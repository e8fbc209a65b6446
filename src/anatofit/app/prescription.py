"""A prescription file becomes a checked request: every key, value, name and bound that is wrong is said at once."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from anatofit.app.anatomical import SOURCE, plan_frame
from anatofit.app.asked import asked_of, material_of, seat_of, side_of, source_of, table_of, unheld_patient
from anatofit.app.overrides import apply_overrides, replaced_keys
from anatofit.app.pair_order import orders_of, without_pair
from anatofit.app.settings import Settings, load_settings
from anatofit.app.wording import reasons_of, toml_fault
from anatofit.errors import AnatofitError, PrescriptionError, Reason
from anatofit.model.case import DAY, ORIGINS, Locate, Make, Midplane, Order, Patient, Prescription, Source, Waiver
from anatofit.model.exchange import Pacs
from anatofit.model.limb_places import LimbPlaces
from anatofit.model.make import Material, Printer
from anatofit.model.seating import SeatingOrder

if TYPE_CHECKING:
    from anatofit.devices.base import Device

_T = TypeVar("_T")
# A prescription is a page of text; a file beyond this is something else (a scan named by mistake).
LARGEST_BYTES = 4_000_000
_TABLES: Mapping[str, type[BaseModel]] = {
    "": Prescription,
    "order": Order,
    "patient": Patient,
    "source": Source,
    "locate": Locate,
    "locate.midplane": Midplane,
    "locate.landmark": LimbPlaces,
    "make": Make,
    "seating": SeatingOrder,
    "waiver": Waiver,
}


@dataclass(frozen=True)
class Job:
    """An order that is right in itself, with device, resolved design, material and printer, and the places of scan and labels.

    place: the scan's folder; None as long as it has still to be fetched from `archive`, which `app.fetch` does.
    overrides: `table.key=value` as given on the command line; replaced: the same as sentences, beside what the prescription says.
    quarantine: where copies of refused files go.
    pressure: file with a map of plantar pressure. last: file with the surface of a shoe last.
    keep_out: files with surfaces that the plan keeps out of, where they lie; neighbours: with bones beside the one that is named.
    plan_frame: "source" or "bone", what the surgeon's plan is given in.
    vault: where the site keeps its pseudonyms, if it does.
    of_pair: what is to be told of this foot beside the other one of a pair.
    """

    prescription: Prescription
    text: str
    place: Path | None
    device: Device
    spec: BaseModel
    material: Material
    printer: Printer
    archive: Pacs | None = None
    overrides: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    quarantine: Path | None = None
    labels: Path | None = None
    vault: Path | None = None
    keep_out: tuple[Path, ...] = ()
    neighbours: tuple[Path, ...] = ()
    pressure: Path | None = None
    last: Path | None = None
    plan_frame: str = SOURCE
    of_pair: tuple[str, ...] = ()

    @property
    def scan(self) -> Path:
        """The scan's folder. Raises AnatofitError where it was not fetched: the working folder is never taken for it."""
        if self.place is None:
            raise AnatofitError("the scan of the order was not fetched from its archive")
        return self.place

    @property
    def said(self) -> tuple[str, ...]:
        """What a person must know of the order itself, before all that was found."""
        return (*self.replaced, *self.of_pair)

    @property
    def text_sha256(self) -> str:
        """The hash of the prescription as its author wrote it."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def read_job(path: Path, *, overrides: Sequence[str] = (), site: Path | None = None, scan: Path | None = None) -> Job:
    """The checked order in the file at `path`, which must be for one part of the body; see `read_jobs`."""
    job, *others = read_jobs(path, overrides=overrides, site=site, scan=scan)
    if others:
        raise PrescriptionError(Reason("pair", "the order is for a pair, and one foot is made here. Use anatofit run"))
    return job


def read_jobs(
    path: Path, *, overrides: Sequence[str] = (), site: Path | None = None, scan: Path | None = None
) -> tuple[Job, ...]:
    """The checked order in the file at `path`; of a pair one for each foot. scan: a folder in place of what [source] names.

    Raises PrescriptionError with every reason.
    """
    text = _read_text(path)
    data = _parse(text)
    reasons: list[Reason] = []
    replaced = replaced_keys(data, overrides)
    _collect(reasons, lambda: apply_overrides(data, overrides))
    if scan is not None:
        replaced += (_put_scan(data),)
    orders = _collect(reasons, lambda: orders_of(data)) or (without_pair(data),)
    given = _Given(path.parent, text, site, scan, tuple(overrides), replaced)
    jobs = [_collect(reasons, partial(_job, order, given)) for order in orders]
    if reasons:
        raise PrescriptionError(_unique(reasons))
    return tuple(job for job in jobs if job is not None)


@dataclass(frozen=True)
class _Given:
    """What an order is read with: its folder, its text, the site's settings, and what the command line says."""

    folder: Path
    text: str
    site: Path | None
    scan: Path | None
    overrides: tuple[str, ...]
    replaced: tuple[str, ...]


def _job(data: Mapping[str, Any], given: _Given) -> Job:
    """A parsed order, checked. Raises PrescriptionError with every reason."""
    reasons: list[Reason] = []
    prescription = _collect(reasons, lambda: _validate(data))
    settings = _collect(reasons, lambda: load_settings(given.site, beside=given.folder))
    chosen = _collect(reasons, lambda: _make(settings, data)) if settings else None
    archive = _collect(reasons, lambda: _archive(settings, data)) if settings else None
    device = _collect(reasons, lambda: _device(data))
    spec = _collect(reasons, lambda: asked_of(device, data, beside=given.folder)) if device else None
    _collect(reasons, lambda: _date(data))
    _collect(reasons, lambda: side_of(device, data))
    _collect(reasons, lambda: source_of(device, data))
    _collect(reasons, lambda: seat_of(device, data))
    reasons += [*_waivers(data), *unheld_patient(data)]
    _collect(reasons, lambda: material_of(device, chosen))
    if reasons or prescription is None or settings is None or chosen is None or device is None or spec is None:
        raise PrescriptionError(reasons)
    source = prescription.source
    return Job(
        prescription,
        given.text,
        given.scan or _beside(given, source.place),
        device,
        _made_of(device, spec, chosen[0]),
        *chosen,
        archive,
        given.overrides,
        given.replaced,
        labels=_beside(given, source.labels),
        vault=settings.vault,
        pressure=_beside(given, source.pressure),
        neighbours=tuple(given.folder / name for name in source.neighbours),
        last=_beside(given, source.last),
        keep_out=tuple(given.folder / name for name in _keep_out(device, spec)),
        plan_frame=plan_frame(data.get("plan", {})),
    )


def _beside(given: _Given, name: str | None) -> Path | None:
    """What the order names, from its own folder."""
    return None if name is None else given.folder / name


def _keep_out(device: Device, spec: BaseModel) -> list[str]:
    from anatofit.devices.base import keep_out_of

    return keep_out_of(device, spec)


def _made_of(device: Device, spec: BaseModel, material: Material) -> BaseModel:
    from anatofit.devices.base import made_of

    return made_of(device, spec, material)


def _put_scan(data: dict[str, Any]) -> str:
    """A folder stands for whatever [source] names (its series and labels still hold); says so."""
    kept = {key: value for key, value in table_of(data, "source").items() if key not in (*ORIGINS, "pacs")}
    data["source"] = {"dicom": ".", **kept}
    return "the folder of the scan was named on the command line, in place of what the prescription says"


def _archive(settings: Settings, data: Mapping[str, Any]) -> Pacs | None:
    """Where an accession number is looked for; None for a folder. Raises PrescriptionError where no such archive is known."""
    source = table_of(data, "source")
    name = source.get("pacs")
    return settings.archive(name if isinstance(name, str) else None) if "accession" in source else None


def _collect(reasons: list[Reason], action: Callable[[], _T]) -> _T | None:
    try:
        return action()
    except PrescriptionError as error:
        reasons += error.reasons
        return None


def _unique(reasons: Iterable[Reason]) -> list[Reason]:
    return list(dict.fromkeys(reasons))


def _read_text(path: Path) -> str:
    try:
        if path.is_file() and path.stat().st_size > LARGEST_BYTES:
            raise PrescriptionError(
                Reason(
                    "prescription", "the file is far larger than a prescription can be; name the TOML file of the order"
                )
            )
        return path.read_bytes().decode("utf-8")
    except IsADirectoryError as error:
        raise PrescriptionError(
            Reason("prescription", "a folder was named; name the TOML file of the order")
        ) from error
    except OSError as error:
        raise PrescriptionError(
            Reason(
                "prescription",
                f"the prescription that was named cannot be read: {error.strerror}. Name a TOML file that exists",
            )
        ) from error
    except ValueError as error:
        raise PrescriptionError(
            Reason("prescription", "the file is no UTF-8 text; name the TOML file of the order")
        ) from error


def _parse(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        where = toml_fault(str(error), text) if isinstance(error, tomllib.TOMLDecodeError) else "nested too deeply"
        raise PrescriptionError(
            Reason("prescription", f"the file is no valid TOML: {where}. Correct that place")
        ) from error


def _validate(data: Mapping[str, Any]) -> Prescription:
    try:
        return Prescription.model_validate(data)
    except ValidationError as error:
        known = {name: list(model.model_fields) for name, model in _TABLES.items()}
        found = [r for r in reasons_of(error, known=known) if r.rule != "prescription"]
        # what remains without a key concerns [design], which the device judges with names, ranges and sources
        raise PrescriptionError(found) from error


def _device(data: Mapping[str, Any]) -> Device | None:
    from anatofit.devices.registry import get_device

    name = table_of(data, "order").get("device")
    return get_device(name) if isinstance(name, str) else None


def _make(settings: Settings, data: Mapping[str, Any]) -> tuple[Material, Printer]:
    """Material and printer by their names; one that is no text stands for none here, `_validate` says what it is."""
    names = {key: name for key in Make.model_fields if isinstance(name := table_of(data, "make").get(key), str)}
    return settings.choose(Make(**names), device=str(table_of(data, "order").get("device")))


def _date(data: Mapping[str, Any]) -> None:
    """Raises PrescriptionError where the order's date has the form of a day and is none of the calendar."""
    day = table_of(data, "order").get("date")
    if isinstance(day, str) and re.fullmatch(DAY, day):
        from anatofit.ingest.series.suitability import order_day

        order_day(day)


def _waivers(data: Mapping[str, Any]) -> tuple[Reason, ...]:
    """Judged in the raw entries: one without a reason must not hide another that names a wrong rule."""
    entries = data.get("waiver")
    if not isinstance(entries, list):
        return ()
    from anatofit.ingest.rules import wrong_waivers

    named = [entry.get("rule") if isinstance(entry, dict) else None for entry in entries]
    return wrong_waivers({n: rule for n, rule in enumerate(named, start=1) if isinstance(rule, str)})
