"""Softer zones and pockets under peaks of pressure, and what the foundation model predicts of them before and after."""

from __future__ import annotations

import numpy as np

from anatofit.devices.insole.bed import Top, followed, sole_seen
from anatofit.devices.insole.bedded import EVERY, PRESSURE, Bedded, bedded_on
from anatofit.devices.insole.foundation import BEARS_KPA, TISSUE_KPA_PER_MM, TakenFor, gent_kpa
from anatofit.devices.insole.layout import Filling, Foretold, InsolePlan, Peak, Raised
from anatofit.devices.insole.pockets import NEW, pockets_under, radius_in
from anatofit.devices.insole.spec import InsoleSpec
from anatofit.devices.insole.zones import peaks_in, softened, zone_at
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray

PEAK = "peak_pressure_kpa"  # the greatest on the nodes of the sole
_ELSE: tuple[TakenFor, ...] = ("foam", "upright")  # what a lattice may be taken for beside, softer and stiffer
# A row of cells of 5 mm all along the border of a footprint (60 cm around 110 cm²) is a fifth of both, toes that lift another tenth: less is
# shared by another foot's map, or by one of another stance. The computed foot shares 0.79 with its own, maps of other feet 0.58 (proposal).
OWN_SHARE = 0.70
_NONE_SHOWN = "White: the map shows nothing there, or does not reach there."
_NONE_BORNE = "White: bears nothing by the model (a pocket, toes that hang free), or is a flank of the foot that the model leaves out."
_SHORTER = "pressures were not predicted: the model holds the foot as one piece on the insole, and in front of a shorter one it lies on the shoe"


def offloaded(anatomy: Anatomy, plan: InsolePlan, spec: InsoleSpec, seen: Top) -> InsolePlan:
    """The plan with softer zones and with pockets where there is a map of pressures and they are ordered, and what is predicted before and
    after.

    seen: what of the foot the top may follow.
    """
    if PRESSURE not in anatomy.node_values:
        return plan
    plan = plan.model_copy(update={"notes": (*plan.notes, *_of_another(anatomy.confidence[PEAK]))})
    if plan.length != "full":
        return plan.model_copy(update={"notes": (*plan.notes, _SHORTER)})
    sign, filling = plan.frame.medial_sign, plan.filling
    solid = bedded_on(anatomy, plan, seen, solid_kpa=gent_kpa(spec.shore_a) if filling is None else filling.solid_kpa)
    if filling is not None:
        zone = zone_at(filling, solid.springs.x_mm, solid.springs.y_mm, sign=sign)
        filling = softened(filling, spec, zone, lambda tried: solid.filled(tried, sign=sign).with_(()))
    bedded = solid.filled(filling, sign=sign)
    zoned = bedded.with_(())
    pockets = pockets_under(bedded, zoned, plan, spec) if spec.offload == "pockets" else ()
    after = bedded.with_(pockets)
    foretold = _foretold(anatomy, solid, (solid.with_(()), after), pockets, spec)
    if filling is not None:
        else_: dict[str, float] = {
            f"{other}_kpa": _r(solid.filled(filling, sign=sign, taken_for=other).with_(pockets).max())
            for other in _ELSE
        }
        foretold = foretold.model_copy(update={"zoned_kpa": _r(zoned.max()), **else_})
        filling = _peaked(anatomy, filling, peaks_in(zone, after, len(filling.zones)), sign=sign)
    notes = (*plan.notes, *_notes(foretold, spec, pockets))
    raised = (*plan.raised, *pockets)
    return plan.model_copy(update={"raised": raised, "filling": filling, "foretold": foretold, "notes": notes})


def _of_another(overlap: float) -> tuple[str, ...]:
    """That the map and the sole share less than a map of this very foot does."""
    if overlap >= OWN_SHARE:
        return ()
    return (
        f"loaded cells of the pressure map and the sole share {overlap:.0%} of what they cover together; a map of this very foot shares "
        f"{OWN_SHARE:.0%} or more: look whether it is of this foot. Pockets, zones and predictions lie where the map says",
    )


def _measured(anatomy: Anatomy) -> tuple[FloatArray, FloatArray, FloatArray]:
    """x, y and kPa (n,) of every node of the sole, of which `PEAK` is the greatest: springs are fewer."""
    sole = anatomy.heights["sole"]
    x, y, _ = sole.nodes_mm(sole.there).T
    return x, y, anatomy.node_values[PRESSURE][sole.there]


def _peaked(anatomy: Anatomy, filling: Filling, predicted: FloatArray, *, sign: int) -> Filling:
    """The zones with their greatest pressures, measured and predicted."""
    x, y, kpa = _measured(anatomy)
    measured = peaks_in(zone_at(filling, x, y, sign=sign), kpa, len(filling.zones))
    rows = zip(filling.zones, measured, predicted, strict=True)
    zones = tuple(z.model_copy(update={"measured_kpa": _r(m), "predicted_kpa": _r(p)}) for z, m, p in rows)
    return filling.model_copy(update={"zones": zones})


