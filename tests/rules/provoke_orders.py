"""What provokes the rules of prescriptions, commands and the steps of a run: entered into the rows of `provoke`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from anatofit.app import stages
from anatofit.errors import AnatofitError
from anatofit.model.case import Locate
from anatofit.model.cranium import Defect
from anatofit.model.frame import Laterality
from tests.app.fakes import PRESCRIPTION, a_scan
from tests.ingest.dicom_writer import make_series
from tests.rules.provoke import ROWS, Desk, order, order_of, provokes


@provokes("order-key")
def _key(desk: Desk) -> list[str]:
    return order(desk, "--set", "order.laterality=X")


@provokes("order.device")
def _device(desk: Desk) -> list[str]:
    return ["devices", "nose"]


@provokes("prescription")
def _no_toml(desk: Desk) -> list[str]:
    return order(desk, text="[order")


@provokes("order-date")
def _no_day(desk: Desk) -> list[str]:
    return order_of(desk, make_series().write(desk.folder / "scan"), 'date = "2024-02-31"')


@provokes("waiver")
def _no_waiver(desk: Desk) -> list[str]:
    waiver = '\n[[waiver]]\nrule = "missing-slice"\nreason = "never mind"\nby = "nobody"\n'
    return order(desk, text=PRESCRIPTION + waiver)


@provokes("command")
def _no_command(desk: Desk) -> list[str]:
    return ["fly"]


@provokes("set")
def _no_set(desk: Desk) -> list[str]:
    return order(desk, "--set", "gap")


@provokes("site")
def _no_site(desk: Desk) -> list[str]:
    return order(desk, "--site", str(desk.folder / "none.toml"))


@provokes("out")
def _in_use(desk: Desk) -> list[str]:
    (desk.folder / "pack").mkdir()
    (desk.folder / "pack" / "other").write_text("mine")
    return order(desk)


@provokes("pack")
def _no_pack(desk: Desk) -> list[str]:
    return ["check", str(desk.folder)]


@provokes("refusal")
def _unwritten(desk: Desk) -> list[str]:
    (desk.folder / "file").write_text("in the way")
    return [*order_of(desk, desk.folder / "none"), "--refusal", str(desk.folder / "file")]


@provokes("sample-name")
def _no_sample(desk: Desk) -> list[str]:
    return ["sample", "nose", str(desk.folder / "new")]


@provokes("sample-source")
def _no_source(desk: Desk) -> list[str]:
    return ["sample", "cranium", str(desk.folder / "new")]


@provokes("measuring")
def _no_answer(desk: Desk) -> list[str]:
    """The process that measures ends at once."""
    from anatofit.app.process import answer, started

    def measure(*_arguments: Any, **_more: Any) -> Any:
        with started("anatofit.no_such_room", desk.folder, "{}") as process:
            return answer(process, rule="measuring", task="measures the files")

    return _stopped(desk, measure)


@provokes("error")
def _named(desk: Desk) -> list[str]:
    def fail(*_arguments: Any, **_more: Any) -> None:
        raise AnatofitError("a surface with no inside")

    return _stopped(desk, fail)


@provokes("unforeseen")
def _bug(desk: Desk) -> list[str]:
    def fail(*_arguments: Any, **_more: Any) -> None:
        raise ZeroDivisionError

    return _stopped(desk, fail)


def _stopped(desk: Desk, stage: Callable[..., Any], *, where: str = "locate") -> list[str]:
    arguments = order(desk)
    desk.patch.setattr(stages, where, stage)
    return arguments


@provokes("no-bone")
def _no_bone(desk: Desk) -> list[str]:
    from anatofit.segment.bone import segment_bone

    return _stopped(
        desk, lambda _volume, _labels, edge_hu: segment_bone(a_scan().volume, edge_hu=edge_hu), where="segment"
    )


def _chosen(desk: Desk, *areas_mm2: float, side: Laterality = Laterality.RIGHT, number: int | None = None) -> list[str]:
    """The order names the right side; the scan shows holes of these areas."""
    from anatofit.locate.cranium import choose_defect

    there = tuple(Defect(n, side, np.zeros(3), np.eye(3), 30.0, area, 1.0) for n, area in enumerate(areas_mm2, start=1))
    return _stopped(desk, lambda _bone, _job: choose_defect(there, Laterality.RIGHT, Locate(defect=number)))


ROWS["no-defect"] = partial(_chosen)
ROWS["several-defects"] = lambda desk: _chosen(desk, 700.0, 690.0)
ROWS["defect-number"] = lambda desk: _chosen(desk, 700.0, number=4)
ROWS["wrong-side"] = lambda desk: _chosen(desk, 700.0, side=Laterality.LEFT)
