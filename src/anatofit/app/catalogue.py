"""A catalogue of stock plates: a folder with catalogue.toml and the surfaces that it names."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from anatofit.app.stock_holes import wrong_holes
from anatofit.errors import AnatofitError, PrescriptionError, Reason
from anatofit.model.stock import StockHole, StockPlate
from anatofit.model.surface_scan import MM_PER_UNIT, Unit

NAME = "catalogue.toml"
LARGEST_BYTES = 50_000_000  # of one plate's surface: a million triangles


class _Entry(BaseModel):
    """One table [[plate]]: file is a name in the catalogue's own folder."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._,/+-]*$")
    file: str = Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$")
    unit: str = "mm"
    hole: tuple[StockHole, ...] = Field(min_length=2, max_length=40)


class _Catalogue(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    plate: tuple[_Entry, ...] = Field(min_length=1, max_length=50)


def read_catalogue(folder: Path) -> tuple[StockPlate, ...]:
    """The plates of a catalogue, in its order. Raises PrescriptionError (`catalogue`) where a part of it cannot be read."""
    try:
        data = tomllib.loads((folder / NAME).read_text(encoding="utf-8"))
        entries = _Catalogue.model_validate(data).plate
    except FileNotFoundError as error:
        raise _refused(
            f"the folder has no {NAME}. Check plan.catalogue, which is relative to the prescription"
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _refused(f"{NAME} cannot be read as TOML in UTF-8") from error
    except ValidationError as error:
        raise _refused(_first_of(error)) from error
    names = [entry.name for entry in entries]
    if len(set(names)) < len(names):
        raise _refused(f"two plates of {NAME} bear the same name; each needs its own")
    return tuple(_plate(folder, entry, number) for number, entry in enumerate(entries, start=1))


def _first_of(error: ValidationError) -> str:
    first: Any = error.errors(include_url=False)[0]
    where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
    return (
        f"{NAME}: {where} is not as it should be ({first['type'].replace('_', ' ')}); each [[plate]] needs name, file "
        "and two [[plate.hole]] or more with centre, axis and diameter_mm"
    )


def _plate(folder: Path, entry: _Entry, number: int) -> StockPlate:
    from anatofit.ingest.surface.read import read_surface

    path = folder / entry.file
    if not path.is_file() or path.stat().st_size > LARGEST_BYTES:
        raise _refused(
            f"plate {number} names a file that is not there, or is larger than {LARGEST_BYTES // 1_000_000} MB"
        )
    try:
        scan = read_surface(path, unit=entry.unit)
    except AnatofitError as error:
        said = "; ".join(reason.message for reason in error.reasons)
        raise _refused(f"the surface of plate {number} cannot be used: {said}") from error
    holes = tuple(_in_mm(hole, scan.report.unit) for hole in entry.hole)
    if wrong := list(wrong_holes(scan.mesh, holes)):
        raise PrescriptionError([Reason("catalogue", f"plate {number} ({entry.name}), {said}") for said in wrong])
    return StockPlate(name=entry.name, sha256=scan.report.sha256, holes=holes, mesh=scan.mesh)


def _in_mm(hole: StockHole, unit: Unit | None) -> StockHole:
    """A hole whose centre was told in the unit of the file."""
    each = MM_PER_UNIT[unit or Unit.MM]
    return hole.model_copy(update={"centre": tuple(each * value for value in hole.centre)})


def _refused(said: str) -> PrescriptionError:
    return PrescriptionError(Reason("catalogue", said))
