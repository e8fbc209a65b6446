"""What provokes each rule of plans on bones: orders for a guide on a computed bone."""

from __future__ import annotations

from functools import partial

import numpy as np

from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.long_bone import long_bone
from anatofit.samples.shin_bone import shin_bone
from anatofit.samples.tibia import binary_stl
from tests.app.fakes import PRESCRIPTION, write_prescription
from tests.rules.provoke import ROWS, Desk, provokes

ORDER = """
[order]
case = "A-0001"
device = "cutting-guide"
laterality = "L"
prescriber = "Department of Orthopaedics"
[source]
surface = "bone.stl"
unit = "mm"
[plan]
{approach}
[[plan.cut]]
point = {point}
normal = [0, 0, 1]
[design]
foot_reach_mm = {reach}
slot_length_mm = {slot}
steepest_deg = {steepest}
"""
_BONE = long_bone(Laterality.LEFT, rings=80, around=36)


def ordered(
    desk: Desk,
    mesh: Mesh = _BONE,
    *,
    approach: str = "approach = [-1, 0, 0]",
    point: str = "[0, 0, 150]",
    reach: float = 18.0,
    slot: float = 0.0,
    steepest: float = 60.0,
) -> list[str]:
    """The command of an order for a guide on a mesh."""
    (desk.folder / "bone.stl").write_bytes(binary_stl(mesh))
    order = desk.folder / "order.toml"
    order.write_text(
        ORDER.format(approach=approach, point=point, reach=reach, slot=slot, steepest=steepest), encoding="utf-8"
    )
    return ["run", str(order), "--out", str(desk.folder / "pack")]


ROWS["plan-misses-bone"] = partial(ordered, point="[0, 0, 900]")
ROWS["approach"] = partial(ordered, approach="approach = [0.1, 0, 1]")
ROWS["no-footing"] = partial(ordered, slot=100.0, steepest=30.0)
ROWS["no-room"] = partial(ordered, reach=8.0)


WEDGE = {
    "hinge": "hinge = [80, 0, 322]\nhinge_axis = [0, 1, 0]\nstart = [-27, -4, 298]\ndistal = [0, 0, -1]",
    "not-located": 'side = "medial"',
}


def wedged(desk: Desk, told: str) -> list[str]:
    """The command of an order for an opening wedge."""
    command = ordered(desk)
    order = desk.folder / "order.toml"
    text = order.read_text(encoding="utf-8")
    plan = f'[[plan.wedge]]\nkind = "opening"\nangle_deg = 5\n{told}\n'
    order.write_text(text[: text.index("[plan]")] + plan, encoding="utf-8")
    return command


ROWS["hinge"] = partial(wedged, told=WEDGE["hinge"])
ROWS["not-located"] = partial(wedged, told=WEDGE["not-located"])


@provokes("surgical-plan")
def _without_plan(desk: Desk) -> list[str]:
    """A cranial plate with a plan of cuts."""
    order = write_prescription(desk.folder, PRESCRIPTION + "[plan]\napproach = [1, 0, 0]\n")
    return ["run", str(order), "--out", str(desk.folder / "pack")]


@provokes("surface-open")
def _open(desk: Desk) -> list[str]:
    """The bone without its lower third."""
    keep = (_BONE.vertices_lps_mm[:, 2] > 110.0)[_BONE.faces].all(axis=1)
    used, faces = np.unique(_BONE.faces[keep], return_inverse=True)
    return ordered(desk, Mesh(_BONE.vertices_lps_mm[used], faces.reshape(-1, 3)))


def drilled(desk: Desk, plan: str) -> list[str]:
    """The command of an order for a drill guide."""
    command = ordered(desk)
    order = desk.folder / "order.toml"
    text = order.read_text(encoding="utf-8").replace("cutting-guide", "drill-guide")
    order.write_text(text[: text.index("[plan]")] + f"[[plan.trajectory]]\n{plan}\n", encoding="utf-8")
    return command


@provokes("way-blocked")
def _under_the_plateau(desk: Desk) -> list[str]:
    """A drill that would have to come in through the plateau, along the shaft beneath it."""
    return drilled(desk, "entry = [-15, -3, 245]\ntarget = [-9, -3, 226]\ndiameter_mm = 3.2")


@provokes("plan-surface")
def _no_canal(desk: Desk) -> list[str]:
    """A drill kept out of a surface whose file is not there."""
    axis = "entry = [-14, -2, 160]\ntarget = [0, -2, 160]\ndiameter_mm = 3.2"
    return drilled(desk, f"{axis}\n[[plan.keep_out]]\nsurface = 'none.stl'")


@provokes("keep-out")
def _into_a_vessel(desk: Desk) -> list[str]:
    """A drill whose target lies in a ball that it is to keep out of."""
    axis = "entry = [-14, -2, 160]\ntarget = [0, -2, 160]\ndiameter_mm = 3.2"
    return drilled(desk, f"{axis}\n[[plan.keep_out]]\npoint = [0, -2, 160]\nradius_mm = 3")


PLATE = """
[order]
case = "A-0001"
device = "bone-plate"
laterality = "L"
prescriber = "Department of Orthopaedics"
[source]
surface = "bone.stl"
unit = "mm"
[plan]
path = [[-14, -2, 80], [-12, -4, 115]]
screw = [{ at_mm = 10.0, target = [0, 20, 90] }]
[design]
text = "none"
"""


@provokes("marks")
def _exchanged(desk: Desk) -> list[str]:
    """A cut through a tibia whose marks stand the wrong way round."""
    command = ordered(desk, shin_bone(Laterality.LEFT, rings=80, around=36), point="[0, 0, 250]")
    order = desk.folder / "order.toml"
    text = order.read_text("utf-8").replace("normal = [0, 0, 1]", 'normal = [0, 0, 1]\nmarks = ["DIST", "PROX"]')
    order.write_text(text, encoding="utf-8")
    return command


@provokes("not-that-bone")
def _no_tibia(desk: Desk) -> list[str]:
    """A bone without malleolus that is said to be a tibia."""
    command = ordered(desk)
    order = desk.folder / "order.toml"
    order.write_text(order.read_text("utf-8") + '[locate]\nbone = "tibia"\n', encoding="utf-8")
    return command


@provokes("catalogue")
def _no_catalogue(desk: Desk) -> list[str]:
    """A plate whose catalogue is an empty folder."""
    command = ordered(desk)
    (desk.folder / "plates").mkdir()
    text = PLATE.replace("[plan]", '[plan]\ncatalogue = "plates"')
    (desk.folder / "order.toml").write_text(text, encoding="utf-8")
    return command


@provokes("screw-lean")
def _leaning(desk: Desk) -> list[str]:
    """A plate whose only screw is aimed past the bone's flank."""
    command = ordered(desk)
    (desk.folder / "order.toml").write_text(PLATE, encoding="utf-8")
    return command


@provokes("seating")
def _not_pressed_on(desk: Desk) -> list[str]:
    """A cranial plate whose seat is to be tried."""
    order = write_prescription(desk.folder, PRESCRIPTION + "[seating]\ncount = 10\n")
    return ["run", str(order), "--out", str(desk.folder / "pack")]


@provokes("rectification")
def _no_template(desk: Desk) -> list[str]:
    """A socket whose own template is not there."""
    command = ordered(desk)
    text = PLATE[: PLATE.index("path =")].replace("bone-plate", "socket") + 'template = "none.toml"\n'
    (desk.folder / "order.toml").write_text(text, encoding="utf-8")
    return command
