"""A scan that passed every check, as a volume: each slice at its own place, in its own rescale."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import Reason, ScanUnsuitableError, WrongPatientError
from anatofit.ingest.files import read_regular
from anatofit.ingest.headers import Instance, header_digest, quiet_pydicom
from anatofit.ingest.judged import identity_checked, limit_findings, not_judged
from anatofit.ingest.pixels import LOWEST_HU, PixelError, hounsfield, raw_pixels, whole_rescale
from anatofit.ingest.rules import found, listed
from anatofit.ingest.scan import survey
from anatofit.ingest.series import Demands, JudgedSeries
from anatofit.ingest.stack import AXIS_NAMES, Stack
from anatofit.model.case import Patient, Waiver
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid
from anatofit.model.provenance import InputRecord, ScanFacts
from anatofit.model.scan import LoadedScan, ScanLimits, ScanReport, SeriesKind
from anatofit.model.volume import Volume
from anatofit.model.words import counted
from anatofit.rules import RULES


def load_scan(
    folder: Path,
    *,
    series: str | None = None,
    limits: ScanLimits,
    waivers: Sequence[Waiver] = (),
    patient: Patient | None = None,
    order_date: str | None = None,
) -> LoadedScan:
    """The chosen series on a right-handed grid whose axes run nearest to LPS (left, back, head), without resampling.

    Raises ScanUnsuitableError or WrongPatientError with every reason and its places.
    """
    demands = Demands(limits, patient or Patient(), order_date, tuple(waivers))
    found_there = survey(folder, demands, series=series)
    if found_there.chosen is None:
        raise _refusal(found_there.report)
    chosen = found_there.chosen
    volume, record = _load(chosen)
    return LoadedScan(
        volume=volume,
        facts=_facts(chosen, record, demands, why=found_there.report.why),
        findings=tuple(limit_findings(chosen, demands)),
        waived=tuple(w for w in waivers if any(f.waived and f.rule == w.rule for f in chosen.report.findings)),
    )


def refusal_reasons(report: ScanReport) -> tuple[Reason, ...]:
    """Every reason of the folder and of its CT series (of all series where none is CT; of the named one alone)."""
    reasons = [Reason(f.rule, f.message) for f in report.findings]
    ct = [s for s in report.series if s.kind is SeriesKind.CT] or list(report.series)
    for series in ct:
        lead = f"Series {series.number} of {len(report.series)}: " if len(report.series) > 1 else ""
        reasons += [Reason(f.rule, lead + f.message) for f in series.findings if f.blocks]
    return tuple(dict.fromkeys(reasons))


def _refusal(report: ScanReport) -> ScanUnsuitableError | WrongPatientError:
    reasons = refusal_reasons(report)
    nearest = [s for s in report.series if s.uid == report.nearest]
    wrong_patient = any(f.rule == "patient-mismatch" for s in nearest for f in s.findings)
    return WrongPatientError(reasons) if wrong_patient else ScanUnsuitableError(reasons)


@dataclass(frozen=True)
class _Target:
    """An array on the final grid, and the view of it that takes slices as they are in the files."""

    grid: Grid
    hu: NDArray[Any]
    slices: NDArray[Any]


def target_grid(stack: Stack, *, rows: int, columns: int, pixel_mm: tuple[float, ...]) -> tuple[Grid, FloatArray]:
    """The grid nearest to LPS, and the `(3, 3)` signed permutation: column a: the slice axis along final axis a."""
    spacing = np.array([pixel_mm[1], pixel_mm[0], stack.step_mm])
    counts = np.array([columns, rows, len(stack.order)])
    turn = _nearest_turn(stack.axes_lps)
    # the final first node is the native last one along every axis that is turned round
    first = np.where(turn.sum(axis=1) < 0, counts - 1, 0)
    origin = stack.origin_lps_mm + stack.axes_lps @ (spacing * first)
    nx, ny, nz = (int(n) for n in np.abs(turn).T @ counts)
    return Grid((nz, ny, nx), origin, np.abs(turn).T @ spacing, stack.axes_lps @ turn), turn


def _nearest_turn(axes: FloatArray) -> FloatArray:
    """The signed permutation T with determinant +1 for which `axes @ T` is nearest to LPS."""
    turns = []
    for order in permutations(range(3)):
        for signs in np.ndindex(2, 2, 2):
            turn = np.zeros((3, 3))
            turn[list(order), range(3)] = 1 - 2 * np.array(signs)
            if np.linalg.det(turn) > 0:
                turns.append(turn)
    return max(turns, key=lambda turn: round(float(np.trace(axes @ turn)), 9))


def _target(chosen: JudgedSeries, stack: Stack) -> _Target:
    first = chosen.instances[0]
    grid, turn = target_grid(stack, rows=first.rows or 0, columns=first.columns or 0, pixel_mm=first.pixel_mm or ())
    whole = all(map(whole_rescale, chosen.instances))
    hu = np.empty(grid.shape_kji, dtype=np.int16 if whole else np.float32)
    # array axes are [k, j, i]; native axis b (0 row direction, 1 column direction, 2 normal) lies along final axis a
    final = [int(np.argmax(np.abs(turn[b]))) for b in range(3)]
    view = hu.transpose([2 - final[b] for b in (2, 1, 0)])
    flips = tuple(slice(None, None, -1 if turn[b].sum() < 0 else 1) for b in (2, 1, 0))
    return _Target(grid, hu, view[flips])


def _load(chosen: JudgedSeries) -> tuple[Volume, InputRecord]:
    """The volume, and the hash over its files; the same bytes are hashed and decoded. Raises with every bad slice."""
    assert chosen.stack is not None, "a series without a stack is never chosen"
    target = _target(chosen, chosen.stack)
    hashes: list[str] = []
    bad: dict[str, list[float]] = {}
    with quiet_pydicom():
        for k, index in enumerate(chosen.stack.order):
            try:
                hashes.append(read_slice(chosen.instances[index], target.slices[k]))
            except PixelError as error:
                bad.setdefault(error.rule, []).append(float(chosen.stack.places_mm[k]))
    if bad:
        raise ScanUnsuitableError(_bad_slices(bad, letter=AXIS_NAMES[chosen.stack.axis]))
    combined = hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()
    return Volume(target.grid, target.hu), InputRecord(uid=chosen.report.uid, sha256=combined, count=len(hashes))


def read_slice(instance: Instance, into: NDArray[Any]) -> str:
    """One file's pixels as HU into the volume; its sha256. Raises PixelError."""
    try:
        data = read_regular(instance.path)
    except OSError as error:
        raise PixelError("changed-file") from error
    if len(data) != instance.file_bytes or header_digest(data, offset=instance.pixel_offset) != instance.header_sha256:
        raise PixelError("changed-file")
    hu = hounsfield(raw_pixels(data, instance), instance)
    if int(hu.max()) > np.iinfo(np.int16).max:
        raise PixelError("hu-range")
    into[...] = hu
    return hashlib.sha256(data).hexdigest()


