"""A body that is made: one printable part of a device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from anatofit.model.mesh import Mesh


@dataclass(frozen=True)
class Part:
    """A closed mesh with a name that is also its file name (`plate` becomes device/plate.stl).

    pieces: closed meshes by name that it is put together of, where a 3MF shall hold them as objects; faces between them are the same triangles.
    """

    name: str
    mesh: Mesh
    metadata: Mapping[str, str] = field(default_factory=dict)
    pieces: Mapping[str, Mesh] = field(default_factory=dict)
