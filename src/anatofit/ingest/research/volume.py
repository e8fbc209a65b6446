"""A NIfTI or NRRD file as a scan for research: its voxels at their places, in HU, and no patient in it.

Nothing that DICOM says of the patient, the scanner or the day is there: what cannot be judged is said, and never guessed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.ingest.pixel.fault import LOWEST_HU
from anatofit.ingest.quality.judge import judge_image
from anatofit.ingest.research.gridfile import GridFile, OpenValues, read_grid_header, unreadable_named
from anatofit.ingest.research.judged import findings_of, judged_in, limit_findings, not_judged
from anatofit.ingest.research.shape import Shape
from anatofit.ingest.research.stops import as_findings, set_apart, stop
from anatofit.ingest.rules import apply_waivers
from anatofit.ingest.volume.place import Lattice, Target, target_of
from anatofit.ingest.volume.turned import lattice_of
from anatofit.model.case import Waiver
from anatofit.model.provenance import FileBalance, InputRecord, ScanFacts
from anatofit.model.scan import LoadedScan, ScanFinding, ScanLimits, ScanReport, SeriesKind, SeriesReport
from anatofit.model.volume import Volume

# Said on the report's first page, the terminal, the manifest and by the inspect command: a phrase to search for.
NO_IDENTITY = "research input: no patient identity in it"
MODALITY = "unknown, taken as CT in HU"
# The air around and in a patient lies near -1000 HU, with noise and reconstruction above -1100 and below -900.
AIR_HU = -500
# A CT has thousands of different values, a label map has few.
FEW_VALUES = 200
HIGHEST_HU = np.iinfo(np.int16).max


def inspect_research(path: Path, limits: ScanLimits, *, quarantine: Path | None = None) -> ScanReport:
    """The file judged as a scan by the limits of a device; its values are read and let go. Raises for no bad file.

    quarantine: a folder that takes a copy of a file that is refused, with the reason. Raises OutputError where it cannot.
    """
    head: GridFile | None = None
    seen = _Seen()
    refused: tuple[ScanFinding, ...] = ()
    try:
        with set_apart(path, quarantine), unreadable_named():
            head = read_grid_header(path)
            values = OpenValues(head)
            for raw in values.slices():
                seen.look(_hounsfield(raw, head))
            seen.judge()
    except ScanUnsuitableError as error:
        refused = as_findings(error)
    if head is None:
        there = int(path.is_file())
        files, why = FileBalance(received=there, quarantined=there), "The file cannot be used as a scan."
        return ScanReport(file_count=there, findings=refused, files=files, why=why)
    return _report(head, (*limit_findings(Shape.of(head), limits), *refused), seen.notes(values), refused=bool(refused))


def _report(head: GridFile, findings: Sequence[ScanFinding], notes: Iterable[str], *, refused: bool) -> ScanReport:
    shape = Shape.of(head)
    series = SeriesReport(
        number=1, uid="", kind=SeriesKind.RESEARCH, modality=MODALITY, description=head.form, file_count=shape.files,
        rows=shape.rows, columns=shape.columns, pixel_mm=shape.pixel_mm, slice_step_mm=shape.step_mm, plane=shape.plane,
        first_mm=shape.ends_mm[0], last_mm=shape.ends_mm[1], findings=tuple(findings), notes=(NO_IDENTITY, *head.notes, *notes),
    )  # fmt: skip
    files = _balance(shape) if not refused else FileBalance(received=shape.files, quarantined=shape.files)
    why = f"The {head.form} file {'is not fit for design' if findings else 'would be used'}."
    return ScanReport(
        file_count=shape.files, series=(series,), files=files, chosen=None if findings else "", nearest="", why=why
    )


def _balance(shape: Shape) -> FileBalance:
    return FileBalance(received=shape.files, accepted=shape.files)


def load_research(
    path: Path, *, limits: ScanLimits, waivers: Sequence[Waiver] = (), quarantine: Path | None = None
) -> LoadedScan:
    """The volume on a right-handed grid whose axes run nearest to LPS, without resampling. Raises ScanUnsuitableError.

    quarantine: as for `inspect_research`.
    """
    with set_apart(path, quarantine):
        head = read_grid_header(path)
    shape = Shape.of(head)
    judged = apply_waivers(list(limit_findings(shape, limits)), waivers)
    if stops := [f for f in judged if f.blocks]:
        raise ScanUnsuitableError([Reason(f.rule, f.message) for f in stops])
    values = OpenValues(head)
    with set_apart(path, quarantine), unreadable_named():
        volume, seen = _volume(head, values)
    with set_apart(path, quarantine):
        along = volume.grid.direction_lps[:, shape.axis]
        image = judge_image(volume, along, step_mm=shape.step_mm, limits=limits, waivers=waivers)
    used = image.waived | {f.rule for f in judged}
    facts = _facts(head, shape, values, [*head.notes, *seen.notes(values), *judged_in(shape, limits)])
    return LoadedScan(
        volume=volume,
        facts=facts.model_copy(update={"not_judged": [*not_judged(limits), *image.not_judged]}),
        findings=(*findings_of(shape, limits, judged, waivers), *image.findings),
        waived=tuple(w for w in waivers if w.rule in used),
    )


@dataclass
class _Seen:
    """What the values of a file are like, slice by slice."""

    lowest: float = np.inf
    highest: float = -np.inf
    different: set[int] | None = field(default_factory=set)

    def look(self, plane: NDArray[Any]) -> None:
        """Takes a slice in."""
        self.lowest, self.highest = min(self.lowest, float(plane.min())), max(self.highest, float(plane.max()))
        if self.different is not None:
            self.different |= set(np.unique(plane).tolist())
            self.different = self.different if len(self.different) <= FEW_VALUES else None

    def judge(self) -> None:
        """Raises ScanUnsuitableError where these are no HU."""
        if self.lowest <= AIR_HU:
            return
        few = (
            f"; {len(self.different)} different values may be labels, which belong to a scan" if self.different else ""
        )
        raise stop("research-values", f"The values are {self.lowest:g} to {self.highest:g}, air lies at -1000 HU{few}")

    def notes(self, values: OpenValues) -> Iterator[str]:
        """What does not stop a design and a reader should know."""
        if self.lowest < LOWEST_HU:
            yield f"values below {LOWEST_HU} HU (down to {self.lowest:g}) were taken as {LOWEST_HU}: fillers outside the scanner's field"
        if values.left_over:
            yield "the file goes on after its values; the rest was not read"


def _volume(head: GridFile, values: OpenValues) -> tuple[Volume, _Seen]:
    """The volume, and what its values are like."""
    lattice = lattice_of(head.affine_lps_mm, head.shape_ijk)
    target = target_of(lattice, np.int16)
    seen = _Seen()
    for k, raw in enumerate(values.slices()):
        plane = _hounsfield(raw, head)
        seen.look(plane)
        if target.hu.dtype == np.int16 and plane.dtype.kind == "f" and not (plane == np.rint(plane)).all():
            target = _widened(target, lattice)
        target.slices[k] = np.maximum(plane, LOWEST_HU)
    seen.judge()
    return Volume(target.grid, target.hu), seen


def _widened(target: Target, lattice: Lattice) -> Target:
    """The same for decimal values."""
    wide = target_of(lattice, np.float32)
    wide.hu[...] = target.hu
    return wide


def _hounsfield(raw: NDArray[Any], head: GridFile) -> NDArray[Any]:
    plane: NDArray[Any] = raw if raw.dtype.kind != "f" else raw.astype(np.float64)
    if head.slope != 1.0 or head.intercept != 0.0:
        plane = raw.astype(np.float64) * head.slope + head.intercept
    if plane.dtype.kind == "f" and not np.isfinite(plane).all():
        raise stop("research-values", "Some values are no finite numbers")
    if plane.max() > HIGHEST_HU:
        raise stop(
            "hu-range", f"Values up to {float(plane.max()):g} were found, {HIGHEST_HU} is the most that CT can hold"
        )
    if plane.dtype.kind == "f" or plane.dtype.str[1:] == "i2":
        return plane
    return plane.astype(
        np.int64 if plane.dtype.itemsize > 4 else np.int32
    )  # of all others some cannot hold the lowest HU


def _facts(head: GridFile, shape: Shape, values: OpenValues, notes: Sequence[str]) -> ScanFacts:
    combined = hashlib.sha256("\n".join(sorted(values.hashes)).encode()).hexdigest()
    return ScanFacts(
        series_uid="", study_uid="", frame_of_reference_uid="", description=head.form, modality=MODALITY,
        slice_count=shape.count, rows=shape.rows, columns=shape.columns, pixel_mm=shape.pixel_mm, slice_step_mm=shape.step_mm,
        input=InputRecord(uid="", sha256=combined, count=len(values.hashes)), identity=NO_IDENTITY, research=head.form, files=_balance(shape),
        notes=list(notes),
    )  # fmt: skip
