"""A surgeon's plan is given in the source's own coordinates, as its surface is: both are turned to LPS by the same half turn."""

from __future__ import annotations

from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel

_Form = TypeVar("_Form", bound=BaseModel)
_PLACE = (float, float, float)


def ras_to_lps(form: _Form) -> _Form:
    """The plan with every point and direction of it, whatever table they stand in, turned from RAS to LPS: (-x, -y, z).

    Points and directions are what a form declares as three floats; lists of sizes are none.
    """
    fields = type(form).model_fields
    return form.model_copy(update={name: _turned(getattr(form, name), f.annotation) for name, f in fields.items()})


def _turned(value: Any, declared: Any) -> Any:
    if isinstance(value, BaseModel):
        return ras_to_lps(value)
    if not isinstance(value, tuple):
        return value
    kind = next((k for k in (declared, *get_args(declared)) if get_origin(k) is tuple), None)
    inner = get_args(kind)
    if inner == _PLACE:
        x, y, z = value
        return (-x + 0.0, -y + 0.0, z)
    return tuple(_turned(item, inner[0] if inner else None) for item in value)
