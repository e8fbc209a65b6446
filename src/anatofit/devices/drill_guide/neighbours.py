"""Other bones beside trajectories: over a sleeve they refuse the order, beneath an entry they are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from anatofit.devices.drill_guide.lines import Line
from anatofit.devices.guide.beside import ROOM_MM
from anatofit.devices.guide.layout import Sleeve
from anatofit.devices.guide.overhead import FAR_MM, OtherBones
from anatofit.errors import Reason
from anatofit.geometry.pierce import pierced
from anatofit.model.mesh import Mesh


def tubes_beside(sleeves: Sequence[Sleeve], others: OtherBones | None) -> Iterator[Reason]:
    """A reason for each sleeve that another bone stands over on the guide's way out, or so near that the sleeve would be cut away."""
    for number, tube in enumerate(sleeves, start=1):
        if others is not None and others.over_tube(tube):
            said = (
                f"another bone stands over the sleeve of trajectory {number} on the guide's way out, or within {ROOM_MM:g} mm of it. "
                "Give an approach nearer to its axis, or a shorter or thinner sleeve (sleeve_mm, sleeve_wall_mm)"
            )
            yield Reason("way-blocked", said)


def into_others(lines: Sequence[Line], others: Mesh | None) -> Iterator[str]:
    """What to say of trajectories that go into another bone before their target."""
    if others is None:
        return
    for line in lines:
        at, _ = pierced(others, line.at(FAR_MM), -line.axis_lps)
        depth = at[at > 0] - FAR_MM
        within = depth[(depth > 0) & (depth < line.target_mm)]
        if len(within):
            yield f"trajectory {line.number} enters another bone {float(within.min()):.0f} mm beneath its entry: see whether that is meant"
