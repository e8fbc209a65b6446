"""How stiff the material of an insole is: as the order says, or by the hardness that the site's material states."""

from __future__ import annotations

from anatofit.devices.base import SiteMaterial
from anatofit.devices.forms import Form

HARDNESS_SHORE_A = (10.0, 95.0)  # outside, Shore A tells nothing: another scale is used (ISO 48-4)


class Stiffness(Form):
    """Young's modulus of the solid material in kPa, None where nothing tells it; said: by what, or why not."""

    kpa: float | None
    said: str


def gent_kpa(shore_a: float) -> float:
    """Young's modulus of a rubber by its hardness (Gent, Rubber Chem Technol 1958), in kPa; rough for foams and lattices."""
    return 1e3 * 0.0981 * (56.0 + 7.62336 * shore_a) / (0.137505 * (254.0 - 2.54 * shore_a))


def stiffness_of(material: SiteMaterial, *, shore_a: float, solid_mpa: float) -> Stiffness:
    """Of a material, and of what the order says in its place (0: nothing)."""
    stated = "" if material.shore_a is None else f", in place of the {material.shore_a:g} Shore A of {material.name}"
    if solid_mpa:
        return Stiffness(kpa=1e3 * solid_mpa, said=f"as ordered (solid_mpa){stated}")
    if shore_a:
        return Stiffness(
            kpa=round(gent_kpa(shore_a), 3),
            said=f"{shore_a:g} Shore A as ordered (shore_a), by Gent's relation of 1958{stated}",
        )
    if material.shore_a is None:
        return Stiffness(
            kpa=None, said=f"{material.name} states no Shore A hardness: it is no rubber, or the site has not said so"
        )
    return Stiffness(
        kpa=round(gent_kpa(material.shore_a), 3),
        said=f"{material.shore_a:g} Shore A of {material.name}, by Gent's relation of 1958",
    )
