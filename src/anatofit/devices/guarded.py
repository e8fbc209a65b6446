"""A stranger's product line behind a guard: what goes wrong in its code is named as its own, with its package.

Its refusals (errors of `anatofit.errors`) pass as they are. Whatever else it raises, `sys.exit` included, and results that no line may
give, become the rule `device-package`: the fault is not the order's, and no other line is hindered.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

from pydantic import BaseModel

from anatofit.errors import AnatofitError, PrescriptionError, Reason
from anatofit.model.finding import Requirement
from anatofit.model.mesh import Mesh
from anatofit.model.part import Part
from anatofit.model.words import shown

# A part's name is a file name in the pack.
_PART_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}\Z")
# What foreign code may end with; an interrupt by a person is none of it.
FAILURES = (Exception, SystemExit)


def unusable(name: str, why: str) -> PrescriptionError:
    """The refusal of a product line, with what is wrong with it."""
    said = f"the product line {shown(name)} cannot be used: {why}. Mend or remove that package; --debug shows where it fails"
    return PrescriptionError(Reason("device-package", said))


class Guarded:
    """A product line whose methods raise no error but ours, and give what `devices/base.py` promises."""

    def __init__(self, device: Any, *, name: str, package: str) -> None:
        """package: what its package is called in a message."""
        self._device, self._name, self._package = device, name, package

    def __getattr__(self, key: str) -> Any:
        if key.startswith("_"):  # asked for by copying, before there is a device
            raise AttributeError(key)
        value = self._fetched(key)
        return self._method(key, value) if isinstance(value, FunctionType | MethodType) else value

    def _fetched(self, key: str) -> Any:
        try:
            return getattr(self._device, key)
        except FAILURES as error:
            if isinstance(error, AttributeError) and not hasattr(type(self._device), key):
                raise  # a promise that a line need not make
            raise self._failed(key, error) from error

    def _method(self, key: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **given: Any) -> Any:
            try:
                result = method(*args, **given)
            except AnatofitError:
                raise
            except FAILURES as error:
                raise self._failed(key, error) from error
            if wrong := _wrong(key, result):
                raise unusable(self._name, f"{key} of {self._package} gives {wrong}")
            return result

        return called

    def _failed(self, key: str, error: BaseException) -> PrescriptionError:
        return unusable(self._name, f"{key} of {self._package} fails ({type(error).__name__})")


_FORMS = ("spec", "plan", "read_plan")


def _wrong(key: str, result: Any) -> str:
    """What is wrong with what a method gave; nothing where it is sound or free."""
    if key in _FORMS:
        return "" if isinstance(result, BaseModel) else "no model of pydantic"
    judge = {"build": _not_parts, "requirements": _not_required}.get(key)
    return "" if judge is None else judge(result)


def _not_parts(result: Any) -> str:
    if not isinstance(result, tuple | list) or not result or not all(isinstance(part, Part) for part in result):
        return "no parts"
    if not all(isinstance(part.name, str) and _PART_NAME.match(part.name) for part in result):
        return "a part whose name is no plain file name (small letters, digits, - and _)"
    if len({part.name for part in result}) < len(result):
        return "two parts of one name"
    return (
        ""
        if all(isinstance(part.mesh, Mesh) and len(part.mesh.faces) for part in result)
        else "a part without a triangle"
    )


def _not_required(result: Any) -> str:
    if not isinstance(result, tuple | list) or not all(isinstance(row, Requirement) for row in result):
        return "something that is no requirement"
    return "" if result else "no requirement, so that nothing would be measured"
