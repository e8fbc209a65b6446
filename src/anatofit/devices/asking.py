"""How every product line states what must be proved of its part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from anatofit.model.finding import Requirement


@dataclass(frozen=True)
class Asking:
    """Makes the requirements of one part; `advice` says of each id what a person may try where it fails."""

    part: str
    advice: Mapping[str, str]

    def __call__(
        self,
        id_: str,
        what: str,
        check: str,
        unit: str,
        *,
        low: float | None = None,
        high: float | None = None,
        **parameters: Any,
    ) -> Requirement:
        """One requirement. Raises KeyError for an id without advice."""
        return Requirement(
            id=id_,
            what=what,
            check=check,
            part=self.part,
            unit=unit,
            limit_low=low,
            limit_high=high,
            parameters=parameters,
            advice=self.advice[id_],
        )

    def other_bones(self, line: str, room_mm: float, *, length_mm: float) -> Requirement:
        """That other bones of the scan stay clear, in the seat and over a way out of it; half of the planned room is the lattice's and the edges'."""
        return self(
            f"{line}-BESIDE-1",
            f"smallest distance to other bones of the scan, in the seat and on the way in (planned: {room_mm:g} mm)",
            "other_bones",
            "mm",
            low=room_mm / 2,
            length_mm=length_mm,
        )

    def sound_mesh(self, line: str) -> Iterator[Requirement]:
        """What holds of the surface of any part; `line`: the two letters that the ids of the product line begin with."""
        yield self(f"{line}-MESH-1", "the surface is closed and manifold", "closed_manifold", "edges", high=0)
        yield self(f"{line}-MESH-2", "the surface does not cross itself", "self_intersection", "triangle pairs", high=0)
        yield self(f"{line}-MESH-3", "the part is one piece", "components", "pieces", low=1, high=1)
