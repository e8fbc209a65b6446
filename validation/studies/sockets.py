"""Random sockets over the envelope on random limbs: each passes, fails by a measured finding, or is refused by name; none crashes.

    python -m validation.studies.sockets [--cases DIR] [--count 20] [--first N] [--out results.json]

A limb is a computed one of either side, of another length, girth and size, turned anyhow, with up to 0.3 mm of noise, as coarse or fine as
scanners give it; with --cases every fifth is a real one (`limb/`). A third of the design's rows is drawn, from the whole range and a third of
the time from one of its ends: by its number a socket can be made again. The template is one of the library.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from anatofit.model.anatomy import Anatomy
from anatofit.model.case import Make
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh
from validation import record
from validation.studies.outcomes import draw_accepted, findings_of, outcome_of, say_row, summarise

DEVICE, CASE = "socket", "STUDY-1"
QUICK, REAL_EVERY, ROWS = 20, 5, 1 / 3
SCANS = ("limb_scan_A.stl", "mean_limb_full_size.stl")
SITE = Make(material="PA12", printer="filament-300")
SIDES = (Laterality.RIGHT, Laterality.LEFT)


def limb_of(random: np.random.Generator) -> Mesh:
    """The skin of somebody who is not."""
    from anatofit.samples.residual_limb import residual_limb

    limb = residual_limb(
        SIDES[int(random.integers(2))],
        joint_mm=float(random.uniform(110.0, 190.0)),
        girth=float(random.uniform(0.8, 1.2)),
        above_joint_mm=float(random.uniform(50.0, 95.0)),
        rings=int(random.integers(50, 130)),
        around=int(random.integers(40, 140)),
    )
    turn = Rotation.random(random_state=int(random.integers(1 << 30))).as_matrix()
    points = float(random.uniform(0.85, 1.1)) * limb.skin.vertices_lps_mm @ turn.T + random.normal(size=3) * 200.0
    return rough(Mesh(points, limb.skin.faces), random, float(random.choice([0.0, 0.15, 0.3])))


def rough(skin: Mesh, random: np.random.Generator, sd_mm: float) -> Mesh:
    """Every point moved along its normal by a normal variate."""
    a, b, c = np.moveaxis(skin.triangles_lps_mm, 1, 0)
    normals: FloatArray = np.zeros_like(skin.vertices_lps_mm)
    for corner in skin.faces.T:
        np.add.at(normals, corner, np.cross(b - a, c - a))
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return Mesh(skin.vertices_lps_mm + random.normal(0.0, sd_mm, (len(normals), 1)) * normals, skin.faces)


@cache
def real(path: Path) -> Anatomy:
    """A scan of the cases."""
    from anatofit.ingest.surface.read import read_surface

    scan = read_surface(path, unit="mm")
    return located(scan.mesh, scan.inner)


def located(skin: Mesh, inner: tuple[Mesh, ...] = ()) -> Anatomy:
    """The product's own way from a surface to the anatomy, the side by the shape alone."""
    from anatofit.app.limbs import anatomy_of
    from anatofit.locate.limb.find import locate_limb

    return anatomy_of(locate_limb(skin, ordered=Laterality.UNPAIRED, inner=inner))


def run_socket(anatomy: Callable[[], Anatomy], random: np.random.Generator) -> dict[str, Any]:
    """A drawn design, and what became of it on a limb."""
    from anatofit.devices.registry import get_device
    from anatofit.devices.socket.spec import SocketPlanForm

    device = get_device(DEVICE)

    def spec_of(design: dict[str, Any]) -> Any:
        return device.spec(design, surgery=SocketPlanForm())  # type: ignore[call-arg]

    design, refused = draw_accepted(dict(device.envelope.rows), random, spec_of, share=ROWS)
    made = outcome_of(lambda: findings_of(device, anatomy(), spec_of(design), case=CASE, make=SITE))
    return {"design": design, "drawn_again": refused, **made}


def run_number(number: int, seed: int, cases: Path | None) -> dict[str, Any]:
    """One socket of the study."""
    random = np.random.default_rng([seed, number])
    if cases is not None and number % REAL_EVERY == 0:
        name = SCANS[number // REAL_EVERY % len(SCANS)]
        return {"number": number, "limb": name, **run_socket(lambda: real(cases / "limb" / name), random)}
    skin = limb_of(random)
    return {"number": number, "limb": f"computed {number}", **run_socket(lambda: located(skin), random)}


def main() -> int:
    """0 when the bars hold, else 1."""
    parser = record.parser(__doc__)
    parser.add_argument("--cases", type=Path, help="folder of real scans: every fifth limb is one of them")
    parser.add_argument("--count", type=int, default=QUICK)
    parser.add_argument("--first", type=int, default=0, help="number of the first socket")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rows = []
    for number in range(options.first, options.first + options.count):
        rows.append(run_number(number, options.seed, options.cases))
        say_row(rows[-1], rows[-1]["limb"])
    figures = summarise(rows, each="limb")
    table = record.asked_bars("sockets", count=options.count)
    return record.finish(options.out, "sockets", figures, rows, record.failures(figures, table))


if __name__ == "__main__":
    raise SystemExit(main())
