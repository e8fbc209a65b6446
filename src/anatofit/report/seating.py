"""What the seating study found, as tables, sentences and a chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from anatofit.model.seating import Motion, Seating, Spread
from anatofit.report.charts import histogram

Row = tuple[str, str, str, str]  # what, the middle placement, 95 %, unit


@dataclass(frozen=True)
class SeatingShown:
    """Of one part: what was tried, what became of it, and what moves the cuts."""

    tried: Sequence[tuple[str, str]]
    rows: Sequence[Row]
    said: Sequence[str]
    charts: Sequence[tuple[str, Markup]]
    limits: Sequence[str]


def seating_shown(found: Seating) -> SeatingShown:
    """The study of one part in the words of the report."""
    return SeatingShown(_tried(found), _rows(found), _said(found), _charts(found), found.limits)


def _tried(found: Seating) -> list[tuple[str, str]]:
    asked = found.asked
    missed = "; ".join(f"{share:.1%} {words}" for words, share in found.why_not)
    return [
        ("Placements", f"{asked.count}, seed {asked.seed}"),
        ("Do not seat", f"{found.not_seated:.1%}{f' ({missed})' if missed else ''}; the figures below are of the others"),
        ("First set down", f"off by {asked.start_mm:g} mm along and {asked.start_deg:g}° about each of three axes (standard deviation)"),
        ("True bone", f"{asked.sigma_mm:g} mm beside its model along the normal (standard deviation), alike over {asked.correlation_mm:g} mm"),
        ("Contact", f"{found.contact_mm2:.0f} mm² of the {found.part}, followed at {found.places} places; the load rests on {found.bearing.median:g} of them "
                    f"({found.bearing.low:g} to {found.bearing.high:g})"),
    ]  # fmt: skip


def _rows(found: Seating) -> list[Row]:
    rows = []
    for cut in found.cuts:
        rows += [
            _row(f"Cut {cut.number}: angle between planned and made plane", cut.angle_deg, "°"),
            _row(f"Cut {cut.number}: off its plane where its edge moves most", cut.edge_mm, "mm"),
        ]
    for axis in found.axes:
        name = axis.name[:1].upper() + axis.name[1:]
        rows += [_row(f"{name}: angle", axis.angle_deg, "°"), _row(f"{name}: beside its entry", axis.entry_mm, "mm")]
        if axis.end_mm is not None:
            rows.append(_row(f"{name}: beside its end in the bone", axis.end_mm, "mm"))
    rows += [_row("Whole guide: shift", found.shift_mm, "mm"), _row("Whole guide: turn", found.turn_deg, "°")]
    return rows + [_row(f"Whole guide: {m.words}", m.spread, "°" if m.unit == "deg" else "mm") for m in found.motions]


def _row(what: str, spread: Spread, unit: str) -> Row:
    band = f"up to {spread.high:.2f}" if spread.low == 0.0 else f"{spread.low:z.2f} to {spread.high:z.2f}"
    return what, f"{spread.median:z.2f}".replace("-", "−"), band.replace("-", "−"), unit


def _said(found: Seating) -> list[str]:
    """What moves each cut most."""
    out = []
    for cut in found.cuts:
        first, *rest = cut.by
        more = ", ".join(f"{m.words} {_part(m.share)}" for m in rest)
        out.append(
            f"Cut {cut.number} is moved most by {_motion(first)}: {first.share:z.0%} of the mean square at its edge ({more})."
        )
    return out


def _part(share: float) -> str:
    """A motion's part of what all make together; one that mostly goes the other way takes from what the others make."""
    return f"{share:z.0%}" if round(share, 2) >= 0 else f"goes against the others and takes {-share:.0%} back"


def _motion(motion: Motion) -> str:
    unit = "°" if motion.unit == "deg" else " mm"
    return f"a {motion.words} ({motion.spread.low:z.1f} to {motion.spread.high:z.1f}{unit} in 95 % of the placements)".replace(
        "-", "−"
    )


def _charts(found: Seating) -> list[tuple[str, Markup]]:
    """Of every cut; where there is none, of the axis that is off most."""
    charts = []
    for cut in found.cuts:
        name = f"Cut {cut.number}"
        charts += [
            _chart(name, "off its plane at its edge", cut.edges_mm, cut.edge_mm, "mm"),
            _chart(name, "off its plane in angle", cut.angles_deg, cut.angle_deg, "°"),
        ]
    if found.axes and not found.cuts:
        worst = max(found.axes, key=lambda axis: axis.entry_mm.high)
        charts.append(
            _chart(worst.name[:1].upper() + worst.name[1:], "beside its entry", worst.entries_mm, worst.entry_mm, "mm")
        )
    return charts


def _chart(what: str, name: str, values: Sequence[float], spread: Spread, unit: str) -> tuple[str, Markup]:
    array = np.array(values)
    # a little beyond the 99th percentile: a single far placement must not press the rest into one bar
    high = 1.05 * max(float(np.percentile(array, 99)), 1e-3)
    marks = [(spread.high, f"95 %: {spread.high:.2f} {unit}")]
    chart = histogram(array, np.ones(len(array)), label=f"{name} ({unit})", high=high, marks=marks, of="placements")
    return f"{what}, {name}: share of the placements that seat, without the farthest hundredth", chart
