"""What tells how the two feet of a pair, and what was made for them, differ."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from anatofit.app.packed import Outcome
from anatofit.app.walk import Walk
from anatofit.model.anatomy import Anatomy
from anatofit.model.finding import Verdict

# The feet of one in five people in Britain, of one in four in China, differ by more than 4 mm of length (SATRA Bulletin 2018): twice that
# is rare, and as often a scan of which toes or heel are missing. Told, not refused: such people are those who need two insoles. Proposal.
LENGTHS_MM = 8.0
# Lifts for legs of unequal length come in steps of 3 mm (proposal): of what lies nearer to one than to none a person must know.
HEELS_MM = 1.5
LONG = "foot_length_mm"
_SIZES = ("mm", "g", "deg", "kPa")  # units of findings that tell two parts apart; counts of faults do not


def length_told(foot: Anatomy, other: Anatomy) -> tuple[str, ...]:
    """What is to be known of a foot beside the other one."""
    more = foot.figures[LONG] - other.figures[LONG]
    said = f"one of a pair: the other foot is {abs(more):.1f} mm {'shorter' if more > 0 else 'longer'}"
    if abs(more) <= LENGTHS_MM:
        return (said,)
    return (f"{said}, which is rare ({LENGTHS_MM:g} mm are told): look whether heel and toes are whole in both scans",)


def heels_told(right_mm: float | None, left_mm: float | None) -> tuple[str, ...]:
    """That one heel stands higher than the other by more than its lift; nothing of devices that have no heel."""
    if right_mm is None or left_mm is None or abs(right_mm - left_mm) < HEELS_MM:
        return ()
    more, less = ("right", "left") if right_mm > left_mm else ("left", "right")
    return (
        f"the {more} heel stands {abs(right_mm - left_mm):.1f} mm higher on its insole than the {less} one, by thickness and posting "
        "and without what heel_lift_mm orders: is that meant? Otherwise order heel_lift_mm for the other foot",
    )


def _heels(feet: Mapping[str, tuple[Walk, Outcome]]) -> tuple[str, ...]:
    from anatofit.devices.base import heel_mm_of

    right, left = (heel_mm_of(feet[side][0].job.device, feet[side][0].store.get("plan")) for side in ("R", "L"))
    return heels_told(right, left)


def pair_content(walks: Sequence[Walk], made: Sequence[Outcome], *, apart_mm: float) -> dict[str, Any]:
    """What pair.json holds: both verdicts, and every figure and sentence in which they may differ, right before left."""
    feet = dict(sorted(((o.pack.name, (w, o)) for w, o in zip(walks, made, strict=True)), reverse=True))
    order = walks[0].job.prescription.order
    verdict = Verdict.FIT if all(o.fit for o in made) else Verdict.NOT_FOR_USE
    at = {side: _figures(walk) for side, (walk, _) in feet.items()}
    return {
        "schema": 1,
        "device": order.device,
        "verdict": verdict.value,
        "fit": verdict is Verdict.FIT,
        "case": order.case,
        "feet": {side: _foot(outcome) for side, (_, outcome) in feet.items()},
        "soles_apart_mm": round(apart_mm, 3),
        "figures": [*_differing(at)],
        "findings": [*_measured({side: outcome for side, (_, outcome) in feet.items()})],
        "design": [*_ordered({side: walk for side, (walk, _) in feet.items()})],
        "told": [*_said({side: walk for side, (walk, _) in feet.items()})],
        "remarks": [
            *_heels(feet),
            *(f"{side}: {said}" for side, (walk, _) in feet.items() for said in walk.job.of_pair),
        ],
    }


def _foot(outcome: Outcome) -> dict[str, Any]:
    from anatofit.pack.manifest import manifest_bytes

    return {
        "folder": outcome.pack.name,
        "verdict": outcome.verdict.value,
        "fit": outcome.fit,
        **({"unmet": outcome.unmet} if outcome.unmet else {}),
        "failed": [f.id for f in outcome.findings if not f.holds] + [r.id for r in outcome.unmeasured],
        "manifest_sha256": hashlib.sha256(manifest_bytes(outcome.manifest)).hexdigest(),
    }


def _figures(walk: Walk) -> dict[str, float]:
    """Of the foot, and of the part."""
    noted = (walk.store.get(f"{step}.notes")["figures"] for step in walk.route.noted)
    return {name: round(float(value), 4) for figures in noted for name, value in figures.items()}


def _differing(at: Mapping[str, Mapping[str, float]]) -> Iterator[dict[str, Any]]:
    right, left = at["R"], at["L"]
    for name in right:
        if name in left and (right[name] or left[name]):
            yield {"name": name, "R": right[name], "L": left[name], "left_more_by": round(left[name] - right[name], 4)}


def _measured(made: Mapping[str, Outcome]) -> Iterator[dict[str, Any]]:
    left = {f.id: f for f in made["L"].findings}
    for finding in made["R"].findings:
        other = left.get(finding.id)
        if other is not None and finding.unit in _SIZES and not (finding.not_measured or other.not_measured):
            yield {
                "id": finding.id, "what": finding.what.partition(" (limit")[0], "unit": finding.unit,
                "R": round(finding.measured, 4), "L": round(other.measured, 4),
            }  # fmt: skip


def _ordered(walks: Mapping[str, Walk]) -> Iterator[dict[str, Any]]:
    """Rows of the design, and the plan, that were ordered otherwise for one foot than for the other."""
    right, left = (walks[side].job.spec.model_dump(mode="json") for side in ("R", "L"))
    for name, value in right.items():
        if value != left[name]:
            yield {"name": name, "R": value, "L": left[name]}


def _said(walks: Mapping[str, Walk]) -> Iterator[dict[str, str]]:
    """What the device says of each part, sentence beside sentence; a heading that stands twice is numbered."""
    from anatofit.devices.base import told_of

    right, left = (_numbered(told_of(walk.job.device, walk.store.get("plan"))) for walk in (walks["R"], walks["L"]))
    for heading in dict.fromkeys((*right, *left)):
        yield {"what": heading, "R": right.get(heading, ""), "L": left.get(heading, "")}


def _numbered(rows: Sequence[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for heading, said in rows:
        again = sum(1 for known in found if known.partition(" (")[0] == heading)
        found[f"{heading} ({again + 1})" if again else heading] = said
    return found
