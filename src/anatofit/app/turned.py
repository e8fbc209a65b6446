"""A surgeon's plan is given in coordinates of its own source or of the bone: every place and direction of it is turned as one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, TypeVar, get_args, get_origin

import numpy as np
from pydantic import BaseModel

from anatofit.devices.forms import DIRECTION, PLACE, Triple
from anatofit.model.frame import FloatArray

_Form = TypeVar("_Form", bound=BaseModel)
_THREE = (float, float, float)


@dataclass(frozen=True)
class Turn:
    """What becomes of a place and of a direction; of three numbers that a form calls neither: as of a place."""

    place: Callable[[Triple], Triple]
    direction: Callable[[Triple], Triple]


def ras_to_lps(form: _Form) -> _Form:
    """The plan with every point and direction of it, whatever table they stand in, turned from RAS to LPS: (-x, -y, z)."""

    def flipped(value: Triple) -> Triple:
        return (-value[0] + 0.0, -value[1] + 0.0, value[2])

    return turned(form, Turn(flipped, flipped))


def bone_to_lps(form: _Form, *, origin_lps_mm: FloatArray, axes_lps: FloatArray) -> _Form:
    """The plan out of a bone's own frame. axes_lps: (3, 3) rows, what its x, y, z are in LPS; places count from the origin."""

    def direction(value: Triple) -> Triple:
        x, y, z = np.round(np.einsum("i,ij->j", np.array(value), axes_lps), 9).tolist()
        return (x, y, z)

    def place(value: Triple) -> Triple:
        x, y, z = np.round(origin_lps_mm + np.array(direction(value)), 6).tolist()
        return (x, y, z)

    return turned(form, Turn(place, direction))


def turned(form: _Form, turn: Turn) -> _Form:
    """The form with its places and directions turned, those of the tables in it too. Lists of sizes are none of them."""
    fields = type(form).model_fields
    found = {name: _turned(getattr(form, name), f.annotation, tuple(f.metadata), turn) for name, f in fields.items()}
    return form.model_copy(update=found)


def _turned(value: Any, declared: Any, marks: tuple[Any, ...], turn: Turn) -> Any:
    if isinstance(value, BaseModel):
        return turned(value, turn)
    if not isinstance(value, tuple):
        return value
    kind, marks = _tuple_of(declared, marks)
    inner = get_args(kind)
    if inner == _THREE:
        return turn.direction(value) if DIRECTION in marks else turn.place(value)
    return tuple(_turned(item, inner[0] if inner else None, (), turn) for item in value)


def _tuple_of(declared: Any, marks: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """The tuple among what a field may be, and the marks that it bears."""
    if get_origin(declared) is Annotated:
        declared, *more = get_args(declared)
        return _tuple_of(declared, (*marks, *more))
    if get_origin(declared) is tuple:
        return declared, marks
    found = [_tuple_of(option, marks) for option in get_args(declared) if option is not NoneType]
    return next((f for f in found if f[0] is not None), (None, marks))


def unmarked(form: type[BaseModel]) -> bool:
    """Whether a form has three numbers that it calls neither place nor direction: nobody can turn those out of a bone's frame."""
    return any(_unmarked(f.annotation, tuple(f.metadata)) for f in form.model_fields.values())


def _unmarked(declared: Any, marks: tuple[Any, ...]) -> bool:
    if get_origin(declared) is Annotated:
        declared, *more = get_args(declared)
        marks = (*marks, *more)
    if isinstance(declared, type) and issubclass(declared, BaseModel):
        return unmarked(declared)
    if get_origin(declared) is tuple and get_args(declared) == _THREE:
        return not {PLACE, DIRECTION} & {m for m in marks if isinstance(m, str)}
    return any(_unmarked(option, marks if get_origin(declared) is not tuple else ()) for option in get_args(declared))
