"""The bodies that turn in the browser: light copies, whole numbers on a grid, base64."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.model.mesh import Mesh
from anatofit.report.display import reduced

_STEPS = 65_535  # of the largest side: about 4 micrometres on a head, far below what a screen shows


@dataclass(frozen=True)
class Actor:
    """A body of the viewer: what the switch beside it says, its colour, and how much of it is seen at first."""

    label: str
    mesh: Mesh
    triangles: int
    colour: tuple[int, int, int]
    opacity: float = 1.0
    shown: bool = True


def payload(actors: Sequence[Actor]) -> dict[str, Any]:
    """What viewer.js reads; every body on one common grid."""
    bounds = np.concatenate([a.mesh.bounds_lps_mm for a in actors])
    low, high = bounds.min(axis=0), bounds.max(axis=0)
    step = float((high - low).max()) / _STEPS
    return {
        "origin": [round(float(v), 6) for v in low],
        "step": step,
        "size": [round(float(v), 4) for v in high - low],
        "bodies": [_body(actor, low, step) for actor in actors],
    }


def _body(actor: Actor, low: np.ndarray[Any, Any], step: float) -> Mapping[str, Any]:
    mesh = reduced(actor.mesh, triangles=actor.triangles)
    points = np.rint((mesh.vertices_lps_mm - low) / step).clip(0, _STEPS).astype("<u2")
    wide = len(points) > _STEPS
    faces = mesh.faces.astype("<u4" if wide else "<u2")
    return {
        "label": actor.label, "colour": [c / 255 for c in actor.colour], "opacity": actor.opacity, "shown": actor.shown,
        "wide": wide, "points": _text(points.tobytes()), "faces": _text(faces.tobytes()),
    }  # fmt: skip


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
