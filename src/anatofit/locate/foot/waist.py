"""A foot that was found, as devices take it."""

from __future__ import annotations

from anatofit.locate.foot.located import LocatedFoot
from anatofit.model.anatomy import Anatomy


def anatomy_of(foot: LocatedFoot) -> Anatomy:
    """The waist of the house, of kind "foot"."""
    marks, figures = foot.landmarks, foot.figures
    sure = {name: found.confidence for name, found in marks.items()} | {n: m.confidence for n, m in figures.items()}
    return Anatomy(
        kind="foot",
        laterality=foot.laterality,
        surfaces={"host": foot.mesh, "sole": foot.sole_mesh},
        curves=foot.curves,
        landmarks={name: found.point_lps_mm for name, found in marks.items()},
        planes=foot.planes,
        figures={name: measured.value for name, measured in figures.items()},
        heights={"sole": foot.sole},
        confidence=sure | {"side": foot.side.confidence},
    )
