"""The seating study as a run keeps it: done where an order asks for it, filed in the pack, and said in a sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from anatofit.errors import GeometryError
from anatofit.model.anatomy import Anatomy
from anatofit.model.part import Part
from anatofit.model.seating import Seating, SeatingOrder

FILE = "seating.json"
# What the manifest leaves to seating.json: a number for every placement.
_EACH = {"cuts": {"__all__": {"edges_mm", "angles_deg"}}, "axes": {"__all__": {"entries_mm"}}}


def tried(
    asked: SeatingOrder | None, anatomy: Anatomy, parts: Sequence[Part], plan: Mapping[str, Any]
) -> tuple[tuple[Seating, ...], str]:
    """What is predicted of each part, and a sentence for the methods; nothing where no placement is asked for."""
    if asked is None or asked.count == 0:
        return (), ""
    from anatofit.seating.study import seated

    found = []
    for part in parts:
        try:
            found.append(seated(part, anatomy.surfaces["host"], plan, asked))
        except GeometryError:
            # a part that does not face bone is pressed on none; that a guide must, its contact findings say
            continue
    return tuple(found), _sentence(asked, [s.part for s in found])


def _sentence(asked: SeatingOrder, parts: Sequence[str]) -> str:
    if not parts:
        return "No part faces bone closely enough for its seat to be tried."
    names, start = " and the ".join(parts), f"{asked.start_mm:g} mm and {asked.start_deg:g}°"
    return (
        f"The {names} was put on {asked.count} times, off by {start} (standard deviation) at first, on bone that differs from its model "
        f"by {asked.sigma_mm:g} mm (standard deviation, over {asked.correlation_mm:g} mm), and pressed evenly without friction until it rested."
    )


def seating_files(found: Sequence[Seating]) -> dict[str, bytes]:
    """seating.json, where there is a study."""
    if not found:
        return {}
    data = {"schema": 1, "seating": [s.model_dump(mode="json") for s in found]}
    return {FILE: json.dumps(data, ensure_ascii=True, allow_nan=False).encode() + b"\n"}


def seating_summary(found: Sequence[Seating]) -> list[dict[str, Any]]:
    """What the manifest says of it."""
    return [s.model_dump(mode="json", exclude=_EACH) for s in found]


def seating_remark(found: Seating) -> str:
    """What a person must know of it beside the verdict."""
    said = [f"{found.not_seated:.1%} of {found.asked.count} placements do not seat", *_cuts(found), *_axes(found)]
    return f"the seat of the {found.part} is predicted, not measured: {'; '.join(said)}"


def _cuts(found: Seating) -> Iterator[str]:
    for cut in found.cuts:
        yield (
            f"95 % of the others leave cut {cut.number} within {cut.edge_mm.high:.1f} mm and {cut.angle_deg.high:.1f}° of its plan"
        )


def _axes(found: Seating) -> Iterator[str]:
    """The axis that is off most; all stand in the report."""
    if found.axes and not found.cuts:
        worst = max(found.axes, key=lambda axis: axis.entry_mm.high)
        yield f"95 % of the others leave every entry within {worst.entry_mm.high:.1f} mm and {worst.angle_deg.high:.1f}° of its plan"
