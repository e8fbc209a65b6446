"""Reads the one mesh of a 3MF file with the standard library alone: a second pair of eyes beside the library that wrote it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.parsers import expat

import numpy as np

from anatofit.errors import AnatofitError, Reason
from anatofit.model.mesh import Mesh

# A plate of 150 000 triangles takes about 12 MB of XML; a file that unpacks to more than this is no part of ours.
MOST_XML_BYTES = 500_000_000
_CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
_MODEL = re.compile(r"^/?3D/[^/]+\.model$")
_RULE = "3mf"


def read_threemf(path: Path) -> Mesh:
    """The mesh of the file's only object, in millimetres. Raises AnatofitError where it is anything else."""
    try:
        return parse_threemf_model(_model_xml(path))
    except (OSError, zipfile.BadZipFile, expat.ExpatError, NotImplementedError) as error:
        raise _refused(f"the file cannot be read ({type(error).__name__}); a 3MF package is wanted") from error
    except (KeyError, ValueError) as error:
        raise _refused(
            f"the model is not what 3MF says ({error}); a mesh with vertices and triangles is wanted"
        ) from error


def _model_xml(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        models = [i for i in archive.infolist() if _MODEL.match(i.filename)]
        if len(models) != 1:
            raise _refused(f"the package holds {len(models)} models; one is wanted")
        if models[0].file_size > MOST_XML_BYTES:
            raise _refused(f"the model unpacks to {models[0].file_size} bytes; at most {MOST_XML_BYTES} are read")
        with archive.open(models[0]) as stream:
            return stream.read(MOST_XML_BYTES + 1)


def parse_threemf_model(xml: bytes) -> Mesh:
    """The mesh in a model's XML; unit millimetre, one object, not moved when built. No DTD, so no entity can grow."""
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
        self.moves: list[tuple[float, ...]] = []
        self.numbers: list[float] = []
        self.corners: list[int] = []

    def doctype(self, *_: object) -> None:
        raise _refused("the model declares a document type; 3MF has none")

    def start(self, name: str, has: dict[str, str]) -> None:
        namespace, _, tag = name.rpartition(" ")
        if namespace != _CORE:
            return
        if tag == "vertex":
            self.numbers += (float(has["x"]), float(has["y"]), float(has["z"]))
        elif tag == "triangle":
            self.corners += (int(has["v1"]), int(has["v2"]), int(has["v3"]))
        elif tag == "model":
            self.units.append(has.get("unit", "millimeter"))  # the specification's default
        elif tag == "object":
            self.objects += 1
        elif tag in ("item", "component"):
            self.moves.append(tuple(float(v) for v in has.get("transform", "").split()) or _IDENTITY)

    def mesh(self) -> Mesh:
        if self.units != ["millimeter"]:
            raise _refused(f"the unit was {self.units or 'not given'}; millimeter is wanted")
        if self.objects != 1 or self.moves != [_IDENTITY]:
            raise _refused(
                f"{self.objects} objects built {len(self.moves)} times; one is wanted, built once, not moved"
            )
        if not self.corners:
            raise _refused("the object has no triangle; a body is wanted")
        return Mesh(np.array(self.numbers).reshape(-1, 3), np.array(self.corners, dtype=np.int64).reshape(-1, 3))


def _refused(message: str) -> AnatofitError:
    return AnatofitError(Reason(_RULE, message))
