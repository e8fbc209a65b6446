"""One model part of a 3MF: its objects and what it builds, gathered while the XML streams by."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from anatofit.ingest.surface.package import Package
from anatofit.ingest.surface.raw import MOST_TRIANGLES, MOST_VERTICES, refused
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
# Extensions that may be required and change nothing about where the triangles are.
_HARMLESS = frozenset({CORE, _PRODUCTION, "http://schemas.microsoft.com/3dmanufacturing/material/2015/02"})
_VERTEX, _TRIANGLE = f"{CORE} vertex", f"{CORE} triangle"
_MOST_OBJECTS = 10_000
_STAYS = np.vstack([np.eye(3), np.zeros(3)])
_WRONG = "A mesh of the 3MF file ends within a vertex or a triangle"


@dataclass(frozen=True)
class Placed:
    """An object where the build, or another object, puts it; `path` names another model part. matrix: `(4, 3)`, points are rows."""

    object_id: str
    path: str
    matrix: FloatArray


@dataclass
class Body:
    """One object: a mesh of its own, or others put together."""

    kind: str
    vertices: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))
    faces: IntArray = field(default_factory=lambda: np.zeros((0, 3), dtype=np.int64))
    components: list[Placed] = field(default_factory=list)


@dataclass(frozen=True)
class ModelPart:
    """A model: its unit by name, objects by id, and what it builds."""

    unit: str
    objects: Mapping[str, Body]
    items: tuple[Placed, ...]

    @property
    def paths(self) -> set[str]:
        """Other model parts that are named."""
        placed = [*self.items, *(c for b in self.objects.values() for c in b.components)]
        return {p.path for p in placed if p.path}


def read_model(package: Package, path: str) -> ModelPart:
    """The model at `path` of the package. Raises ScanUnsuitableError."""
    gatherer = _Gatherer()
    package.parse(path, gatherer.start, gatherer.namespace)
    try:
        return gatherer.part()
    except (ValueError, OverflowError) as error:
        raise refused("surface-damaged", _WRONG) from error


class _Gatherer:
    """What the parser meets, in the order in which it comes. Raises KeyError or ValueError where an element is none of the format."""

    def __init__(self) -> None:
        self._unit = ""
        self._names: dict[str, str] = {}
        self._objects: dict[str, Body] = {}
        self._items: list[Placed] = []
        self._current: Body | None = None
        self._values, self._corners = array("d"), array("q")
        self._vertices = self._triangles = 0

    def namespace(self, prefix: str, uri: str) -> None:
        """A namespace gets a short name."""
        self._names[prefix or ""] = uri

    def start(self, name: str, has: dict[str, str]) -> None:
        """An element begins. Nearly all of them are vertices and triangles."""
        if name == _VERTEX:
            self._values.extend((float(has["x"]), float(has["y"]), float(has["z"])))
        elif name == _TRIANGLE:
            self._corners.extend((int(has["v1"]), int(has["v2"]), int(has["v3"])))
            if len(self._corners) > 3 * MOST_TRIANGLES or len(self._values) > 3 * MOST_VERTICES:
                raise refused("surface-too-large", f"The 3MF file holds more than {MOST_TRIANGLES} triangles")
        elif name.startswith(CORE + " "):
            self._other(name[len(CORE) + 1 :], has)

    def _other(self, tag: str, has: dict[str, str]) -> None:
        if tag == "model":
            self._model(has)
        elif tag == "object":
            self._close()
            self._current = self._objects[has["id"]] = Body(has.get("type", "model"))
            if len(self._objects) > _MOST_OBJECTS:
                raise refused("surface-unsafe", f"The 3MF file holds more than {_MOST_OBJECTS} objects")
        elif tag == "item":
            self._items.append(_placed(has))
        elif tag == "component" and self._current is not None:
            self._current.components.append(_placed(has))

    def _model(self, has: dict[str, str]) -> None:
        self._unit = has.get("unit", "millimeter")  # the specification's default
        required = [self._names.get(prefix, "") for prefix in has.get("requiredextensions", "").split()]
        if any(uri not in _HARMLESS for uri in required):
            raise refused("surface-format", "The 3MF file needs an extension of the format that is not read here")

    def _close(self) -> None:
        """The mesh that was gathered belongs to the object that was open."""
        if self._current is not None and (self._values or self._corners):
            self._current.vertices = np.array(self._values).reshape(-1, 3)
            self._current.faces = np.array(self._corners, dtype=np.int64).reshape(-1, 3)
            self._vertices += len(self._current.vertices)
            self._triangles += len(self._current.faces)
            if self._triangles > MOST_TRIANGLES or self._vertices > MOST_VERTICES:
                raise refused("surface-too-large", f"The 3MF file holds more than {MOST_TRIANGLES} triangles")
        self._values, self._corners = array("d"), array("q")

    def part(self) -> ModelPart:
        """Everything that was met."""
        self._close()
        if not self._unit:
            raise refused("surface-damaged", "The 3MF file's model part is no 3MF model")
        return ModelPart(self._unit, self._objects, tuple(self._items))


def _placed(has: dict[str, str]) -> Placed:
    values = [float(v) for v in has.get("transform", "").split()]
    matrix = np.array(values).reshape(4, 3) if values else _STAYS
    path = has.get(f"{_PRODUCTION} path", "")
    return Placed(has["objectid"], path, matrix)
