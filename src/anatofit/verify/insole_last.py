"""IN-LAST-1: an insole that was made for a shoe last against the last's own triangles."""

from __future__ import annotations

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.mesh import Mesh
from anatofit.verify.insole_plan import frame_of
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import Surface, face_vectors, submesh, unit_rows

_DOWN = float(np.cos(np.radians(55.0)))  # what looks down no less than this is the bottom (docs/how-to/insoles.md)


def insole_last(subject: Subject, _: Requirement) -> Measurement:
    """How far the exported part reaches beyond the bottom of models/last.stl, both seen from above, at most, in mm; 0: it lies within."""
    if subject.last is None:
        raise subject.absent("models/last.stl")
    frame = frame_of(subject.plan)
    down = unit_rows(face_vectors(subject.last)) @ -frame.axes[2] >= _DOWN
    if not down.any():
        raise ValueError("nothing of the last looks down; a bottom is wanted")
    flat = np.array([1.0, 1.0, 0.0])
    bottom = submesh(subject.last, down)
    ground = Surface(Mesh(frame.local(bottom.vertices_lps_mm) * flat, bottom.faces))
    local = frame.local(subject.part.vertices_lps_mm)
    beyond = ground.distance_mm(local * flat)
    x, y, _z = local[int(beyond.argmax())]
    where = f"furthest out {x:.0f} mm from the heel's rearmost point, {abs(y):.0f} mm {'medial' if y * frame.sign > 0 else 'lateral'} of the second ray"
    return Measurement(float(beyond.max()), where, {"p99_mm": float(np.percentile(beyond, 99))})
