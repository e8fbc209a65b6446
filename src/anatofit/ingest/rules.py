"""The names of everything that can be wrong with a scan: one table, from which the reference page is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from anatofit.errors import Reason
from anatofit.model.case import Waiver
from anatofit.model.scan import ScanFinding


@dataclass(frozen=True)
class Rule:
    """A name that stays, what it means, what a person can do, and whether a person may overrule it."""

    name: str
    meaning: str
    remedy: str
    waivable: bool = False


_EXPORT = "Export the series again from the archive, whole and alone."
_ORIGINAL = "Ask for the original slices of the scanner."

_TABLE = (
    # limits that a person may waive
    Rule("slice-thickness", "The step between slices is larger than the device allows.",
         "Ask for a thinner reconstruction, or waive slice-thickness with a reason.", True),
    Rule("pixel-size", "The pixels are larger than the device allows.",
         "Ask for a reconstruction with a smaller field of view, or waive pixel-size with a reason.", True),
    Rule("scan-age", "The scan is older than the device allows at the date of the order, or bears no date.",
         "Ask for a new scan, or waive scan-age with a reason.", True),
    Rule("patient-age", "The patient was younger at the scan than the device is meant for.",
         "Choose another device, or waive patient-age with a reason.", True),
    Rule("derived-image", "The slices were computed from other images, not reconstructed by the scanner.",
         "Ask for the original slices, or waive derived-image with a reason.", True),
    # what is in the folder
    Rule("no-dicom", "The folder is missing, empty, or holds no DICOM file.",
         "Name the folder that holds the slices of the scan."),
    Rule("unreadable-file", "A file bears the DICOM mark but cannot be read, so a slice may be lost.",
         "Export the scan again, or remove the broken files if they do not belong to it."),
    Rule("series-not-found", "The series that the prescription names is not in the folder.",
         "Correct [source] series, or leave it out; the inspect command lists the series."),
    Rule("mixed-patients", "The files belong to more than one patient.",
         "Give each patient a folder of their own."),
    Rule("patient-mismatch", "The scan is not of the patient that the prescription names.",
         "Check the prescription and the scan; this cannot be waived."),
    # what kind of image
    Rule("modality", "The images are not CT.", "Use a CT scan."),
    Rule("localizer", "The images are localizers (scouts), not slices.", "Use the slices of the same study."),
    Rule("projection", "The images are projections or renderings, not slices.", _ORIGINAL),
    Rule("secondary-capture", "The images are screen captures.", _ORIGINAL),
    Rule("multi-frame", "The slices are packed in one multi-frame (Enhanced) file, which is not read yet.",
         "Export the series as single CT images."),
    Rule("not-an-image", "The objects hold no image (report, structure set, registration).", _ORIGINAL),
    Rule("mixed-kinds", "One series holds slices and other images together.", _EXPORT),
    # geometry
    Rule("too-few-slices", "The series has fewer slices than a surface needs.", _EXPORT),
    Rule("too-short", "The stack of slices is lower than the smallest device.", "Ask for the whole scan."),
    Rule("missing-slice", "Slices are missing inside the stack.", _EXPORT),
    Rule("duplicate-slice", "Several slices lie at one position.", "Remove the copies, or export one series alone."),
    Rule("uneven-spacing", "The slices are not evenly spaced.", _EXPORT),
    Rule("gantry-tilt", "The slices are shifted against each other: the gantry was tilted.",
         "Ask for a scan or a reconstruction without tilt."),
    Rule("tilt-contradiction", "The tilt that the scanner notes is not in the slices' positions and orientation.",
         "Ask for the original slices with their true positions."),
    Rule("shifted-slices", "Slices are shifted sideways irregularly.", _EXPORT),
    Rule("mixed-orientation", "The slices of one series have different orientations.", _EXPORT),
    Rule("orientation", "The orientation is no pair of perpendicular unit directions.", _ORIGINAL),
    Rule("position-missing", "Slices bear no position or no orientation.", _ORIGINAL),
    Rule("pixel-spacing-missing", "Slices bear no usable pixel spacing.", _ORIGINAL),
    Rule("mixed-frames", "The slices belong to more than one frame of reference.", _EXPORT),
    Rule("image-size-mismatch", "The slices differ in size, in pixel spacing or in pixel format.", _EXPORT),
    Rule("image-size", "The images are smaller or larger than a CT slice can be.", _ORIGINAL),
    # values
    Rule("rescale-missing", "Slices bear no usable rescale slope and intercept: no Hounsfield units.", _ORIGINAL),
    Rule("rescale-type", "The values are not in Hounsfield units.", _ORIGINAL),
    Rule("hu-range", "Values lie beyond what CT can hold; sign, padding or rescale tags are wrong.", _ORIGINAL),
    Rule("pixel-format", "The pixels are no single grey channel of 8 or 16 bits.", _ORIGINAL),
    Rule("lossy-compression", "The images were compressed with loss.", "Ask for the uncompressed slices."),
    Rule("transfer-syntax", "The pixels are coded in a way that is not read.",
         "Export uncompressed, or with RLE, JPEG lossless, JPEG-LS lossless or JPEG 2000 lossless."),
    Rule("truncated-pixels", "Files end before their pixels do.", _EXPORT),
    Rule("undecodable-pixels", "The compressed pixels cannot be decoded.", _EXPORT),
    Rule("duplicate-instance", "Several files bear one SOP Instance UID.", "Remove the copies."),
    Rule("changed-file", "A file changed while it was being read.", "Wait until the export is complete, run again."),
)  # fmt: skip

RULES: dict[str, Rule] = {rule.name: rule for rule in _TABLE}
WAIVABLE: frozenset[str] = frozenset(rule.name for rule in _TABLE if rule.waivable)

# A message names this many places and counts the rest.
PLACES_NAMED = 8


def found(
    rule: str,
    was: str,
    *,
    measured: float | None = None,
    limit: float | None = None,
    unit: str = "",
    waivable: bool | None = None,
    positions_mm: Iterable[float] = (),
) -> ScanFinding:
    """The finding under `rule`: what was, then the table's remedy. `waivable=False` is for values beyond waiving."""
    entry = RULES[rule]
    allowed = entry.waivable if waivable is None else waivable
    remedy = entry.remedy if allowed or not entry.waivable else entry.remedy.split(", or waive")[0] + "."
    return ScanFinding(
        rule=rule,
        message=f"{was.rstrip('.')}. {remedy}",
        measured=None if measured is None else round(float(measured), 6),
        limit=limit,
        unit=unit,
        waivable=allowed,
        positions_mm=tuple(round(float(p), 4) for p in positions_mm),
    )


