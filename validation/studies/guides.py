"""Random plans of surgery over the envelopes of the bone lines, on five bones and more: each order must pass, fail with a named
finding, or be refused by name; none may crash, and no boolean may fail.

Every order draws its plan and each parameter of the design from its whole range (a third of the time from one of its ends), or
leaves a share of them as they are by default, with a seed, so that it can be made again by its number. Some name other bones. What the envelope refuses
by a rule between parameters is drawn again.
"""

from __future__ import annotations

import math
import time
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from anatofit.model.anatomy import Anatomy
from anatofit.model.case import Make
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from validation import record
from validation.studies.beside import names_others, others_of
from validation.studies.drawn_cuts import cuts
from validation.studies.drawn_plans import paths, trajectories
from validation.studies.ground import Drawn, Ground
from validation.studies.outcomes import draw_accepted, findings_of, outcome_of, say_row, summarise

NIGHTLY, QUICK = 1000, 12
SHARE = 12  # of the orders that a process takes at a time
CASE = "STUDY-4"
WHOLE = 0.25  # of the orders draw every parameter; the others a share of them, as orders do
MOST_PLANS = 20
# Of small parts (`--small`, and with the tests): the largest take a minute each.
SMALL = {"foot_reach_mm": 12.0, "foot_width_mm": 18.0, "slot_length_mm": 16.0, "slot_height_mm": 10.0, "sleeve_mm": 9.0, "slot_wall_mm": 3.0,
         "base_thickness_mm": 3.0, "fillet_mm": 1.0, "pin_sleeve_mm": 7.0, "pin_wall_mm": 1.8, "pin_diameter_mm": 1.6, "sleeve_wall_mm": 2.5,
         "edge_radius_mm": 0.8, "window_mm": 0.0, "plate_mm": 8.0, "pin_count": 2, "bridge_width_mm": 8.0, "insert_mm": 0.0}  # fmt: skip
