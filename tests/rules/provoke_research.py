"""What provokes each rule of research input and labels, through the doors that a person uses: entered into the rows of `provoke`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from anatofit.rules import WAIVABLE
from tests.app.fakes import PRESCRIPTION
from tests.ingest.label_case import Case, make_case, rtstruct, seg
from tests.ingest.labels.test_label_faults import GRID_FAULTS, RT_FAULTS, SEG_FAULTS
from tests.ingest.research.test_research_faults import FAULTS
from tests.rules.provoke import ROWS, Desk, inspect, provokes

FILES = {rule: write for rule, write in reversed(FAULTS.values()) if rule.startswith("research-")}
LABELS: dict[str, Callable[[Case], Path]] = {
    **{rule: make for rule, make in GRID_FAULTS.values() if rule.startswith("labels-")},
    **{rule: partial(seg, change=change) for rule, change in SEG_FAULTS.values()},
    **{rule: partial(rtstruct, change=change) for rule, change in RT_FAULTS.values()},
}


# The small pattern is bone up to its edges: what the image is refused for is waived, so that its labels are looked at.
CUT = "".join(f'\n[[waiver]]\nrule = "{rule}"\nreason = "a pattern"\nby = "tests"\n' for rule in sorted(WAIVABLE))


def run_of(case: Case, labels: Path | str, *lines: str) -> list[str]:
    """A run with these labels that reads scan and labels in earnest."""
    named = labels if isinstance(labels, str) else labels.relative_to(case.folder).as_posix()
    source = "\n".join(['dicom = "scan"', f'labels = "{named}"', *lines])
    path = case.folder / "order.toml"
    path.write_text(PRESCRIPTION.replace('dicom = "scan"', source) + CUT, encoding="utf-8")
    return ["run", str(path), "--out", str(case.folder / "pack")]


def _file(desk: Desk, *, write: Callable[[Path], Path]) -> list[str]:
    return inspect(write(desk.folder))


def _labels(desk: Desk, *, make: Callable[[Case], Path]) -> list[str]:
    case = make_case(desk.folder)
    return run_of(case, make(case))


ROWS.update({rule: partial(_file, write=write) for rule, write in FILES.items()})
ROWS.update({rule: partial(_labels, make=make) for rule, make in LABELS.items()})


@provokes("research-patient")
def _patient(desk: Desk) -> list[str]:
    path = desk.folder / "order.toml"
    text = PRESCRIPTION.replace('dicom = "scan"', 'volume = "a.nii"') + '[patient]\nid = "x"\n'
    path.write_text(text, encoding="utf-8")
    return ["run", str(path), "--out", str(desk.folder / "pack")]


@provokes("labels-several-files")
def _several_files(desk: Desk) -> list[str]:
    case = make_case(desk.folder)
    (labels := case.folder / "labels").mkdir()
    for path in (seg(case), rtstruct(case)):
        path.rename(labels / path.name)
    return run_of(case, labels)


@provokes("labels-unknown")
def _unknown(desk: Desk) -> list[str]:
    case = make_case(desk.folder)
    return run_of(case, seg(case), 'label = "femur"')


@provokes("labels-choice")
def _choice(desk: Desk) -> list[str]:
    case = make_case(desk.folder)
    return run_of(case, seg(case, masks=[case.mask, case.mask]))


@provokes("labels-alone")
def _alone(desk: Desk) -> list[str]:
    return inspect(seg(make_case(desk.folder)))


@provokes("labels-contradict")
def _contradicted(desk: Desk) -> list[str]:
    case = make_case(desk.folder)
    low = np.zeros_like(case.mask)
    low[0:3, 0:4, 0:3] = True  # where the pattern is air
    return run_of(case, seg(case, masks=[low]))
