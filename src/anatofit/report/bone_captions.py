"""What is written under pictures of a device on a bone: a guide has cuts and blocks, a drill guide has sleeves, a plate screws and two ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Captions:
    """The words of one kind of device."""

    plan: str
    side: str
    end: str


GUIDE = Captions(
    plan="The plan on the bone: planned planes and what is kept out of (red), axes of pins and drills to their far end (orange).",
    side="From the side, along the cuts",
    end="Across the cuts, from the side of their normals",
)
DRILL = Captions(
    plan="The plan on the bone: axes of drills and pins to their far end (orange), what is kept out of (red).",
    side="From the side",
    end="From one end",
)
PLATE = Captions(
    plan="The plan on the bone: outline, path and holes of the plate (blue), screws as long and as thick as ordered (orange), fracture and cut lines (red).",
    side="From the side",
    end="Along the plate, from one end",
)
OTHER = Captions(
    plan="The bone, and what of the plan can be drawn: planes and what is kept out of (red), axes (orange).",
    side="From the side",
    end="From the end",
)
BENEATH = " Bone that lies far beneath is left out."


def captions_of(plan: Mapping[str, Any]) -> Captions:
    """The words for a plan: one with stations of a path is a plate's, one with sleeves a drill guide's, one that leads blades a guide's."""
    if plan.get("stations"):
        return PLATE
    if plan.get("sleeves"):
        return DRILL
    return GUIDE if plan.get("slots") or plan.get("pins") else OTHER