def listed(places: Sequence[str]) -> str:
    """The places in a row, the first few by name and the rest by count."""
    shown = ", ".join(places[:PLACES_NAMED])
    rest = len(places) - PLACES_NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown


def apply_waivers(findings: Sequence[ScanFinding], waivers: Sequence[Waiver]) -> tuple[ScanFinding, ...]:
    """The findings with those marked that are waivable and waived by name."""
    names = {waiver.rule for waiver in waivers}
    return tuple(_apply(finding, named=finding.rule in names) for finding in findings)


def _apply(finding: ScanFinding, *, named: bool) -> ScanFinding:
    if not named:
        return finding
    if finding.waivable:
        return finding.model_copy(update={"waived": True})
    return finding.model_copy(update={"message": f"{finding.message} A waiver was given, but this cannot be waived."})


def wrong_waivers(rules: Mapping[int, str]) -> tuple[Reason, ...]:
    """A reason for each waiver, by its number, whose rule is no scan rule that may be waived."""
    wanted = ", ".join(sorted(WAIVABLE))
    return tuple(
        Reason("waiver", f"[[waiver]] number {n} names no rule that can be waived; one of {wanted} is wanted.")
        for n, rule in rules.items()
        if rule not in WAIVABLE
    )


def rules_markdown() -> str:
    """The table of rules as a page's text."""
    head = "| rule | meaning | what to do | may be waived |\n|---|---|---|---|"
    rows = [f"| `{r.name}` | {r.meaning} | {r.remedy} | {'yes' if r.waivable else 'no'} |" for r in _TABLE]
    return "\n".join([head, *rows]) + "\n"
