"""The landmarks of a foot or a limb in the source's own axes: to be looked at, and to be given otherwise in the order."""

from __future__ import annotations

import numpy as np

from anatofit.model.anatomy import Anatomy
from anatofit.model.landmark import LandmarkRow
from anatofit.model.provenance import SourceFacts, SurfaceFacts
from anatofit.model.surface_scan import SurfaceFrame


def landmark_rows(anatomy: Anatomy, facts: SourceFacts) -> list[LandmarkRow]:
    """A row of each landmark of which something is said; none of a skull or a bone."""
    turn = _back(facts)
    return [
        LandmarkRow(
            name=name,
            source_mm=tuple(round(float(v), 1) + 0.0 for v in turn * np.asarray(anatomy.landmarks[name])),
            told_by=said,
            within_mm=_rounded(anatomy.figures.get(f"{name}_confidence_mm")),
            confidence=_rounded(anatomy.confidence.get(name), 2),
        )
        for name, said in anatomy.told_by.items()
    ]


def _back(facts: SourceFacts) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A surface in RAS was turned by half a turn about z when it was read."""
    from anatofit.ingest.surface.attitude import RAS_TO_LPS

    turned = isinstance(facts, SurfaceFacts) and facts.frame == SurfaceFrame.RAS
    return RAS_TO_LPS if turned else np.ones(3)


def _rounded(value: float | None, digits: int = 1) -> float | None:
    return None if value is None else round(value, digits)
