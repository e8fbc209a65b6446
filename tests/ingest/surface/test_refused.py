"""Every broken or hostile file is refused under its own name, before anything large is made of it."""

from __future__ import annotations

import os
import struct
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.surface import raw as bounds
from anatofit.ingest.surface.door import open_surface, parse_surface
from anatofit.ingest.surface.read import inspect_surface
from anatofit.model.mesh import Mesh
from tests.ingest.surface import shapes
from tests.ingest.surface.shapes import model_xml, package, ply, stl, stl_text, threemf

LIMB = shapes.tube(around=8, along=2, dome=2)
BODY = f'<object id="1">{shapes.mesh_xml(LIMB)}</object>'
ONCE = '<item objectid="1"/>'
STL = stl(LIMB)


def spoiled(value: float) -> Mesh:
    """A mesh whose third corner has this coordinate; a Mesh refuses it, so that it is put in behind its back."""
    mesh = Mesh(LIMB.vertices_lps_mm, LIMB.faces)
    points = np.array(mesh.vertices_lps_mm)
    points[3, 1] = value
    object.__setattr__(mesh, "vertices_lps_mm", points)
    return mesh


def tower(levels: int) -> str:
    """Components that each hold ten of the one before: a tower of ten to the power of `levels` bodies."""
    objects = [BODY]
    for n in range(2, levels + 2):
        ten = f'<component objectid="{n - 1}"/>' * 10
        objects.append(f'<object id="{n}"><components>{ten}</components></object>')
    return model_xml("".join(objects), f'<item objectid="{levels + 1}"/>')


def laughs() -> str:
    """Entities that grow tenfold each."""
    lines = ['<!DOCTYPE model [<!ENTITY e0 "ha">']
    lines += [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10)]
    return model_xml(BODY, ONCE, head="".join(lines) + "]>").replace("<build>", "<build>&e9;")


def bomb(size: int) -> bytes:
    """A 3MF whose model part is one long run of blanks."""
    return package(model_xml(BODY, " " * size + ONCE))


def renamed(data: bytes, old: bytes, new: bytes) -> bytes:
    assert len(old) == len(new) and old in data
    return data.replace(old, new)


def nameless(data: bytes) -> bytes:
    """The last entry of the directory bears a name of no letters."""
    out, at = bytearray(data), data.rfind(b"PK\x01\x02")
    length = struct.unpack_from("<H", out, at + 28)[0]
    struct.pack_into("<HHH", out, at + 28, 0, 0, length)  # its letters become a comment
    return bytes(out)


def lying_size(data: bytes) -> bytes:
    """Every directory entry says that its part unpacks to 3.9 GB."""
    out, at = bytearray(data), 0
    while (at := out.find(b"PK\x01\x02", at)) >= 0:
        struct.pack_into("<I", out, at + 24, 3_900_000_000)
        at += 4
    return bytes(out)


PLY_HEAD = (
    b"ply\nformat binary_little_endian 1.0\nelement vertex %d\nproperty float x\nproperty float y\nproperty float z\n"
)
PLY_FACES = b"element face %d\nproperty list uchar int vertex_indices\nend_header\n"
LONG_LIST = PLY_HEAD % 1 + b"element face 1\nproperty list uint int vertex_indices\nend_header\n" + bytes(12)

