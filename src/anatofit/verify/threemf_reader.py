"""Reads the one mesh of a 3MF file with the standard library alone: a second pair of eyes beside the library that wrote it."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from anatofit.model.finding import Requirement
from anatofit.model.mesh import Mesh
from anatofit.verify.stl_reader import read_stl
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import UnreadableFileError

# A plate of 150 000 triangles takes about 12 MB of XML; a package that unpacks to more than this is no part of ours.
MOST_BYTES = 1_000_000_000
# XML of a mesh packs about tenfold; a bomb packs a thousandfold. Small members may pack as they like.
MOST_RATIO = 200
_SMALL_BYTES = 1_000_000
_CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_VERTEX, _TRIANGLE = f"{_CORE} vertex", f"{_CORE} triangle"
_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
_MODEL = re.compile(r"^/?3D/[^/]+\.model$")
_RULE = "3mf"


def stl_3mf_same(subject: Subject, requirement: Requirement) -> Measurement:
    """The number of triangles that only one of the two files has, compared as float32 corners in their turning order."""
    paths = {kind: _file(subject, requirement.part, kind) for kind in ("stl", "3mf")}
    missing = [kind for kind, path in paths.items() if path is None]
    if missing:
        return Measurement(-1.0, f"the {' and '.join(missing)} file was not given; both are wanted", failed=True)
    stl, threemf = read_stl(Path(str(paths["stl"]))), read_threemf(Path(str(paths["3mf"])))
    first, second = _triangles(stl), _triangles(threemf)
    count = 0 if np.array_equal(first, second) else _in_one_only(first, second)
    detail = f"{len(stl.faces)} triangles in the STL, {len(threemf.faces)} in the 3MF, {count} in one only"
    return Measurement(float(count), detail)


def _file(subject: Subject, part: str, kind: str) -> Path | None:
    """Under its kind alone, or under its name in the pack."""
    return subject.files.get(kind) or subject.files.get(f"device/{part}.{kind}")


def _in_one_only(first: NDArray[np.float32], second: NDArray[np.float32]) -> int:
    """How many triangles one list has and the other has not, or has less often."""
    one, other = (Counter(row.tobytes() for row in rows) for rows in (first, second))
    return sum(((one - other) + (other - one)).values())


def _triangles(mesh: Mesh) -> NDArray[np.float32]:
    """`(m, 3, 3)` triangles, each beginning with its lowest corner."""
    corners = mesh.triangles_lps_mm.astype("<f4") + np.float32(0)  # adding zero makes -0 and 0 one
    x, y, z = np.moveaxis(corners, 2, 0)
    rank = np.lexsort((z.ravel(), y.ravel(), x.ravel()))
    order = np.empty(len(rank), dtype=np.int64)
    order[rank] = np.arange(len(rank))
    lowest = order.reshape(-1, 3)
    # equal corners have different ranks; a triangle that holds the same corner twice is a fault of its own
    turn = (lowest.argmin(axis=1)[:, None] + np.arange(3)) % 3
    return np.ascontiguousarray(np.take_along_axis(corners, turn[:, :, None], axis=1))


def read_threemf(path: Path) -> Mesh:
    """The mesh of the file's only object, in millimetres. Raises UnreadableFileError where it is anything else."""
    try:
        return parse_threemf_model(_model_xml(path))
    except OSError as error:
        raise _refused(f"the file cannot be read ({error.strerror})", "a 3MF package") from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        expat.ExpatError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise _refused("the file cannot be read as a zip of XML", "a 3MF package") from error
    except UnreadableFileError:
        raise
    except (KeyError, ValueError, OverflowError) as error:
        raise _refused("the model is not what 3MF says", "a mesh of vertices and triangles") from error


def _model_xml(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        total = sum(m.file_size for m in members)
        if total > MOST_BYTES:
            raise _refused(f"the package unpacks to {total} bytes", f"at most {MOST_BYTES}")
        bombs = [m for m in members if m.file_size > max(_SMALL_BYTES, MOST_RATIO * m.compress_size)]
        if bombs:
            raise _refused(f"a member unpacks to more than {MOST_RATIO} times its size", "a mesh, not a bomb,")
        models = [m for m in members if _MODEL.match(m.filename)]
        if len(models) != 1:
            raise _refused(f"the package holds {len(models)} models", "one")
        with archive.open(models[0]) as stream:
            return stream.read(models[0].file_size + 1)


def parse_threemf_model(xml: bytes) -> Mesh:
    """The mesh in a model's XML: unit millimetre, one object, not moved when built. No DTD, so no entity can grow."""
    collector = _Collector()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = collector.doctype
    parser.StartElementHandler = collector.start
    parser.Parse(xml, True)
    return collector.mesh()


class _Collector:
    """Gathers units, objects, vertices and triangles while the parser walks."""

    def __init__(self) -> None:
        self.units: list[str] = []
        self.objects = 0
        self.meshes = 0
        self.moves: list[tuple[float, ...]] = []
        self.numbers: list[str] = []
        self.corners: list[str] = []

    def doctype(self, *_: object) -> None:
        raise _refused("the model declares a document type", "XML without one, as 3MF has it,")

    def start(self, name: str, has: dict[str, str]) -> None:
        if name == _VERTEX:  # nearly all elements are these two
            self.numbers += (has["x"], has["y"], has["z"])
            return
        if name == _TRIANGLE:
            self.corners += (has["v1"], has["v2"], has["v3"])
            return
        namespace, _, tag = name.rpartition(" ")
        if namespace != _CORE:
            return
        if tag == "model":
            self.units.append(has.get("unit", "millimeter"))  # the specification's default
        elif tag in ("object", "mesh"):
            self.objects += tag == "object"
            self.meshes += tag == "mesh"
        elif tag in ("item", "component"):
            self.moves.append(tuple(float(v) for v in has.get("transform", "").split()) or _IDENTITY)

    def mesh(self) -> Mesh:
        if self.units != ["millimeter"]:
            raise _refused(f"the unit was {', '.join(self.units) or 'not given'}", "millimeter")
        if self.objects != 1 or self.meshes != 1 or self.moves != [_IDENTITY]:
            found = f"{self.objects} objects with {self.meshes} meshes are built {len(self.moves)} times"
            raise _refused(found, "one mesh, built once, not moved,")
        if not self.corners:
            raise _refused("the object has no triangle", "a body")
        corners = np.array(list(map(int, self.corners)), dtype=np.int64)
        return Mesh(np.array(list(map(float, self.numbers))).reshape(-1, 3), corners.reshape(-1, 3))


def _refused(what: str, wanted: str) -> UnreadableFileError:
    return UnreadableFileError(_RULE, what=what, wanted=wanted)
