"""Several meshes as one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anatofit.model.mesh import Mesh


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """All of them in one mesh, in their order; nothing is merged. Raises ValueError for none."""
    starts = np.cumsum([0, *(len(m.vertices_lps_mm) for m in meshes[:-1])])
    faces = [m.faces + start for m, start in zip(meshes, starts, strict=True)]
    return Mesh(np.concatenate([m.vertices_lps_mm for m in meshes]), np.concatenate(faces))
