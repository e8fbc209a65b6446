"""A scan that passed every check, as a volume: each slice at its own place, in its own rescale."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from anatofit.errors import Reason, ScanError, ScanUnsuitableError, WrongPatientError
from anatofit.ingest.door.opened import opened
from anatofit.ingest.door.quarantine import keep_apart
from anatofit.ingest.header.instance import Instance
from anatofit.ingest.pixel.fault import PixelError
from anatofit.ingest.pixel.padding import AIR_HU
from anatofit.ingest.pixel.scale import scaled_one
from anatofit.ingest.quality.judge import ImageJudgement, judge_image
from anatofit.ingest.scan import Survey, survey
from anatofit.ingest.series.judge import Demands, JudgedSeries
from anatofit.ingest.series.judged import identity_checked, limit_findings, not_judged
from anatofit.ingest.series.refused import files_of_series, told_of
from anatofit.ingest.series.suitability import typical_step_mm
from anatofit.ingest.volume.assemble import Assembled, assemble, read_unchanged
from anatofit.model.case import Patient, Waiver
from anatofit.model.provenance import ScanFacts
from anatofit.model.scan import LoadedScan, ScanLimits, ScanReport
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
    quarantine: Path | None = None,
    name_patient: Callable[[bytes], str | None] | None = None,
) -> LoadedScan:
    """The chosen series on a right-handed grid whose axes run nearest to LPS (left, back, head).

    quarantine: as for `inspect_scan`. name_patient: given a file of the series, the patient's pseudonym, which the facts then bear.
    Raises ScanUnsuitableError or WrongPatientError with every reason and its places.
    """
    demands = Demands(limits, patient or Patient(), order_date, tuple(waivers))
    with opened(folder) as scan:
        found_there = survey(scan, demands, series=series, quarantine=quarantine)
        if found_there.chosen is None:
            raise _refusal(found_there.report, named=series is not None)
        chosen = found_there.chosen
        assert chosen.stack is not None, "a series without a stack is never chosen"
        with _refused_with_its_files(found_there, quarantine):
            made = assemble(chosen)
            named = None if name_patient is None else name_patient(_first_file(chosen))
            normal, step = chosen.stack.axes_lps[:, 2], typical_step_mm(chosen.stack)
            image = judge_image(made.volume, normal, step_mm=step, limits=limits, waivers=waivers)
    waived = image.waived | {f.rule for f in chosen.report.findings if f.waived}
    facts = _facts(chosen, made, demands, whole=found_there.report, image=image)
    return LoadedScan(
        volume=made.volume,
        facts=facts.model_copy(update={"patient_pseudonym": named}),
        findings=(*limit_findings(chosen, demands), *image.findings),
        waived=tuple(w for w in waivers if w.rule in waived),
        sop_uids=tuple(i.sop_uid for i in chosen.instances),
        patient_id_sha256=chosen.instances[0].patient_id_sha256,
    )


@contextmanager
def _refused_with_its_files(survey: Survey, quarantine: Path | None) -> Iterator[None]:
    """A series that was chosen by its headers and is refused for its pixels goes with its files where refused files go."""
    try:
        yield
    except ScanError as error:
        files = files_of_series(survey.chosen) if survey.chosen else []
        if quarantine is not None:
            keep_apart((), quarantine, scan=survey.place, series=dict.fromkeys(files, error.reasons))
        error.add_note(survey.report.files.with_refused(len(files)).sentence)
        raise


def _first_file(chosen: JudgedSeries) -> bytes:
    """The bytes of the first picture's file. Raises ScanUnsuitableError where it is no longer what was read."""
    try:
        return read_unchanged(chosen.instances[0])
    except PixelError as error:
        raise ScanUnsuitableError(
            Reason(error.rule, f"{RULES[error.rule].meaning} {RULES[error.rule].remedy}")
        ) from error


def refusal_reasons(report: ScanReport, *, named: bool = False) -> tuple[Reason, ...]:
    """Every reason of the folder and of its CT series (of all series where none is CT; of the named one alone)."""
    reasons = [Reason(f.rule, f.message) for f in report.findings]
    not_there = named and report.nearest is None
    for series in [] if not_there else told_of(report.series, named=report.nearest if named else None):
        lead = f"Series {series.number} of {len(report.series)}: " if len(report.series) > 1 else ""
        reasons += [Reason(f.rule, lead + f.message) for f in series.findings if f.blocks]
    return tuple(dict.fromkeys(reasons))


def _refusal(report: ScanReport, *, named: bool) -> ScanUnsuitableError | WrongPatientError:
    reasons = refusal_reasons(report, named=named)
    nearest = [s for s in report.series if s.uid == report.nearest]
    wrong_patient = any(f.rule == "patient-mismatch" for s in nearest for f in s.findings)
    error = WrongPatientError(reasons) if wrong_patient else ScanUnsuitableError(reasons)
    error.add_note(report.files.sentence)
    return error


def _facts(
    chosen: JudgedSeries, made: Assembled, demands: Demands, *, whole: ScanReport, image: ImageJudgement
) -> ScanFacts:
    first, report = chosen.instances[0], chosen.report
    assert chosen.stack is not None and first.pixel_mm is not None, "a fit series has both"
    return ScanFacts(
        series_uid=report.uid,
        study_uid=first.study_uid,
        frame_of_reference_uid=first.frame_uid,
        description=report.description,
        modality=report.modality,
        slice_count=len(chosen.instances),
        rows=first.rows or 0,
        columns=first.columns or 0,
        pixel_mm=(first.pixel_mm[0], first.pixel_mm[1]),
        slice_step_mm=typical_step_mm(chosen.stack),
        slice_thickness_mm=first.thickness_mm,
        kernel=report.kernel,
        kvp=first.kvp,
        age_years=first.youngest_years,
        scan_date=first.date,
        patient_position=first.position_name,
        input=made.record,
        identity=identity_checked(demands.patient),
        not_judged=[*not_judged(chosen, demands), *image.not_judged],
        files=whole.files,
        notes=[
            whole.why,
            *report.notes,
            *_resampled_notes(made),
            *_table_notes(made),
            *_padding_notes(chosen.instances),
        ],
    )


def _resampled_notes(made: Assembled) -> Iterator[str]:
    """What resampling did, where the slices needed it, and what it cost."""
    cost, grid = made.fidelity, made.volume.grid
    if cost is not None:
        steps = " x ".join(f"{s:.3f}" for s in grid.spacing_ijk_mm)
        yield (
            f"the slices were resampled to a straight grid of {steps} mm; read again at {cost.places} places of the slices' own pixels, "
            f"its values differ from them by {cost.median_hu:.1f} HU (median) and {cost.p95_hu:.1f} HU (95th percentile)"
        )


def _table_notes(made: Assembled) -> Iterator[str]:
    """Numbers that a lookup table does not hold have the HU of its ends (PS3.3, C.11.1.1), whatever they were."""
    if made.beyond_table:
        yield (
            f"{counted(made.beyond_table, 'pixel')} above air with stored numbers beyond the lookup table: HU of its first or last entry"
        )


def _padding_notes(instances: Sequence[Instance]) -> list[str]:
    """A padding value inside the range of tissue is obeyed, and said."""
    values = {scaled_one(i.padding, i) for i in instances if i.padding is not None}
    high = sorted(v for v in values if v > AIR_HU)
    return [f"the padding value stands for {v:g} HU and was taken as air" for v in high]
