"""What a person must know beside the verdict: where the plan gave less than was asked, and what nobody judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from anatofit.app.air import air_remark
from anatofit.app.prescription import Job
from anatofit.app.seating import seating_remark
from anatofit.app.sides import side_remark
from anatofit.app.upright import up_remark
from anatofit.model.frame import Laterality
from anatofit.model.provenance import LabelFacts, SourceFacts
from anatofit.model.seating import Seating

# Border along which labels and HU may lie further apart than the band without a word: the ends of a label in a bone that goes
# on (at a joint, at the edge of the scan) are a few percent of it.
CONTESTED_PERCENT = 5.0


def remarks_of(at: Mapping[str, Any], job: Job) -> list[str]:
    """The sentences of a run, out of the artifacts that its steps made."""
    order = job.prescription
    said = remarks(
        at["plan"],
        at["facts"],
        noted_figures(at),
        job.said,
        at.get("seating", ()),
        recognised=at.get("recognised", ""),
        ordered=order.order.laterality,
        noticed=at.get("noticed", ()),
    )
    return [*(up_remark(at["anatomy"], order.source) if "anatomy" in at else ()), *said]


def remarks(
    plan: Mapping[str, Any],
    facts: SourceFacts,
    measured: Mapping[str, float],
    replaced: Sequence[str],
    seating: Sequence[Seating] = (),
    *,
    recognised: str = "",
    ordered: Laterality = Laterality.UNPAIRED,
    noticed: Sequence[str] = (),
) -> list[str]:
    """Sentences for the terminal, the manifest and the report's first page, by how much hangs on them: frame, side and patient first, for
    where one of those is wrong all else is; then what a person put in place of the order, the plan's own, and what the scan told.

    measured: see `noted_figures`. replaced: what the command line put in place of the prescription.
    recognised: which bone, or whether a foot or a limb, was recognised by its shape, if one was. noticed: what was seen of bones as they came.
    """
    return [
        *noticed,
        *side_remark(plan, recognised, ordered),
        facts.identity if facts.research else f"patient identity: {facts.identity}",
        *replaced,
        *plan.get("notes", ()),
        *air_remark(measured),
        *_source_remarks(facts),
        *map(seating_remark, seating),
        *facts.not_judged,
        *_label_remarks(facts.labels, measured),
    ]


def _source_remarks(facts: SourceFacts) -> Iterator[str]:
    """What the source says of itself that contradicts, was resampled or left aside; not why it was chosen, nor whose it is."""
    chosen = 0 if facts.research else 1  # of a series the first note says why it was taken
    yield from (f"{note[:1].lower()}{note[1:]}".rstrip(".") for note in facts.notes[chosen:] if note != facts.identity)


def noted_figures(at: Mapping[str, Any]) -> dict[str, float]:
    """The numbers that remarks are made of, out of the notes of the steps that measured them."""
    return {k: v for name, notes in at.items() if name.endswith(".notes") for k, v in notes["figures"].items()}


def _label_remarks(labels: LabelFacts | None, measured: Mapping[str, float]) -> Iterator[str]:
    if labels is None:
        return
    yield (
        f"the bone was told by labels in place of the program's own segmentation: {labels.kind}, number {labels.number}, "
        f"sha256 {labels.sha256}; placed {labels.placed}"
    )
    yield from labels.notes
    share = measured.get("labels_contested_percent", 0.0)
    if share > CONTESTED_PERCENT:
        yield (
            f"along {share:.0f} % of the labels' border labels and HU lie more than {measured['labels_band_mm']:.1f} mm apart; "
            "there the labels' own border was taken for the edge of bone: look at it"
        )
