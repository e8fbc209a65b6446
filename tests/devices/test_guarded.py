"""A stranger's product line behind its guard: its own errors are named, ours pass, and what it gives is looked at."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from anatofit.devices.guarded import Guarded
from anatofit.errors import PrescriptionError, Reason
from anatofit.model.mesh import Mesh
from anatofit.model.part import Part

BODY = Mesh(np.eye(3), np.array([[0, 1, 2]]))


class Form(BaseModel):
    """A plan without a number."""


class Line:
    """A line that does as it is told."""

    name = "odd"
    surgery = Form

    def __init__(self, does: Any = None) -> None:
        self.does = does

    @property
    def envelope(self) -> Any:
        return self.nothing  # type: ignore[attr-defined]

    def build(self, *_: Any) -> Any:
        return self.does() if callable(self.does) else self.does

    plan = requirements = build


def guarded(does: Any = None) -> Any:
    return Guarded(Line(does), name="odd", package="the package odd 1.0")


def raises(error: BaseException) -> Any:
    def raised() -> None:
        raise error

    return raised


def test_what_is_no_method_passes_as_it_is() -> None:
    assert guarded().name == "odd" and guarded().surgery is Form and not hasattr(guarded(), "places")


def test_a_property_that_fails_is_no_missing_one() -> None:
    with pytest.raises(PrescriptionError, match=r"envelope of the package odd 1\.0 fails \(AttributeError\)"):
        _ = guarded().envelope


@pytest.mark.parametrize(
    "error", [ValueError("x"), AttributeError("x"), SystemExit(0), RecursionError(), MemoryError()]
)
def test_an_error_is_named_by_its_kind_and_not_by_its_words(error: BaseException) -> None:
    with pytest.raises(PrescriptionError, match=rf"build of the package odd 1\.0 fails \({type(error).__name__}\)"):
        guarded(raises(error)).build()


def test_a_refusal_of_ours_and_an_interrupt_pass() -> None:
    with pytest.raises(PrescriptionError, match="no-room: too small"):
        guarded(raises(PrescriptionError(Reason("no-room", "too small")))).build()
    with pytest.raises(KeyboardInterrupt):
        guarded(raises(KeyboardInterrupt())).build()


@pytest.mark.parametrize(
    ("gives", "told"),
    [
        (None, "no parts"),
        ((), "no parts"),
        ((Part("../x", BODY),), "no plain file name"),
        ((Part("Plate", BODY),), "no plain file name"),
        ((Part("a", BODY), Part("a", BODY)), "two parts of one name"),
        ((Part("a", Mesh(np.eye(3), np.zeros((0, 3)))),), "without a triangle"),
    ],
)
def test_what_it_builds_must_be_parts_with_names_of_files(gives: Any, told: str) -> None:
    with pytest.raises(PrescriptionError, match=told):
        guarded(gives).build()


def test_sound_parts_are_given_on() -> None:
    assert guarded((Part("spacer-2", BODY),)).build()[0].name == "spacer-2"


def test_a_plan_must_be_a_model_and_requirements_must_be_some() -> None:
    with pytest.raises(PrescriptionError, match=r"plan of the package odd 1\.0 gives no model"):
        guarded({}).plan()
    with pytest.raises(PrescriptionError, match="nothing would be measured"):
        guarded([]).requirements()
    with pytest.raises(PrescriptionError, match="something that is no requirement"):
        guarded(["wall"]).requirements()


def test_it_can_be_copied_and_sent_to_another_process() -> None:
    assert copy.deepcopy(guarded()).name == "odd"
    assert pickle.loads(pickle.dumps(guarded())).name == "odd"  # noqa: S301 - our own bytes
