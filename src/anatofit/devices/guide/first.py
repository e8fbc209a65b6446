"""Of the ways in that the program would choose, best first, the one that is taken: the first along which a guide can be made.

A way that holds best may still leave no room for a pin, or ground whose base falls apart once its channels are cut and its edges
rounded. That is the way's own fault, and another may be without it. Whether a guide falls apart is told by its body on a coarse
lattice, a quarter of the base's thickness from node to node: some ten times as quick as the body itself, which alone refuses.
Another fault of a way is that a guide there would also fit turned round, or as one for the other side: see `telling`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from anatofit.devices.guide.footprint import lattice
from anatofit.devices.guide.planned import GuidePlan
from anatofit.devices.guide.telling import SURELY, WRONG_SEAT_RATIO
from anatofit.errors import NothingLeftError, PrescriptionError

# That are planned at most: each takes about as long as the search for all of them, and neighbours of a way that fails fail with it. Proposal.
MOST_WAYS = 6
OF_THICKNESS = 4  # steps of the coarse lattice through the base: a radius of its edges is then one step and more

_Plan = TypeVar("_Plan", bound=GuidePlan)


def first_made(
    count: int, planned: Callable[[int], _Plan], whole: Callable[[_Plan], object], told: Callable[[_Plan], float]
) -> _Plan:
    """The plan along the first of `count` ways on which it has room, its body holds together and it surely tells its seat; else along that
    of those on which it holds together that tells it best, else along the first on which it has room.

    planned: the plan along the way of that number; whole: makes the body of a plan; told: how well it tells its seat. The former two raise
    PrescriptionError. Raises that of the first way where no way has room.
    """
    standing: list[tuple[float, _Plan]] = []
    fallen: list[_Plan] = []
    refused: list[PrescriptionError] = []
    for number in range(min(count, MOST_WAYS)):
        try:
            plan = planned(number)
        except PrescriptionError as error:
            refused.append(error)
            continue
        tells = told(plan)
        if standing and tells <= standing[-1][0]:  # one that holds together and tells more is there already
            continue
        if not _holds(plan, whole):
            fallen.append(plan)
        elif tells >= SURELY * WRONG_SEAT_RATIO:
            return plan
        else:
            standing.append((tells, plan))
    if not standing and not fallen:
        raise refused[0]
    return standing[-1][1] if standing else fallen[0]


def _holds(plan: _Plan, whole: Callable[[_Plan], object]) -> bool:
    """Whether the body of a plan holds together on a coarse lattice; nothing that such a lattice cannot tell counts against it."""
    try:
        whole(coarse(plan))
    except PrescriptionError:
        return False
    except NothingLeftError:
        return True
    return True


def coarse(plan: _Plan) -> _Plan:
    """The plan on a coarse lattice around the same bodies."""
    seat = plan.seat
    step = max(seat.step_mm, plan.base_thickness_mm / OF_THICKNESS)
    low = np.array(seat.low_mm)
    high = low + seat.step_mm * (np.array(seat.shape_kji[::-1]) - 1)
    return plan.model_copy(
        update={"seat": lattice(seat, low[:2], high[:2], (float(low[2]), float(high[2])), step_mm=step)}
    )
