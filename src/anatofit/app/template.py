"""A prosthetist's own rectification: a TOML file beside the prescription, in the form of the library's."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from anatofit.app.wording import toml_fault, wanted_of
from anatofit.errors import PrescriptionError, Reason
from anatofit.model.rectification import Reduction, Region, Template
from anatofit.model.words import nearest_first

LARGEST_BYTES = 64_000  # forty regions with long sources


def read_template(path: Path) -> Template:
    """The rectification. Raises PrescriptionError (`rectification`) where the file is none, or says what cannot be."""
    return parse_template(_read(path))


def parse_template(data: bytes) -> Template:
    """The same from a file's bytes, whatever they are."""
    try:
        text = data.decode("utf-8")
        return Template.model_validate(tomllib.loads(text))
    except UnicodeDecodeError as error:
        raise _refused("the file is no UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise _refused(f"the file is no valid TOML: {toml_fault(str(error), text)}") from error
    except RecursionError as error:
        raise _refused("the file is no valid TOML: nested too deeply") from error
    except ValidationError as error:
        raise _refused(_first_of(error)) from error


def _read(path: Path) -> bytes:
    """The file's bytes: a regular file in the prescription's own folder, no link out of it."""
    if path.is_symlink() or not path.is_file():
        raise _refused("the file is not there, or is no regular file; it is looked for beside the prescription")
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise _refused(f"the file has more than {LARGEST_BYTES // 1000} kB")
        return path.read_bytes()
    except OSError as error:
        raise _refused("the file cannot be read") from error


def _first_of(error: ValidationError) -> str:
    """Where the first fault lies, by keys that the form knows and places in lists, and what is wanted; what stands there is not repeated."""
    first: Any = error.errors(include_url=False)[0]
    known = {*Template.model_fields, *(k for f in (Region, Reduction) for k in f.model_fields)}
    where = ".".join(
        f"[{p + 1}]" if isinstance(p, int) else p if p in known else "a key that is not known" for p in first["loc"]
    )
    return f"{where or 'the template'}: {_wanted(first)}"


def _wanted(fault: Any) -> str:
    if fault["type"] == "missing":
        return "is missing"
    if fault["type"] != "extra_forbidden":
        return wanted_of(fault)
    forms: dict[str, type[BaseModel]] = {"region": Region, "reduction": Reduction}
    known = forms.get(str(fault["loc"][0]), Template).model_fields
    return f"known are {', '.join(nearest_first(str(fault['loc'][-1]), known))}"


def _refused(said: str) -> PrescriptionError:
    return PrescriptionError(
        Reason(
            "rectification",
            f"{said}. Correct the file that plan.template names, or take one of the library ([design] template)",
        )
    )
