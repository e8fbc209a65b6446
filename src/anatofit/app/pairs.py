"""Both feet of a pair, each a pack of its own, checked against each other before anything is planned; and what tells how they differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from anatofit.app.packed import Outcome, Packed, walked
from anatofit.app.pair_told import length_told, pair_content
from anatofit.app.prescription import Job
from anatofit.app.refuse import explained
from anatofit.app.walk import Progress, Walk
from anatofit.errors import Reason, ScanError
from anatofit.model.anatomy import Anatomy
from anatofit.model.finding import Verdict
from anatofit.model.frame import Laterality

PAGE = "pair.html"
_LOCATE = "locate"


def halves(progress: Progress) -> tuple[Progress, Progress]:
    """The progress of each foot as a part of the whole: the steps of both are counted as they come."""
    done = count()

    def of(which: str) -> Progress:
        return lambda title, _, total: progress(f"{title} ({which} foot)", next(done), 2 * (total - 1))

    return of("first"), of("other")


def both(walks: Sequence[Walk], refusal: Path | None, out: Path) -> Packed:
    """Two packs, in folders named by their sides, and what tells how they differ. Raises ScanError where they are no pair."""
    first, other = walks
    with explained(refusal, first):
        first.go(past=_LOCATE)
        if first.job.prescription.order.laterality is not _side(first):
            first = first.again(_sided(first.job, _side(first)))
            first.go(past=_LOCATE)
    other.job = _sided(other.job, _opposite(_side(first)))
    with explained(refusal, other), _of_the_other():
        other.go(past=_LOCATE)
        apart_mm = _checked(first, other)
    for walk, beside in ((first, other), (other, first)):
        walk.job = replace(walk.job, of_pair=length_told(_anatomy(walk), _anatomy(beside)))
    made = []
    for walk in (first, other):
        with explained(refusal, walk):
            walk.go()
        made.append(walked(walk, out / walk.job.prescription.order.laterality.value))
    return _together((first, other), made, apart_mm, out)


def _checked(first: Walk, other: Walk) -> float:
    from anatofit.locate.foot.pair import check_feet

    return check_feet(_anatomy(first).heights["sole"], _anatomy(other).heights["sole"])


def _anatomy(walk: Walk) -> Anatomy:
    found: Anatomy = walk.store.get("anatomy")
    return found


def _side(walk: Walk) -> Laterality:
    return _anatomy(walk).laterality


def _opposite(side: Laterality) -> Laterality:
    return Laterality.LEFT if side is Laterality.RIGHT else Laterality.RIGHT


def _sided(job: Job, side: Laterality) -> Job:
    """The order for that side."""
    order = job.prescription.order.model_copy(update={"laterality": side})
    return replace(job, prescription=job.prescription.model_copy(update={"order": order}))


@contextmanager
def _of_the_other() -> Iterator[None]:
    """Reasons say that they are about the foot of [pair]; one of the first foot's side is no pair."""
    try:
        yield
    except ScanError as error:
        raise type(error)(_reworded(reason) for reason in error.reasons) from error


def _reworded(reason: Reason) -> Reason:
    if reason.rule == "wrong-side":
        return Reason("pair-side", f"the foot of [pair] is of the side of the first: {reason.message}")
    return Reason(reason.rule, f"the foot of [pair]: {reason.message}")


def _together(walks: Sequence[Walk], made: Sequence[Packed], apart_mm: float, out: Path) -> Packed:
    from anatofit.pack.manifest import PAIR_NAME
    from anatofit.report.pair import build_pair

    content = pair_content(walks, [p.outcome for p in made], apart_mm=apart_mm)
    files: dict[str, bytes] = {f"{p.outcome.pack.name}/{path}": data for p in made for path, data in p.files.items()}
    files[PAIR_NAME] = _json(content)
    files[PAGE] = build_pair(content, {p.outcome.pack.name: p.files for p in made})
    return Packed(files, _outcome(content, [p.outcome for p in made], out))


def _outcome(content: dict[str, Any], feet: Sequence[Outcome], out: Path) -> Outcome:
    return Outcome(out, Verdict(content["verdict"]), (), (), content, tuple(content["remarks"]), tuple(feet))


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, indent=1, ensure_ascii=True, allow_nan=False).encode() + b"\n"