# Files of the cases, their axes as they stand: the side is of no matter here.
BONES = (
    "bones/VHF_Left_Bone_Tibia_smooth.stl", "bones/VHF_Left_Bone_Fibula_smooth.stl", "bones/VHF_Left_Bone_Sacrum_smooth.stl",
    "bones/VHF_Right_Bone_Calcaneous_smooth.stl", "foot-and-leg/right_femur_remeshed.stl", "foot-and-leg/right_hip_bone_remeshed.stl",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A product line as the study orders it: its device, how plans are drawn, the material, and the record's name."""

    device: str
    draw: Callable[[Ground, np.random.Generator], Drawn]
    make: Make
    study: str


LINES = {
    line.device: line
    for line in (
        Line("cutting-guide", cuts, Make(material="PA12"), "guides"),
        Line("drill-guide", trajectories, Make(material="PA12"), "drill_guides"),
        Line("bone-plate", paths, Make(material="PEEK", printer="filament-200"), "bone_plates"),
    )
}


@dataclass(frozen=True)
class Order:
    """One drawn order: the design, the plan with what lies beside it, and the other bones that it names."""

    design: dict[str, Any]
    drawn: Drawn
    beside: tuple[Mesh, ...] = ()

    def spec(self, device: Any) -> Any:
        """The checked order. Raises PrescriptionError."""
        from anatofit.devices.base import surgery_of

        form = surgery_of(device)
        assert form is not None
        stock = {"stock": self.drawn.stock} if self.drawn.stock else {}
        return device.spec(self.design, surgery=form.model_validate(self.drawn.plan), **stock)


def bones(cases: Path | None, *, most_triangles: int | None = None) -> list[tuple[str, Mesh]]:
    """Real bones where the cases are at hand, or five computed ones of other sizes and sides."""
    from anatofit.samples.long_bone import long_bone

    if cases is None:
        sizes = ((340.0, 150, 66), (250.0, 110, 60), (180.0, 90, 60), (300.0, 130, 72), (400.0, 140, 70))
        sides = (Laterality.LEFT, Laterality.RIGHT)
        return [
            (f"computed {n}", long_bone(sides[n % 2], length_mm=size, rings=rings, around=around))
            for n, (size, rings, around) in enumerate(sizes)
        ]
    return [(Path(name).stem, _read(cases / name, most_triangles)) for name in BONES]


def _read(path: Path, most_triangles: int | None) -> Mesh:
    from anatofit.ingest.surface.read import read_surface
    from anatofit.model.surface_scan import SurfaceAnatomy
    from anatofit.report.display import reduced

    mesh = read_surface(path, unit="mm", anatomy=SurfaceAnatomy.BONE).mesh
    return mesh if most_triangles is None else reduced(mesh, triangles=most_triangles)


def draw_order(line: Line, ground: Ground, random: np.random.Generator) -> Order:
    """A plan and a design that the envelope accepts with it; a plan that none of hundreds of designs goes with is drawn again."""
    from anatofit.devices.registry import get_device

    device: Any = get_device(line.device)
    for _ in range(MOST_PLANS):
        drawn = line.draw(ground, random)
        share = 1.0 if random.random() < WHOLE else float(random.uniform(0.0, 0.6))
        try:
            design, _ = draw_accepted(
                dict(device.envelope.rows), random, lambda d, drawn=drawn: Order(d, drawn).spec(device), share=share
            )
        except RuntimeError:
            continue
        return Order(design, drawn)
    raise RuntimeError(f"{MOST_PLANS} plans in a row found no design")


def smaller(line: Line, order: Order) -> Order:
    """The order with the sizes of its design at most those of small parts; as it is where its envelope does not have them."""
    from anatofit.devices.registry import get_device
    from anatofit.errors import PrescriptionError

    device = get_device(line.device)
    rows, design = device.envelope.rows, order.design
    most = {name: min(design.get(name, rows[name].default), most) for name, most in SMALL.items() if name in rows}
    made = Order({**design, **most}, replace(order.drawn, plan=_short(order.drawn.plan)))
    try:
        made.spec(device)
    except PrescriptionError:
        return order
    return made


def _short(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan with no more than the first three points of a path, its screws left to the program."""
    if "path" not in plan:
        return plan
    profiles = {name: plan[name][:3] for name in ("path", "width_mm", "thickness_mm") if name in plan}
    return {**{name: value for name, value in plan.items() if name != "screw"}, **profiles}


def run_order(line: Line, bone: Mesh, order: Order) -> dict[str, Any]:
    """What became of one order."""
    return outcome_of(partial(_findings, line, bone, order))


def _findings(line: Line, bone: Mesh, order: Order) -> list[Any]:
    from anatofit.app.companions import with_named
    from anatofit.devices.registry import get_device

    device = get_device(line.device)
    anatomy = with_named(Anatomy("bone", Laterality.UNPAIRED, {"host": bone, **order.drawn.surfaces}), order.beside)
    return findings_of(device, anatomy, order.spec(device), case=CASE, make=line.make)


def run_study(
    line: Line,
    people: Sequence[tuple[str, Mesh]],
    numbers: Sequence[int],
    seed: int,
    *,
    small: bool = False,
    end_s: float = math.inf,
    others: Mapping[str, tuple[Mesh, ...]] | None = None,
) -> list[dict[str, Any]]:
    """The orders of those numbers, dealt out over the bones; none is begun after end_s of the machine's steady clock.

    others: those beside each bone, by its name.
    """
    grounds = [Ground.of(bone) for _, bone in people]
    rows: list[dict[str, Any]] = []
    for number in numbers:
        if time.monotonic() > end_s:
            break
        name, bone = people[number % len(people)]
        order = draw_order(line, grounds[number % len(people)], np.random.default_rng([seed, number]))
        order = smaller(line, order) if small else order
        order = replace(order, beside=(others or {}).get(name, ()) if names_others(seed, number) else ())
        rows.append({"number": number, "bone": name, "beside": len(order.beside), **run_order(line, bone, order)})
        say_row(rows[-1], name)
    return rows


def shared_out(run: Callable[[range], list[dict[str, Any]]], numbers: range, jobs: int) -> list[dict[str, Any]]:
    """The rows of all numbers, a few at a time in so many processes. Raises BrokenProcessPool where one of them dies."""
    shares = [numbers[n : n + SHARE] for n in range(0, len(numbers), SHARE)]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        return [row for rows in pool.map(run, shares) for row in rows]


def _read_case(options: Namespace, name: str) -> Mesh:
    return _read(options.cases / name, options.triangles)


def main(device: str = "cutting-guide") -> int:
    """0 when the bars of a line's study hold, else 1."""
    parser = record.parser(__doc__)
    parser.add_argument("--cases", type=Path, help="folder of the real cases, in place of computed bones")
    parser.add_argument("--count", type=int, default=QUICK, help=f"orders over all bones (nightly: {NIGHTLY})")
    parser.add_argument("--first", type=int, default=0, help="number of the first order")
    parser.add_argument("--triangles", type=int, help="bones reduced to so many")
    parser.add_argument("--small", action="store_true", help="small parts alone, which are built in seconds")
    parser.add_argument("--minutes", type=float, default=math.inf, help="no order is begun after so many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="processes that share the orders")
    options = parser.parse_args()
    line = LINES[device]
    people = bones(options.cases, most_triangles=options.triangles)
    numbers = range(options.first, options.first + options.count)
    others = {name: others_of(name, partial(_read_case, options)) for name, _ in people}
    end_s = time.monotonic() + 60.0 * options.minutes
    run = partial(run_study, line, people, seed=options.seed, small=options.small, end_s=end_s, others=others)
    rows = shared_out(run, numbers, options.jobs)
    figures = summarise(rows, each="bone")
    table = record.asked_bars(line.study, count=len(rows))
    return record.finish(options.out, line.study, figures, rows, record.failures(figures, table))


if __name__ == "__main__":
    raise SystemExit(main())
