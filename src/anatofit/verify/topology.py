"""Is the surface closed, oriented and manifold, and of how many pieces: counted on the indices, no tolerance."""

from __future__ import annotations

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.mesh import Mesh
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import face_vectors


def closed_manifold(subject: Subject, requirement: Requirement) -> Measurement:
    """Faults: edges not used once each way, pinched vertices, faces without area, a body that is inside out."""
    mesh = subject.part
    edges = bad_edges(mesh)
    values = {
        "edges": edges,
        "pinched_vertices": 0 if edges else pinched_vertices(mesh),  # fans are only defined where edges pair up
        "flat_faces": flat_faces(mesh),
        "inside_out": int(mesh.volume_mm3 <= 0),
    }
    detail = ", ".join(f"{v} {k.replace('_', ' ')}" for k, v in values.items() if v)
    return Measurement(float(sum(values.values())), detail, {k: float(v) for k, v in values.items()})


def components(subject: Subject, requirement: Requirement) -> Measurement:
    """The number of pieces that share no vertex; an enclosed hollow counts as one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    faces, size = subject.part.faces, len(subject.part.vertices_lps_mm)
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    graph = coo_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1]
    return Measurement(float(len(np.unique(labels[np.unique(faces)]))))


def bad_edges(mesh: Mesh) -> int:
    """Edges that are not used exactly once in each direction."""
    start, end = mesh.faces.ravel(), np.roll(mesh.faces, -1, axis=1).ravel()
    count = len(mesh.vertices_lps_mm)
    keys, at = np.unique(np.minimum(start, end) * count + np.maximum(start, end), return_inverse=True)
    forward = np.bincount(at, weights=start < end, minlength=len(keys))
    backward = np.bincount(at, weights=start > end, minlength=len(keys))
    return int(((forward != 1) | (backward != 1)).sum())


def flat_faces(mesh: Mesh) -> int:
    """Faces that have a corner twice, or no area at all."""
    return int((face_vectors(mesh) == 0).all(axis=1).sum())


def pinched_vertices(mesh: Mesh) -> int:
    """Extra fans of faces around a vertex, beyond one each. Wants every edge used once in each direction."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    start, end = mesh.faces.ravel(), np.roll(mesh.faces, -1, axis=1).ravel()
    count = len(mesh.vertices_lps_mm)
    outgoing, incoming = np.argsort(start * count + end), np.argsort(end * count + start)
    # The edge out of this corner comes back, in the other face, into the next corner at the same vertex.
    twin = np.empty(len(start), dtype=np.int64)
    twin[outgoing] = incoming
    follows = twin // 3 * 3 + (twin + 1) % 3
    shape = (len(start), len(start))
    graph = coo_array((np.ones(len(start), dtype=np.int8), (np.arange(len(start)), follows)), shape=shape)
    return int(connected_components(graph, directed=False, return_labels=False)) - len(np.unique(start))
