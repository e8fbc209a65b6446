"""Which hand a shape has: whether it fits a reference of known side better as it stands or mirrored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from anatofit.geometry.register import Placement, register, size_mm
from anatofit.model.frame import FloatArray, Plane
from anatofit.model.mesh import Mesh

# The worse fit must be so much worse before a side is told: what two people's bones of one side differ by must stay below
# (a proposal, to be confirmed with each reference).
TOLD_RATIO = 1.15
# Fits differ by this share of the size (root mean square distance from the middle) for no reason: scanners' noise, sampling.
NOISE_SHARE = 0.005
# Of the terms of a mirroring: what fits best and is turned by more than 3 degrees besides is none.
TURNED_BESIDES = 0.05
_MIRROR = np.array([-1.0, 1.0, 1.0])


class Hand(StrEnum):
    """The reference's own side, the other one, or a shape that both fit alike."""

    SAME = "same"
    OTHER = "other"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Chirality:
    """Both fits. ratio: the worse over the better, 1 and more. confidence: 0 where both are alike, towards 1 where one is far better.

    noise_mm: what either fit may owe to nothing; it is added to both before they are compared.
    """

    hand: Hand
    as_it_stands: Placement
    mirrored: Placement
    noise_mm: float

    @property
    def ratio(self) -> float:
        """How many times worse the other hand fits."""
        low, high = sorted([self.as_it_stands.rms_mm, self.mirrored.rms_mm])
        return (high + self.noise_mm) / (low + self.noise_mm)

    @property
    def confidence(self) -> float:
        """1 - better / worse."""
        return 1.0 - 1.0 / self.ratio


def mirrored(mesh: Mesh) -> Mesh:
    """The mirror image, outward again. Only for comparison: no scan is ever mirrored."""
    return Mesh(mesh.vertices_lps_mm * _MIRROR, mesh.faces[:, [0, 2, 1]])


def chirality(mesh: Mesh, reference: Mesh, *, scaled: bool = False) -> Chirality:
    """The hand of `mesh` against `reference`, wherever either lies and however it is turned.

    Both the mesh and its mirror image are laid on the reference by turning and moving alone (`scaled`: also scaled evenly, for
    references of another person). Raises GeometryError for a mesh without area.
    """
    stands, turned_over = register(mesh, reference, scaled=scaled), register(mirrored(mesh), reference, scaled=scaled)
    told = Chirality(Hand.UNDECIDED, stands, turned_over, NOISE_SHARE * size_mm(reference))
    if told.ratio < TOLD_RATIO:
        return told
    return replace(told, hand=Hand.SAME if stands.rms_mm < turned_over.rms_mm else Hand.OTHER)


def own_mirror(mesh: Mesh) -> tuple[Plane, float] | None:
    """The plane in which a shape is most like its own mirror image, and how far from it (see `Placement.rms_mm`); None where the image
    fits best turned. Raises GeometryError for a mesh without area."""
    fit = register(mirrored(mesh), mesh)
    image = fit.turn * _MIRROR
    across: FloatArray = np.linalg.eigh((image + image.T) / 2)[1][:, 0]
    if np.abs(image - (np.eye(3) - 2 * np.outer(across, across))).max() > TURNED_BESIDES:
        return None
    middle = mesh.vertices_lps_mm.mean(axis=0)
    return Plane((middle + image @ middle + fit.move_mm) / 2, across), fit.rms_mm
