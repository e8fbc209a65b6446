"""An order for two feet becomes an order for each: what [pair] says of the other foot stands in place of what the order says of the first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from anatofit.app.asked import table_of
from anatofit.app.wording import reasons_of
from anatofit.errors import PrescriptionError, Reason
from anatofit.model.case import Pair

_OTHER = {"R": "L", "L": "R"}
# Both sides are told by the shapes of the feet where the order names neither.
_EITHER = {"B": "U"}
_FILES = ("surface", "pressure", "last")
_OF_THE_FOOT = (*_FILES, "unit", "up", "frame")


def orders_of(data: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """The parsed order of each foot, the first one's first; of an order without [pair] itself. Raises PrescriptionError."""
    if "pair" not in data:
        return (dict(data),)
    _made_on_a_foot(data)
    pair = _checked(data["pair"])
    first = without_pair(data)
    return _sided(first, _EITHER), _sided(_other(first, pair), _OTHER | _EITHER)


def without_pair(data: Mapping[str, Any]) -> dict[str, Any]:
    """The order of the first foot alone."""
    return {key: value for key, value in data.items() if key != "pair"}


def _other(first: Mapping[str, Any], pair: Pair) -> dict[str, Any]:
    """The order of the other foot: of the source only what is no file of the first foot holds for it too."""
    kept = {key: value for key, value in table_of(first, "source").items() if key not in _FILES}
    own = pair.model_dump(include=set(_OF_THE_FOOT), exclude_none=True)
    plan = {} if pair.plan is None else {"plan": pair.plan}
    return {**first, "source": {**kept, **own}, "design": {**table_of(first, "design"), **pair.design}, **plan}


def _sided(order: Mapping[str, Any], sides: Mapping[str, str]) -> dict[str, Any]:
    side = table_of(order, "order").get("laterality")
    if not isinstance(side, str) or side not in sides:
        return dict(order)
    return {**order, "order": {**order["order"], "laterality": sides[side]}}


def _checked(table: Any) -> Pair:
    try:
        return Pair.model_validate(table)
    except ValidationError as error:
        raise PrescriptionError(reasons_of(error, known={"pair": list(Pair.model_fields)}, below=("pair",))) from error


def _made_on_a_foot(data: Mapping[str, Any]) -> None:
    """Raises PrescriptionError where the device is made on no foot, and so on no two."""
    from anatofit.devices.base import FOOT, made_on
    from anatofit.devices.registry import get_device

    name = table_of(data, "order").get("device")
    if isinstance(name, str) and made_on(device := get_device(name)) != FOOT:
        raise PrescriptionError(Reason("pair", f"{device.name} is made on no foot, and so for no two; remove [pair]"))
