"""Which sleeves bars join: the nearest of two groups, or the next ones where the bone stands too high between these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from anatofit.devices.drill_guide.footprint import bars
from anatofit.devices.drill_guide.layout import Beam
from anatofit.devices.drill_guide.lines import Line
from anatofit.devices.drill_guide.spec import DrillGuideSpec
from anatofit.devices.drill_guide.stand import Stand
from anatofit.errors import PrescriptionError

Pair = tuple[int, int]


def joining_bars(lines: Sequence[Line], spec: DrillGuideSpec, on: Stand) -> tuple[Beam, ...]:
    """The bars that make one of what bridges do not. Raises PrescriptionError where two groups of sleeves find no bar."""
    held: list[Pair] = list(on.held)
    found: list[Beam] = []
    for pair in on.apart:
        joined, made = _first_bar(pair, held, lines, spec, on)
        held.append(joined)
        found += made
    return tuple(found)


def _first_bar(
    pair: Pair, held: Sequence[Pair], lines: Sequence[Line], spec: DrillGuideSpec, on: Stand
) -> tuple[Pair, tuple[Beam, ...]]:
    """The bar of a pair, or of the next nearest that joins the same groups; and the pair that it joins. Raises PrescriptionError for the
    first where none has room."""
    refused: PrescriptionError | None = None
    for one in _between(pair, held, on):
        try:
            return one, bars(lines, one, spec, on.bare, on.height)
        except PrescriptionError as error:
            refused = refused or error
    assert refused is not None
    raise refused


def _between(pair: Pair, held: Sequence[Pair], on: Stand) -> Iterator[Pair]:
    """The pair, then all others between its two groups, the nearest first."""
    one, other = (_group(n, held) for n in pair)
    place = [np.array(pad.centre_mm) for pad in on.pads]
    others = sorted((float(np.square(place[a] - place[b]).sum()), a, b) for a, b in product(one, other))
    yield pair
    yield from ((a, b) for _, a, b in others if (a, b) != pair)


def _group(n: int, held: Sequence[Pair]) -> set[int]:
    """All that hang together with one."""
    found, grown = {n}, True
    while grown:
        more = {m for pair in held if found & set(pair) for m in pair} - found
        found, grown = found | more, bool(more)
    return found