FAULTS: dict[str, tuple[str, str, bytes]] = {
    "nothing": ("no-surface", ".stl", b""),
    "a text that is none": ("surface-format", ".txt", b"hello there"),
    "a picture": ("surface-format", "", b"\x89PNG\r\n\x1a\n" + bytes(100)),
    "a header of 4 billion": ("surface-damaged", ".stl", stl(LIMB, count=4_000_000_000)),
    "cut short": ("surface-damaged", ".stl", STL[:-20]),
    "one byte too long": ("surface-damaged", ".stl", STL + b"\0"),
    "a header alone": ("surface-damaged", ".stl", STL[:60]),
    "no triangle": ("surface-empty", ".stl", STL[:80] + bytes(4)),
    "not a number": ("surface-numbers", ".stl", stl(spoiled(np.nan))),
    "infinity": ("surface-numbers", ".stl", stl(spoiled(np.inf))),
    "far away": ("surface-numbers", ".stl", stl(spoiled(1e30))),
    "text cut short": ("surface-damaged", ".stl", stl_text(LIMB)[:-200]),
    "text cut between facets": ("surface-damaged", ".stl", stl_text(LIMB).rpartition(b"endsolid")[0]),
    "text with a word for a number": ("surface-damaged", ".stl", stl_text(LIMB).replace(b"vertex 0.0", b"vertex abc", 1)),
    "text with nan": ("surface-numbers", ".stl", stl_text(LIMB).replace(b"vertex 0.0", b"vertex nan", 1)),
    "text with a decimal comma": ("surface-damaged", ".stl", stl_text(LIMB).replace(b"vertex 0.0", b"vertex 0,0", 1)),
    "text of no facet": ("surface-empty", ".stl", b"solid a\nendsolid a\n"),
    "solid, then bytes": ("surface-damaged", ".stl", b"solid" + bytes(200)),
    "ply of a billion points": ("surface-damaged", ".ply", PLY_HEAD % 10**9 + PLY_FACES % 3 + bytes(99)),
    "ply of a billion faces": ("surface-damaged", ".ply", PLY_HEAD % 1 + PLY_FACES % 10**9 + bytes(99)),
    "ply list of 4 billion": ("surface-damaged", ".ply", LONG_LIST + b"\xff\xff\xff\xff" + bytes(40)),
    "ply cut short": ("surface-damaged", ".ply", ply(LIMB, "binary_little_endian")[:-3]),
    "text ply cut short": ("surface-damaged", ".ply", ply(LIMB)[: len(ply(LIMB)) // 2]),
    "ply of points alone": ("surface-empty", ".ply", PLY_HEAD % 1 + b"end_header\n" + bytes(12)),
    "ply without an end": ("surface-damaged", ".ply", b"ply\nformat ascii 1.0\n"),
    "ply of another form": ("surface-damaged", ".ply", ply(LIMB).replace(b"ascii", b"gzip!", 1)),
    "ply with strips": ("surface-format", ".ply", PLY_HEAD % 1 + b"element tristrips 1\nproperty list int int v\nend_header\n" + bytes(40)),
    "ply with a face of two": ("surface-damaged", ".ply", ply(LIMB, polygons=[[0, 1]])),
    "ply with a corner too far": ("surface-damaged", ".ply", ply(LIMB, polygons=[[0, 1, 9999]])),
    "ply with an index of none": ("surface-damaged", ".ply", ply(LIMB, polygons=[[0, 1, -1]])),
    "obj with a corner too far": ("surface-damaged", ".obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 4\n"),
    "obj with corner zero": ("surface-damaged", ".obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 0 1 2\n"),
    "obj with a word": ("surface-damaged", ".obj", b"v 0 0 0\nhello\n"),
    "obj of points": ("surface-empty", ".obj", b"v 0 0 0\nv 1 0 0\np 1\n"),
    "obj with curves": ("surface-format", ".obj", b"v 0 0 0\ncstype bezier\n"),
    "obj that calls a file": ("surface-format", ".obj", b"call /etc/passwd\n"),
    "obj with one long line": ("surface-damaged", ".obj", b"f" + b" 1" * 600_000 + b"\\\n" * 3 + b" 1" * 600_000),
    "no zip": ("surface-damaged", ".3mf", b"PK\x03\x04" + bytes(100)),
    "zip cut short": ("surface-damaged", ".3mf", threemf(LIMB)[:-40]),
    "zip without a model": ("surface-damaged", ".3mf", package("", target="/3D/other.model")),
    "broken xml": ("surface-damaged", ".3mf", package(model_xml(BODY, ONCE)[:-20])),
    "xml in letters of no kind": ("surface-damaged", ".3mf", package(model_xml(BODY, ONCE).replace("UTF-8", "UTN-8"))),
    "xml of something else": ("surface-damaged", ".3mf", package("<html/>")),
    "no object": ("surface-empty", ".3mf", package(model_xml(BODY, ""))),
    "an object that is not there": ("surface-damaged", ".3mf", package(model_xml(BODY, '<item objectid="9"/>'))),
    "a part that is not there": ("surface-damaged", ".3mf", package(model_xml(BODY, '<item objectid="1" p:path="/x.model"/>', more='xmlns:p="http://schemas.microsoft.com/3dmanufacturing/production/2015/06"'))),
    "a unit of its own": ("surface-damaged", ".3mf", threemf(LIMB, unit="furlong")),
    "an extension": ("surface-format", ".3mf", package(model_xml(BODY, ONCE, more='xmlns:b="http://beams" requiredextensions="b"'))),
    "a vertex without z": ("surface-damaged", ".3mf", package(model_xml(BODY, ONCE).replace(' z="', ' w="', 1))),
    "a mirrored body": ("surface-mirrored", ".3mf", threemf(LIMB, transform="-1 0 0 0 1 0 0 0 1 0 0 0")),
    "a stretched body": ("surface-damaged", ".3mf", threemf(LIMB, transform="2 0 0 0 1 0 0 0 1 0 0 0")),
    "a transform of nan": ("surface-numbers", ".3mf", threemf(LIMB, transform="nan 0 0 0 1 0 0 0 1 0 0 0")),
    "a tower of bodies": ("surface-unsafe", ".3mf", package(tower(4))),
    "a tower without end": ("surface-too-large", ".3mf", package(tower(12))),
    "bodies in a circle": ("surface-unsafe", ".3mf", package(model_xml('<object id="1"><components><component objectid="1"/></components></object>', ONCE))),
    "billion laughs": ("surface-unsafe", ".3mf", package(laughs())),
    "an entity from a file": ("surface-unsafe", ".3mf", package(model_xml(BODY, ONCE, head='<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]>'))),
    "a zip bomb": ("surface-unsafe", ".3mf", bomb(3_000_000)),
    "sizes that lie": ("surface-unsafe", ".3mf", lying_size(threemf(LIMB))),
    "a part without a name": ("surface-unsafe", ".3mf", nameless(threemf(LIMB))),
    "a part outside": ("surface-unsafe", ".3mf", package(model_xml(BODY, ONCE), parts={"../../evil": b"x"})),
    "an absolute part": ("surface-unsafe", ".3mf", package(model_xml(BODY, ONCE), parts={"/etc/passwd": b"x"})),
    "two parts of one name": ("surface-unsafe", ".3mf", package(model_xml(BODY, ONCE), parts={"3d/3DMODEL.model": b"x"})),
    "a model on the web": ("surface-unsafe", ".3mf", package(model_xml(BODY, ONCE), target="http://localhost:1/x.model", mode="External")),
    "a model on the web without saying so": ("surface-unsafe", ".3mf", package(model_xml(BODY, ONCE), target="http://localhost:1/x.model")),
    "a model in the folder above": ("surface-unsafe", ".3mf", package(model_xml(BODY, ONCE), target="/../x.model")),
    "elements without end": ("surface-unsafe", ".3mf", package(model_xml("<a>" * 100, ""))),
    "thousands of parts": ("surface-unsafe", ".3mf", package(model_xml(BODY, ONCE), parts={f"p{n}": b"" for n in range(2100)})),
    "a word of megabytes": ("surface-unsafe", ".3mf", package(model_xml(BODY, f"<!--{os.urandom(3_000_000).hex()}-->" + ONCE))),
    "a mangled zip": ("surface-damaged", ".3mf", renamed(threemf(LIMB), b"3D/3dmodel.model", b"3D/3dmodel.mod\xffl")),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_bad_file_is_refused_under_its_own_name(name: str, tmp_path: Path) -> None:
    rule, suffix, data = FAULTS[name]
    path = shapes.written(tmp_path, "scan" + suffix, data)
    with pytest.raises(ScanUnsuitableError) as refusal:
        open_surface(path)
    (reason,) = refusal.value.reasons
    assert reason.rule == rule and reason.code.startswith("AF-16")
    assert str(tmp_path) not in reason.message and "\n" not in reason.message
    assert [f.rule for f in inspect_surface(path).findings] == [rule]


def test_a_missing_file_a_folder_a_link_and_a_pipe_are_no_surface(tmp_path: Path) -> None:
    shapes.written(tmp_path, "real.stl", STL)
    (tmp_path / "link.stl").symlink_to(tmp_path / "real.stl")
    os.mkfifo(tmp_path / "pipe.stl")
    (tmp_path / "folder.stl").mkdir()
    for name in ("none.stl", "folder.stl", "link.stl", "pipe.stl"):
        report = inspect_surface(tmp_path / name)
        assert [f.rule for f in report.findings] == ["no-surface"] and not report.fit


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "scan.stl"
    with path.open("wb") as stream:
        stream.write(b"a header".ljust(80) + struct.pack("<I", 20_000_000))
        stream.truncate(84 + 50 * 20_000_000)
    monkeypatch.setattr("anatofit.ingest.surface.stl.read_binary", lambda data: pytest.fail("it was read"))
    assert [f.rule for f in inspect_surface(path).findings] == ["surface-too-large"]


def test_more_triangles_than_a_scan_has_are_refused_in_every_format(monkeypatch) -> None:
    for room in ("raw", "obj", "threemf", "threemf_model", "ply_body"):
        monkeypatch.setattr(f"anatofit.ingest.surface.{room}.MOST_TRIANGLES", 20)
    assert bounds.MOST_TRIANGLES == 20 < len(LIMB.faces)
    for suffix, data in (
        (".stl", STL),
        (".stl", stl_text(LIMB)),
        (".ply", ply(LIMB)),
        (".obj", shapes.obj(LIMB)),
        (".3mf", threemf(LIMB)),
    ):
        with pytest.raises(ScanUnsuitableError) as refusal:
            parse_surface(data, suffix=suffix)
        assert refusal.value.reasons[0].rule == "surface-too-large"


SEEDS = {
    ".stl": [STL, stl_text(LIMB)],
    ".ply": [ply(LIMB), ply(LIMB, "binary_little_endian"), ply(LIMB, "binary_big_endian")],
    ".obj": [shapes.obj(LIMB), shapes.obj(LIMB, negative=True)],
    ".3mf": [threemf(LIMB), package(tower(2)), threemf(LIMB, transform="0 1 0 -1 0 0 0 0 1 5 6 7")],
}


def mutated(data: bytes, random: np.random.Generator) -> bytes:
    """Bytes flipped, cut out, doubled or replaced by troublesome ones, at a few places."""
    out = bytearray(data)
    for _ in range(int(random.integers(1, 5))):
        at, length = int(random.integers(0, max(len(out), 1))), int(random.integers(1, 9))
        way = int(random.integers(0, 4))
        if way == 0 and out:
            out[at % len(out)] ^= 1 << int(random.integers(0, 8))
        elif way == 1:
            del out[at : at + length * int(random.choice([1, 40]))]
        elif way == 2:
            out[at:at] = out[at : at + length * 20]
        else:
            tokens = [
                b"\xff\xff\xff\xff",
                b"-1",
                b"nan",
                b"1e999",
                b"999999999",
                b"\0" * 4,
                b"<",
                b'"',
                b"\n",
                b"end_header\n",
            ]
            out[at : at + length] = tokens[int(random.integers(0, len(tokens)))]
    return bytes(out)


def packed_again(data: bytes, random: np.random.Generator) -> bytes:
    """A 3MF whose model is mutated within a whole zip."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return package(mutated(archive.read("3D/3dmodel.model"), random))


@pytest.mark.parametrize("suffix", SEEDS)
def test_a_mutated_file_is_read_or_refused_and_nothing_else(suffix: str) -> None:
    random = np.random.default_rng(7)
    ended: set[str] = set()
    for n in range(400):
        seed = SEEDS[suffix][n % len(SEEDS[suffix])]
        data = packed_again(seed, random) if suffix == ".3mf" and n % 2 else mutated(seed, random)
        try:
            parse_surface(data, suffix=suffix)
            ended.add("read")
        except ScanUnsuitableError as error:
            ended |= {r.rule for r in error.reasons}
    assert len(ended) > 2
