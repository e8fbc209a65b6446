"""Softer zones and pockets under peaks of pressure, and what the foundation model predicts of them before and after."""

from __future__ import annotations

import numpy as np

from anatofit.devices.insole.bed import Top, followed, sole_seen
from anatofit.devices.insole.bedded import EVERY, PRESSURE, Bedded, bedded_on
from anatofit.devices.insole.foundation import BEARS_KPA, TISSUE_KPA_PER_MM, TakenFor
from anatofit.devices.insole.layout import PEAK, Filling, Foretold, InsolePlan, Peak, Raised
from anatofit.devices.insole.pockets import hot, pockets_under, radius_in
from anatofit.devices.insole.remarks import MAP_FORCE, MEASURED, of_map, of_prediction, unpredicted
from anatofit.devices.insole.spec import InsoleSpec
from anatofit.devices.insole.zones import peaks_in, softened, zone_at
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray

_ELSE: tuple[TakenFor, ...] = ("foam", "upright")  # what a lattice may be taken for beside, softer and stiffer
_NONE_SHOWN = "White: the map shows nothing there, or does not reach there."
_NONE_BORNE = "White: bears nothing by the model (a pocket, toes that hang free), or is a flank of the foot that the model leaves out."


def offloaded(anatomy: Anatomy, plan: InsolePlan, spec: InsoleSpec, seen: Top) -> InsolePlan:
    """The plan with softer zones and with pockets where there is a map of pressures and they are ordered, and what is predicted before and
    after.

    seen: what of the foot the top may follow.
    """
    if PRESSURE not in anatomy.node_values:
        return plan
    why = unpredicted(anatomy, spec)
    if why is not None or spec.solid.kpa is None:
        return plan.model_copy(update={"notes": (*plan.notes, *filter(None, [why]), *of_map(anatomy))})
    sign, filling = plan.frame.medial_sign, plan.filling
    solid = bedded_on(anatomy, plan, seen, solid_kpa=spec.solid.kpa)
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
    said = of_prediction(foretold, spec, why_over=_why_over(solid, after, spec))
    notes = (*plan.notes, *said, *of_map(anatomy))
    raised = (*plan.raised, *pockets)
    return plan.model_copy(update={"raised": raised, "filling": filling, "foretold": foretold, "notes": notes})


def _why_over(bedded: Bedded, after: FloatArray, spec: InsoleSpec) -> str:
    """Why what is predicted over the target is not offloaded further."""
    if spec.offload != "pockets":
        return "no pockets were asked for"
    if not hot(bedded, spec.target_kpa)[int(after.argmax())]:
        return "the place lies where the map shows less than the target, and gets no pocket"
    return "pockets take no more of the thickness"


def _measured(anatomy: Anatomy) -> tuple[FloatArray, FloatArray, FloatArray]:
    """x, y and kPa (n,) of every node of the sole, of which `MEASURED` is the greatest: springs are fewer."""
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
    """Pressures on the nodes of the sole by what to say of them; what was measured alone where none were predicted."""
    if PRESSURE not in anatomy.node_values:
        return {}
    found = {f"Plantar pressure as it was measured, from beneath. {_NONE_SHOWN}": anatomy.node_values[PRESSURE]}
    if plan.foretold is None:
        return found
    own = tuple(r for r in plan.raised if r.why == PEAK)
    bare = plan.model_copy(update={"raised": tuple(r for r in plan.raised if r.why != PEAK)})
    highest = max(max(c.lateral_mm, c.medial_mm) for c in plan.ceilings)
    seen = followed(
        sole_seen(anatomy.surfaces["sole"], plan.frame, np.array(plan.outline_mm)), plan.bed, up_to_mm=highest
    )
    solid = bedded_on(anatomy, bare, seen, solid_kpa=plan.foretold.insole_kpa)
    bedded = solid.filled(plan.filling, sign=plan.frame.medial_sign)
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
        insole_by=spec.solid.said,
        tissue_kpa_per_mm=TISSUE_KPA_PER_MM,
        force_n=_r(springs.force_n),
        map_n=_r(anatomy.figures[MAP_FORCE]),
        overlap=_r(anatomy.confidence[MEASURED]),
        measured_kpa=_r(anatomy.figures[MEASURED]),
        bedded_kpa=_r(before.max()),
        predicted_kpa=_r(after.max()),
        measured_mm2=_r((springs.kpa > BEARS_KPA).sum() * springs.cell_mm2),
        predicted_mm2=_r((after > BEARS_KPA).sum() * springs.cell_mm2),
        peaks=tuple(peaks),
    )


def _r(value: float) -> float:
    return round(float(value), 3) + 0.0
