"""What provokes each rule of surfaces: a file given to inspect, or an order that names one."""

from __future__ import annotations

from functools import partial

import numpy as np

from anatofit.model.mesh import Mesh
from tests.app.fakes import PRESCRIPTION, fake_run, write_prescription
from tests.ingest.surface import shapes
from tests.ingest.surface.test_grids import FAULTS as GRIDS
from tests.ingest.surface.test_refused import FAULTS
from tests.rules.provoke import ROWS, Desk, provokes

_LIMB = shapes.tube(around=12, along=4, dome=3)
_BALL = shapes.ball(fine=8)


def _inspected(desk: Desk, data: bytes, *options: str, suffix: str = ".stl") -> list[str]:
    return ["inspect", str(shapes.written(desk.folder, f"scan{suffix}", data)), *options]


def _fault(name: str, desk: Desk) -> list[str]:
    _, suffix, data = FAULTS[name]
    return _inspected(desk, data, "--unit", "mm", suffix=suffix)


for _name in (
    "a text that is none", "cut short", "no triangle", "not a number", "a zip bomb", "a tower without end", "a mirrored body",
):  # fmt: skip
    ROWS[FAULTS[_name][0]] = partial(_fault, _name)
ROWS["no-surface"] = lambda desk: ["inspect", str(desk.folder / "none.stl")]
ROWS["surface-unit"] = lambda desk: _inspected(desk, shapes.stl(_LIMB))
ROWS["surface-unit-conflict"] = lambda desk: _inspected(desk, shapes.threemf(_LIMB), "--unit", "cm", suffix=".3mf")
ROWS["surface-size"] = lambda desk: _inspected(desk, shapes.stl(_LIMB), "--unit", "m")
ROWS["surface-up"] = lambda desk: _inspected(desk, shapes.stl(_LIMB), "--unit", "mm", "--up", "+y")
for _name in ("no view", "ragged rows", "one row"):
    _rule, _text = GRIDS[_name]
    ROWS[_rule] = lambda desk, text=_text: _inspected(desk, text.encode(), "--anatomy", "foot", suffix=".csv")
ROWS["surface-crossing"] = lambda desk: _inspected(
    desk, shapes.stl(shapes.joined(_BALL, shapes.ball(60.0, (50.0, 3.0, 2.0), fine=8))), "--unit", "mm"
)


@provokes("surface-one-sided")
def _one_sided(desk: Desk) -> list[str]:
    """A strip of Möbius."""
    t = 2 * np.pi * np.arange(40) / 40
    rims = [
        [(90 + w * np.cos(t / 2)) * np.cos(t), (90 + w * np.cos(t / 2)) * np.sin(t), w * np.sin(t / 2)]
        for w in (-20, 20)
    ]
    points = np.concatenate([np.stack(rim, axis=1) for rim in rims])
    n = np.arange(39)
    faces = [
        np.stack([n, n + 1, n + 40], axis=1),
        np.stack([n + 1, n + 41, n + 40], axis=1),
        [[39, 40, 79], [40, 0, 79]],
    ]
    return _inspected(desk, shapes.obj(Mesh(points, np.concatenate(faces))), "--unit", "mm", suffix=".obj")


@provokes("surface-non-manifold")
def _non_manifold(desk: Desk) -> list[str]:
    """Eighty triangles that share one edge."""
    angle = np.linspace(0, 6, 80)
    far = np.stack([90 * np.cos(angle), 90 * np.sin(angle), np.zeros(80)], axis=1)
    faces = np.array([[0, 1, k] for k in range(2, 82)])
    mesh = Mesh(np.vstack([[[0, 0, 0], [0, 0, 90]], far]), faces)
    return _inspected(desk, shapes.stl(mesh), "--unit", "mm")


@provokes("surface-torn")
def _torn(desk: Desk) -> list[str]:
    """Three hundred triangles, none of which touches another."""
    random = np.random.default_rng(5)
    corners = np.repeat(random.uniform(0, 200, (300, 1, 3)), 3, axis=1) + random.uniform(-3, 3, (300, 3, 3))
    mesh = Mesh(corners.reshape(-1, 3), np.arange(900).reshape(-1, 3))
    return _inspected(desk, shapes.stl(mesh), "--unit", "mm")


@provokes("surface-device")
def _device(desk: Desk) -> list[str]:
    fake_run(desk.patch)
    order = write_prescription(desk.folder, PRESCRIPTION.replace('dicom = "scan"', 'surface = "limb.stl"\nunit = "mm"'))
    return ["run", str(order), "--out", str(desk.folder / "pack")]
