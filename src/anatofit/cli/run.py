"""`anatofit run`: a prescription becomes a pack."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from anatofit.cli.output import say, say_error, say_json
from anatofit.cli.progress import shown_progress
from anatofit.errors import ScanError

if TYPE_CHECKING:
    from anatofit.app.packed import Outcome
    from anatofit.model.finding import Finding

FAILED = 4
REFUSAL = "refusal.html"


def command(options: Namespace) -> int:
    """0 where every requirement holds, 4 where the pack is marked NOT FOR USE."""
    from anatofit.app.personalize import Request, personalize

    request = Request(
        prescription=options.prescription,
        out=options.out,
        overrides=(*options.set, *([] if options.seating is None else [f"seating.count={options.seating}"])),
        site=options.site,
        force=options.force,
        refusal=options.refusal,
        quarantine=options.quarantine,
        scan=options.scan,
    )
    try:
        with shown_progress() as progress:
            outcome = personalize(request, progress=progress)
    except ScanError as error:
        if options.refusal is not None and all(r.rule != "refusal" for r in error.reasons):
            error.add_note(
                f"a report with the reasons and what was seen of the scan was written [{options.refusal / REFUSAL}]"
            )
        raise
    code = 0 if outcome.fit else FAILED
    if options.json:
        say_json({"exit": code, "pack": str(outcome.pack), **outcome.manifest})
    for one in () if options.json else outcome.feet or (outcome,):
        _tell(one)
    if outcome.feet and not options.json:
        _tell_of_both(outcome)
    return code


def _tell_of_both(pair: Outcome) -> None:
    """What is to be known of the two feet together, beside what each foot's own lines told."""
    from anatofit.app.pairs import PAGE

    told = {f"{foot.pack.name}: {remark}" for foot in pair.feet for remark in foot.remarks}
    say(f"{pair.pack}: both feet beside each other are in {pair.pack / PAGE}")
    for remark in pair.remarks:
        if remark not in told:
            say(f"note  {remark}")


def _tell(outcome: Outcome) -> None:
    from anatofit.model.finding import by_basis

    failed = [f for f in outcome.findings if not f.holds]
    waived = [f for f in outcome.findings if f.waived]
    passed, all_of_them = sum(f.passed for f in outcome.findings), len(outcome.findings)
    also = f", {len(waived)} waived: {', '.join(f.id for f in waived)}" if waived else ""
    unmet = f", but {outcome.unmet}" if outcome.unmet else ""
    say(
        f"{outcome.pack}: {outcome.verdict.value}{unmet} ({passed} of {all_of_them} findings pass: {by_basis(outcome.findings)}{also})"
    )
    for remark in outcome.remarks:
        say(f"note  {remark}")
    for finding in failed:
        say_error(finding_line(finding))
    for requirement in outcome.unmeasured:
        say_error(f"FAIL  {requirement.id}: {requirement.what}: not measured")


def finding_line(finding: Finding) -> str:
    """What was measured, what is wanted, and what may be tried where it is not so."""
    from anatofit.pack.manifest import wanted

    mark = "pass" if finding.passed else "waived" if finding.holds else "FAIL"
    if finding.not_measured and finding.detail.startswith(finding.told):
        return f"{mark}  {finding.id}: {finding.what}: {finding.detail}"
    limit = f" ({wanted(finding)})" if wanted(finding) else ""
    detail = f". {finding.detail}" if finding.detail else ""
    advice = f". To try: {finding.advice}" if finding.advice else ""
    return f"{mark}  {finding.id}: {finding.what}: {finding.told}{limit}{detail}{advice}"
