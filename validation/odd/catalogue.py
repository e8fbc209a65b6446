"""All odd series, in the order of the table."""

from __future__ import annotations

from validation.odd import coding_cases, combined_cases, geometry_cases, object_cases, place_cases, value_cases
from validation.odd.odd import Odd

ROOMS = (object_cases, place_cases, geometry_cases, value_cases, coding_cases, combined_cases)


def catalogue() -> list[Odd]:
    """Every series; names are unique."""
    found = [case for room in ROOMS for case in room.cases()]
    found.sort(key=lambda case: case.row)
    names = [case.name for case in found]
    assert len(set(names)) == len(names), sorted({n for n in names if names.count(n) > 1})
    return found