def pressures(anatomy: Anatomy, plan: InsolePlan) -> dict[str, FloatArray]:
    """Pressures on the nodes of the sole by what to say of them; nothing where none were predicted."""
    if PRESSURE not in anatomy.node_values or plan.foretold is None:
        return {}
    own = tuple(r for r in plan.raised if r.why == NEW)
    bare = plan.model_copy(update={"raised": tuple(r for r in plan.raised if r.why != NEW)})
    highest = max(max(c.lateral_mm, c.medial_mm) for c in plan.ceilings)
    seen = followed(
        sole_seen(anatomy.surfaces["sole"], plan.frame, np.array(plan.outline_mm)), plan.bed, up_to_mm=highest
    )
    solid = bedded_on(anatomy, bare, seen, solid_kpa=plan.foretold.insole_kpa)
    bedded = solid.filled(plan.filling, sign=plan.frame.medial_sign)
    found = {f"Plantar pressure as it was measured, from beneath. {_NONE_SHOWN}": anatomy.node_values[PRESSURE]}
    if plan.filling is not None:
        found[f"Predicted on an insole of solid material, from beneath. {_NONE_BORNE}"] = _on_nodes(anatomy, solid, ())
    if own:
        found[f"Predicted on the insole without pockets under peaks, from beneath. {_NONE_BORNE}"] = _on_nodes(
            anatomy, bedded, ()
        )
    said = "Predicted on the insole as planned, from beneath. A prediction by springs side by side: no measurement."
    return {**found, f"{said} {_NONE_BORNE}": _on_nodes(anatomy, bedded, own)}


def _on_nodes(anatomy: Anatomy, bedded: Bedded, pockets: tuple[Raised, ...]) -> FloatArray:
    """(nj, ni) of the sole's lattice: each node as the spring nearest to it, for the eye."""
    sole = anatomy.heights["sole"]
    coarse = np.zeros((-(-sole.height_mm.shape[0] // EVERY), -(-sole.height_mm.shape[1] // EVERY)))
    j, i = bedded.node
    coarse[j // EVERY, i // EVERY] = bedded.with_(pockets)
    fine = coarse.repeat(EVERY, axis=0).repeat(EVERY, axis=1)
    return np.asarray(fine[: sole.height_mm.shape[0], : sole.height_mm.shape[1]])


def _foretold(
    anatomy: Anatomy,
    bedded: Bedded,
    kpa: tuple[FloatArray, FloatArray],
    pockets: tuple[Raised, ...],
    spec: InsoleSpec,
) -> Foretold:
    springs = bedded.springs
    before, after = kpa
    x, y, measured = _measured(anatomy)
    peaks = []
    for pocket in pockets:
        under = radius_in(pocket, springs.x_mm, springs.y_mm) < 1.0
        peaks.append(
            Peak(
                at_mm=pocket.at_mm, measured_kpa=_r(measured[radius_in(pocket, x, y) < 1.0].max()), bedded_kpa=_r(before[under].max()),
                predicted_kpa=_r(after[under].max()),
            )
        )  # fmt: skip
    return Foretold(
        target_kpa=spec.target_kpa,
        insole_kpa=_r(bedded.within.solid_kpa),
        tissue_kpa_per_mm=TISSUE_KPA_PER_MM,
        force_n=_r(springs.force_n),
        overlap=_r(anatomy.confidence[PEAK]),
        measured_kpa=_r(anatomy.figures[PEAK]),
        bedded_kpa=_r(before.max()),
        predicted_kpa=_r(after.max()),
        measured_mm2=_r((springs.kpa > BEARS_KPA).sum() * springs.cell_mm2),
        predicted_mm2=_r((after > BEARS_KPA).sum() * springs.cell_mm2),
        peaks=tuple(peaks),
    )


def _notes(found: Foretold, spec: InsoleSpec, pockets: tuple[Raised, ...]) -> tuple[str, ...]:
    said = (
        f"greatest plantar pressure: {found.measured_kpa:.0f} kPa measured, {found.predicted_kpa:.0f} kPa predicted on this insole "
        f"(target {spec.target_kpa:g} kPa); a simple model compares designs and measures nothing"
    )
    if found.predicted_kpa <= spec.target_kpa:
        return (said,)
    why = "pockets take no more of the thickness" if pockets else "no pockets were asked for, or none has room"
    return (
        said,
        f"the target of pressure is not met by the prediction: {why}. Raise thickness_mm, or offload otherwise",
    )


def _r(value: float) -> float:
    return round(float(value), 3) + 0.0
