"""The site's anatofit.toml over the defaults that ship: materials and printers, archives, and who may send."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from anatofit.app.wording import reasons_of, toml_fault
from anatofit.errors import PrescriptionError, Reason
from anatofit.model.case import Make
from anatofit.model.exchange import Dimse, Pacs, Receive, Web
from anatofit.model.make import Material, Printer

NAME = "anatofit.toml"
# Keys of [receive.tls] and [pacs.NAME] that name a file.
FILES = frozenset(("certificate", "key", "callers_ca", "ca", "login_file"))
_Entry = TypeVar("_Entry", Material, Printer, Make)


@dataclass(frozen=True)
class Settings:
    """Materials and printers by name, and which are meant where an order names none, of a line of its own where it has them; the
    site's vault if it keeps one, archives by name, and the listener.
    """

    materials: Mapping[str, Material]
    printers: Mapping[str, Printer]
    default: Make
    vault: Path | None = None
    archives: Mapping[str, Pacs] = field(default_factory=dict)
    receive: Receive = field(default_factory=Receive)
    lines: Mapping[str, Make] = field(default_factory=dict)

    def choose(self, make: Make, *, device: str = "") -> tuple[Material, Printer]:
        """What the order names, or the site's default for the device, or for all. Raises PrescriptionError with the names that exist."""
        reasons: list[Reason] = []
        makes = (make, self.lines.get(device, Make()), self.default)
        materials, printers = ([getattr(m, key) for m in makes] for key in ("material", "printer"))
        material = _named(self.materials, next(filter(None, materials), None), "make.material", reasons)
        printer = _named(self.printers, next(filter(None, printers), None), "make.printer", reasons)
        if material is None or printer is None:
            raise PrescriptionError(reasons)
        return material, printer

    def archive(self, name: str | None) -> Pacs:
        """The archive of that name, or the only one. Raises PrescriptionError with those that are known."""
        if name is None and len(self.archives) == 1:
            return next(iter(self.archives.values()))
        found = self.archives.get(name or "")
        if found is None:
            what = "no archive was named" if name is None else "the archive that was named is not known"
            why = (
                f"{what}; the site's {NAME} knows {_known(self.archives)}. Name one of them, or write [pacs.NAME] there"
            )
            raise PrescriptionError(Reason("pacs", why))
        return found


def _known(names: Mapping[str, Any]) -> str:
    return ", ".join(ascii(n)[1:-1] for n in sorted(names)) or "none"


class Identity(BaseModel):
    """[identity]: where the site keeps the key of its pseudonyms; relative to the file that names it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vault: str | None = Field(default=None, min_length=1)


def _named(entries: Mapping[str, _Entry], name: str | None, key: str, reasons: list[Reason]) -> _Entry | None:
    entry = entries.get(name or "")
    if entry is None:
        reasons.append(
            Reason(
                key,
                f"was {name!a}; one of {', '.join(sorted(entries))} is wanted. Others go into the site's {NAME}",
            )
        )
    return entry


def load_settings(site: Path | None = None, *, beside: Path | None = None) -> Settings:
    """The shipped defaults, overlaid with one site file: `site`, else the one in folder `beside`, else the one here."""
    raw = tomllib.loads(files("anatofit.app").joinpath(NAME).read_text(encoding="utf-8"))
    path = _find(site, beside)
    if path is not None:
        raw = _overlaid(raw, _beside(_read(path), path.parent))
    return _parse(raw, (path or Path()).parent)


def _find(site: Path | None, beside: Path | None) -> Path | None:
    if site is not None:
        return site
    places = [folder / NAME for folder in (beside, Path()) if folder is not None]
    return next((p for p in places if p.is_file()), None)


def _read(path: Path) -> dict[str, Any]:
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text)
    except OSError as error:
        raise PrescriptionError(
            Reason("site", f"the site's {NAME} cannot be read: {error.strerror}. Name a file that exists")
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PrescriptionError(
            Reason("site", f"the site's {NAME} is no valid TOML: {toml_fault(str(error), text)}. Correct that place")
        ) from error


def _beside(value: Any, folder: Path, key: str = "") -> Any:
    """The settings with the files that they name taken from the folder of the site's file."""
    if isinstance(value, dict):
        return {k: _beside(v, folder, k) for k, v in value.items()}
    return str(folder / value) if key in FILES and isinstance(value, str) else value


def _overlaid(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(over) - set(base))
    not_tables = sorted(k for k in base if not isinstance(over.get(k, {}), dict))
    if unknown or not_tables:
        names = ", ".join(ascii(k) for k in unknown + not_tables)
        raise PrescriptionError(
            Reason(
                "site",
                f"{NAME} holds {names}; the tables [default], [identity], [material.NAME], [printer.NAME], [receive], "
                "[pacs.NAME] are wanted",
            )
        )
    return {key: base[key] | over.get(key, {}) for key in base}


def _parse(raw: Mapping[str, Any], folder: Path) -> Settings:
    reasons: list[Reason] = []
    materials = _entries(Material, raw["material"], "material", reasons)
    printers = _entries(Printer, raw["printer"], "printer", reasons)
    of_all, of_lines = (
        {k: v for k, v in raw["default"].items() if isinstance(v, dict) == each} for each in (False, True)
    )
    default = _checked(Make, of_all, "default", reasons)
    lines = _entries(Make, of_lines, "default", reasons)
    identity = _checked(Identity, raw["identity"], "identity", reasons)
    archives = {name: _archive(name, row, reasons) for name, row in raw["pacs"].items()}
    receive = _checked(Receive, raw["receive"], "receive", reasons)
    if reasons or default is None or identity is None or receive is None:
        raise PrescriptionError(reasons)
    vault = folder / identity.vault if identity.vault else None
    known = {name: archive for name, archive in archives.items() if archive is not None}
    return Settings(materials, printers, default, vault, known, receive, lines)


def _archive(name: str, row: Any, reasons: list[Reason]) -> Pacs | None:
    where, kind = f"pacs.{ascii(name)[1:-1]}", row.get("kind") if isinstance(row, dict) else None
    if kind == "dicomweb":
        return _checked(Web, row, where, reasons)
    if kind == "dimse":
        return _checked(Dimse, row, where, reasons)
    reasons.append(Reason("site", f'[{where}] of {NAME}: kind = "dicomweb" or kind = "dimse" is wanted'))
    return None


def _entries(kind: type[_Entry], table: Mapping[str, Any], where: str, reasons: list[Reason]) -> dict[str, _Entry]:
    found = {
        name: _checked(kind, row if kind is Make else _with_name(name, row), f"{where}.{ascii(name)[1:-1]}", reasons)
        for name, row in table.items()
    }
    return {name: entry for name, entry in found.items() if entry is not None}


def _with_name(name: str, row: Any) -> Any:
    return {"name": name, **row} if isinstance(row, dict) else row


_Model = TypeVar("_Model", bound=BaseModel)


def _key(reason: Reason) -> str:
    """The key that a reason is about; nothing where it is about the whole table."""
    return "" if reason.rule == "prescription" else f"{reason.rule} "


def _checked(kind: type[_Model], row: Any, where: str, reasons: list[Reason]) -> _Model | None:
    try:
        return kind.model_validate(row)
    except ValidationError as error:
        found = reasons_of(error, known={"": kind.model_fields})
        reasons += [Reason("site", f"[{where}] of {NAME}: {_key(r)}{r.message}") for r in found]
        return None
