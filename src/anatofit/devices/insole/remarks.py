"""What a person must know of a map of pressures and of what is predicted from it, in sentences."""

from __future__ import annotations

from anatofit.devices.insole.layout import Foretold
from anatofit.devices.insole.spec import InsoleSpec
from anatofit.devices.insole.stiffness import Stiffness
from anatofit.model.anatomy import Anatomy

MEASURED = "peak_pressure_kpa"  # the greatest on the nodes of the sole
MAP_FORCE = "map_force_n"  # of all cells of the map
# Below this a look is due: a row of cells of 5 mm all along the border of a footprint (60 cm around 110 cm²) is a fifth of both, toes that
# lift another tenth. It does not tell feet apart: maps of the same foot were seen at 0.63, of other feet at 0.58 (proposal).
LOOK_SHARE = 0.70
# One foot of a runner of 150 kg bears three times his weight; one of a child of 10 kg who stands on both half of it (proposals).
_MOST_N, _LEAST_N = 4400.0, 50.0
_MODEL = "a simple model compares designs and measures nothing"


def of_map(anatomy: Anatomy) -> tuple[str, ...]:
    """That the map shares little with the sole, or bears what no foot does."""
    overlap, force = anatomy.confidence[MEASURED], anatomy.figures[MAP_FORCE]
    said = []
    if overlap < LOOK_SHARE:
        said.append(
            f"loaded cells of the pressure map and the sole share {overlap:.0%} of what they cover together: look whether the map is of this foot (below "
            f"{LOOK_SHARE:.0%} that is asked). Pockets, zones and predictions lie where the map says"
        )
    if not _LEAST_N <= force <= _MOST_N:
        bound = f"over {_MOST_N:g} N, three times the weight of 150 kg" if force > _MOST_N else f"under {_LEAST_N:g} N"
        said.append(
            f"the pressure map bears {force:.0f} N in all, {bound}: are unit and cell_mm of the map right? All that is said of pressures hangs on them"
        )
    return tuple(said)


def unpredicted(anatomy: Anatomy, spec: InsoleSpec) -> str | None:
    """Why pressures are not predicted, with what was measured; None where they are."""
    if spec.length != "full":
        why = "the model holds the foot as one piece on the insole, and in front of a shorter one it lies on the shoe"
    elif spec.solid.kpa is None:
        why = (
            f"the model is of soft material, and {spec.solid.said}. Choose another ([make] material), state shore_a in the site's materials, or, of what gives "
            "next to nothing, order solid_mpa"
        )
    else:
        return None
    return (
        f"greatest plantar pressure: {anatomy.figures[MEASURED]:.0f} kPa measured (target {spec.target_kpa:g} kPa). Pressures on the insole were not "
        f"predicted, and no pockets or zones follow from the map: {why}"
    )


def of_prediction(found: Foretold, spec: InsoleSpec, *, why_over: str) -> tuple[str, ...]:
    """Whether the target is met, first; and what was stated in place of the material. why_over: why no more is offloaded."""
    peaks = f"{found.predicted_kpa:.0f} kPa predicted at most on this insole, {found.measured_kpa:.0f} kPa measured"
    target = f"the pressure target of {spec.target_kpa:g} kPa"
    if found.predicted_kpa <= spec.target_kpa:
        return (f"{target} is met by the prediction: {peaks}; {_MODEL}", *_overruled(spec.solid))
    said = f"{target} is NOT met by the prediction: {peaks}; {why_over}. Raise thickness_mm, or offload otherwise; {_MODEL}"
    return (said, *_overruled(spec.solid))


def _overruled(solid: Stiffness) -> tuple[str, ...]:
    return (f"pressures were predicted for {solid.said}",) if "in place of" in solid.said else ()
