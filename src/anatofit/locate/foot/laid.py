"""What a whole foot stands on: of all ways to lay its surface down, that on its sole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.locate.foot.faces import FACES_ASKED, Faces, in_plane
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.heights import BoolArray

# A foot stands on its sole: faces that look within 35 degrees the same way, no deeper than 2.4 % of the longest extent behind the plane.
_SOLE_COS, _SOLE_DEEP = np.cos(np.radians(35.0)), 0.024
_CUT_EVEN_MM = 0.8  # standard deviation of heights under which a place is as flat as a cut; noise makes 0.3 of it
_ASKED, _TRIED = 1500, 12
_APART_COS = np.cos(np.radians(20.0))  # between the ways that are looked at more closely
_CLIMB_DEG, _CLIMBS = (4.0, 2.0, 1.0), 5
_ROUND = np.arange(8) * np.pi / 4


def dorsal_of(faces: Faces) -> FloatArray | None:
    """Dorsal by what the foot stands on: of all ways to lay it down, that on the largest, longest and roundest place."""
    chosen = slice(None, None, len(faces.areas) // FACES_ASKED + 1)
    size, middle = faces.areas[chosen], faces.middles[chosen]
    laid = _Laid(size, middle, faces.vectors[chosen] / np.maximum(size, 1e-12)[:, None], _SOLE_DEEP * faces.longest_mm)
    asked = _sphere()
    areas = np.array([size[laid.bears(d)].sum() for d in asked])
    tried: list[FloatArray] = []
    for n in np.argsort(-areas):
        if len(tried) < _TRIED and all(asked[n] @ d < _APART_COS for d in tried):
            tried.append(asked[n])
    best = max((laid.climbed(d) for d in tried), key=laid.score)
    bears = laid.bears(best)
    return -unit_vector(laid.normals[bears].T @ size[bears]) if bears.any() else None


@dataclass(frozen=True, eq=False)
class _Laid:
    """A shape laid down on one side after another: what it then lies on, and how like a sole that is."""

    size: FloatArray
    middle: FloatArray
    normals: FloatArray
    deep_mm: float

    def bears(self, down: FloatArray) -> BoolArray:
        """(n,) the faces that look down and lie near the ground."""
        height = self.middle @ down
        return np.asarray((self.normals @ down > _SOLE_COS) & (height > height.max() - self.deep_mm))

    def score(self, down: FloatArray) -> float:
        """Area by length by roundness."""
        bears = self.bears(down)
        if not bears.any():
            return 0.0
        return float(self.size[bears].sum()) * _long_mm(self.middle[bears]) * _rounded(self.middle[bears] @ down)

    def climbed(self, down: FloatArray) -> FloatArray:
        """The way nearby that scores best: a sole is long, and a few degrees off it bears on one end alone."""
        reached = self.score(down)
        for step in np.radians(_CLIMB_DEG):
            for _ in range(_CLIMBS):
                across = in_plane(down)
                near = [unit_vector(down + step * (np.cos(t) * across[0] + np.sin(t) * across[1])) for t in _ROUND]
                scores = [self.score(d) for d in near]
                if max(scores) <= reached:
                    break
                reached, down = max(scores), near[int(np.argmax(scores))]
        return down


def _rounded(height: FloatArray) -> float:
    """Near 1 for a sole, which rises at its rim and under its arch; little for the plane in which a leg was cut."""
    return float(np.clip(height.std() / _CUT_EVEN_MM, 0.1, 1.0)) if len(height) else 0.0


def _long_mm(points: FloatArray) -> float:
    """Extent along the longest axis."""
    if len(points) < 4:
        return 0.0
    off = points - points.mean(axis=0)
    return float(np.ptp(off @ np.linalg.eigh(off.T @ off)[1][:, -1]))


def _sphere() -> FloatArray:
    """(n, 3) directions spread evenly (Fibonacci sphere), neighbours some 6 degrees apart."""
    n = np.arange(_ASKED)
    z = 1 - (2 * n + 1) / _ASKED
    angle = n * np.pi * (3 - np.sqrt(5))
    r = np.sqrt(1 - z**2)
    return np.stack([r * np.cos(angle), r * np.sin(angle), z], axis=1)
