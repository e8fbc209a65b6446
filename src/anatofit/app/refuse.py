"""A scan that does not allow a design, explained with pictures, in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from anatofit.app import stages
from anatofit.app.prescription import Job
from anatofit.app.walk import Walk
from anatofit.errors import AnatofitError, OutputError, ScanError
from anatofit.model.cranium import BoneEdge, Defect
from anatofit.model.frame import Laterality
from anatofit.model.volume import Volume

_SIDES = {Laterality.RIGHT: "right side", Laterality.LEFT: "left side", Laterality.BOTH: "across the midline"}
_MOST = 4  # holes that are shown, largest first


@contextmanager
def explained(folder: Path | None, walk: Walk) -> Iterator[None]:
    """Where what is done within raises ScanError, the refusal is explained in the folder, if there is one."""
    try:
        yield
    except ScanError as error:
        if folder is not None:
            write_refusal(folder, error=error, job=walk.job, known=walk.seen)
        raise


def write_refusal(folder: Path, *, error: ScanError, job: Job, known: Mapping[str, Any]) -> None:
    """refusal.html with pictures of what is `known` of the scan. Raises the scan's error anew where it cannot be written."""
    from anatofit.report.refusal import write_refusal as write

    order, facts = job.prescription.order, known.get("facts")
    try:
        notes = getattr(error, "__notes__", ())
        write(
            folder, reasons=error.reasons, order=order, facts=facts, pictures=refusal_pictures(job, known), notes=notes
        )
    except OutputError as problem:
        raise type(error)([*error.reasons, *problem.reasons]) from error


def refusal_pictures(job: Job, known: Mapping[str, Any]) -> dict[str, bytes]:
    """Slices through every hole that was found, with its place marked; through the head where there is none; none without a scan."""
    from anatofit.report.pictures import slice_pictures

    bone: BoneEdge | None = known.get("bone")
    volume: Volume | None = bone.volume if bone else known.get("volume")
    if volume is None:
        return {}
    volume, _ = stages.to_look_at(job, volume)
    defects = _holes(bone, job) if bone else ()
    shown = {_named(d): slice_pictures(volume, {"defect": d.centre_lps_mm}) for d in defects[:_MOST]}
    shown = shown or {"The head" if bone else "The scan": slice_pictures(volume)}
    return {f"{name}. {view}": png for name, pictures in shown.items() for view, png in pictures.items()}


def _holes(bone: BoneEdge, job: Job) -> tuple[Defect, ...]:
    """What is found when no side is asked for; nothing where that does not work either."""
    anywhere = job.prescription.locate.model_copy(update={"defect": 1})
    with suppress(AnatofitError):
        return stages.locate_anywhere(bone, anywhere).defects
    return ()


def _named(defect: Defect) -> str:
    return f"Defect {defect.number}, {defect.extent_mm:.0f} mm, {_SIDES[defect.laterality]}"