def _bad_slices(bad: dict[str, list[float]], *, letter: str) -> Iterable[Reason]:
    for rule, places in bad.items():
        meaning = RULES[rule].meaning.rstrip(".")
        finding = found(
            rule, f"{meaning}: {counted(len(places), 'slice')} at {letter} = {listed([f'{p:.2f}' for p in places])} mm"
        )
        yield Reason(rule, finding.message)


def _facts(chosen: JudgedSeries, record: InputRecord, demands: Demands, *, why: str) -> ScanFacts:
    first, report = chosen.instances[0], chosen.report
    assert chosen.stack is not None and first.pixel_mm is not None, "a fit series has both"
    return ScanFacts(
        series_uid=report.uid,
        study_uid=first.study_uid,
        frame_of_reference_uid=first.frame_uid,
        description=report.description,
        modality=report.modality,
        slice_count=report.file_count,
        rows=first.rows or 0,
        columns=first.columns or 0,
        pixel_mm=(first.pixel_mm[0], first.pixel_mm[1]),
        slice_step_mm=chosen.stack.step_mm,
        slice_thickness_mm=first.thickness_mm,
        kernel=report.kernel,
        kvp=first.kvp,
        age_years=first.age_years,
        scan_date=first.date,
        patient_position=first.position_name,
        input=record,
        identity=identity_checked(demands.patient),
        not_judged=not_judged(chosen, demands),
        notes=[why, *report.notes, *_padding_notes(chosen.instances)],
    )


def _padding_notes(instances: Sequence[Instance]) -> list[str]:
    """A padding value inside the range of tissue is obeyed, and said."""
    values = {(i.padding or 0) * (i.slope or 1) + (i.intercept or 0) for i in instances if i.padding is not None}
    high = sorted(v for v in values if v > LOWEST_HU + 124)  # air with its noise ends near -900 HU
    return [f"the padding value stands for {v:g} HU and was taken as air" for v in high]
