"""Any noun of the house as plain JSON plus arrays, and back; its digest without copying an array. No pickle.

Written: None, bool, int, float, str, bytes, tuple, list, mappings, numpy arrays, and the frozen dataclasses,
pydantic models and StrEnums of anatofit.model. Only these are made again when read: a file can name no other class.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from anatofit.errors import AnatofitError

HOME = "anatofit.model."
_TAG = "$"
Array = NDArray[Any]


def encode(value: Any) -> tuple[Any, list[Array]]:
    """The value as a JSON tree, and the arrays that the tree points at by number."""
    arrays: list[Array] = []

    def place(array: Array) -> Any:
        arrays.append(array)
        return len(arrays) - 1

    return _tree(value, place), arrays


def digest(value: Any, *, array_sha256: Callable[[Array], str] | None = None) -> str:
    """SHA-256 of the value: its tree, with the hash of each array in the array's place."""
    tree = _tree(value, array_sha256 or sha256_of_array)
    return hashlib.sha256(as_json(tree).encode()).hexdigest()


def sha256_of_array(array: Array) -> str:
    """SHA-256 of type, shape and raw little-endian bytes; a contiguous array is not copied."""
    contiguous = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    out = hashlib.sha256(f"{contiguous.dtype.str}{array.shape}".encode())
    if contiguous.size:
        out.update(contiguous.reshape(-1).view(np.uint8).data)
    return out.hexdigest()


def as_json(tree: Any) -> str:
    """The one spelling of a tree."""
    return json.dumps(tree, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def _tree(value: Any, place: Callable[[Array], Any]) -> Any:
    if isinstance(value, Enum):
        return {_TAG: "enum", "type": _type_name(value), "value": value.value}
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | np.generic):
        return _number(value)
    if isinstance(value, bytes):
        return {_TAG: "bytes", "array": place(np.frombuffer(value, dtype=np.uint8))}
    if isinstance(value, np.ndarray):
        return {_TAG: "array", "array": place(_plain(value))}
    if isinstance(value, list):
        return [_tree(v, place) for v in value]
    if isinstance(value, tuple):
        return {_TAG: "tuple", "items": [_tree(v, place) for v in value]}
    if isinstance(value, Mapping):
        return {_TAG: "map", "items": [[_tree(k, place), _tree(v, place)] for k, v in value.items()]}
    return {
        _TAG: "noun",
        "type": _type_name(value),
        "fields": {n: _tree(getattr(value, n), place) for n in _fields(value)},
    }


def _number(value: Any) -> Any:
    number = value.item() if isinstance(value, np.generic) else float(value)
    if isinstance(number, float) and not math.isfinite(number):
        return {_TAG: "float", "value": repr(number)}
    return number


def _plain(array: Array) -> Array:
    if array.dtype.kind not in "biufc":
        raise TypeError(f"an array of {array.dtype} cannot be kept; numbers or booleans are wanted")
    return array


def _type_name(value: Any) -> str:
    kind = type(value)
    if not kind.__module__.startswith(HOME):
        raise TypeError(f"{kind.__module__}.{kind.__qualname__} cannot be kept; only nouns of anatofit.model can")
    return f"{kind.__module__.removeprefix(HOME)}:{kind.__qualname__}"


def _fields(value: Any) -> Iterable[str]:
    if dataclasses.is_dataclass(value):
        return [f.name for f in dataclasses.fields(value) if f.init]
    if isinstance(value, BaseModel):
        return list(type(value).model_fields)
    raise TypeError(f"{type(value).__qualname__} cannot be kept; a dataclass or a model is wanted")


def decode(tree: Any, arrays: list[Array]) -> Any:
    """The value that `encode` took apart. Raises AnatofitError for a tree that `encode` cannot have written."""
    if isinstance(tree, list):
        return [decode(v, arrays) for v in tree]
    if not isinstance(tree, dict):
        return tree
    reader = _READERS.get(tree.get(_TAG, ""))
    if reader is None:
        raise AnatofitError(
            "a stored artifact is damaged: it holds an entry of unknown kind. Empty the store and run again"
        )
    return reader(tree, arrays)


def _noun(tree: Any, arrays: list[Array]) -> Any:
    """The noun, checked at birth as ever; its arrays then are the stored ones to the last bit."""
    fields = {k: decode(v, arrays) for k, v in tree["fields"].items()}
    noun = _class_of(tree["type"])(**fields)
    for name, stored in fields.items():
        # a birth may compute (a direction is brought to length one), and doing so twice can move the last bit
        if isinstance(stored, np.ndarray) and dataclasses.is_dataclass(noun):
            stored.flags.writeable = False
            object.__setattr__(noun, name, stored)
    return noun


def _class_of(name: str) -> Any:
    module, _, kind = name.partition(":")
    found = getattr(importlib.import_module(HOME + module), kind, None) if module.isidentifier() else None
    if not isinstance(found, type) or found.__module__ != HOME + module:
        raise AnatofitError(
            "a stored artifact is damaged: it names no noun of the house. Empty the store and run again"
        )
    return found


_READERS: Mapping[str, Callable[[Any, list[Array]], Any]] = {
    "enum": lambda t, a: _class_of(t["type"])(t["value"]),
    "float": lambda t, a: float(t["value"]),
    "bytes": lambda t, a: a[t["array"]].tobytes(),
    "array": lambda t, a: a[t["array"]],
    "tuple": lambda t, a: tuple(decode(v, a) for v in t["items"]),
    "map": lambda t, a: {decode(k, a): decode(v, a) for k, v in t["items"]},
    "noun": _noun,
}
