"""Softer zones and pockets under peaks of pressure, and what the foundation model predicts of them before and after."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from anatofit.devices.insole.bed import Top, evened, followed, raised_mm, sole_seen, top_over
from anatofit.devices.insole.foundation import BEARS_KPA, TISSUE_KPA_PER_MM, Foundation, TakenFor, Within, gent_kpa
from anatofit.devices.insole.layout import Filling, Foretold, InsolePlan, Peak, Raised
from anatofit.devices.insole.spec import InsoleSpec
from anatofit.devices.insole.zones import density_at, peaks_in, softened, zone_at
from anatofit.geometry.flat_mesh import inside
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.heights import BoolArray
from anatofit.model.mesh import IntArray

PRESSURE = "pressure_kpa"
MOST_POCKETS = 6
_EVERY = 2  # nodes of the sole: springs stand 2 mm apart
_FLANK = float(
    np.tan(np.deg2rad(35.0))
)  # steeper, a place is the side of the foot: an upright spring tells nothing of it (proposal)
_EVEN_MM = 1.5  # what the sole is evened out by before its slope is looked at
_NEAR_MM = 20.0  # what lies so near to a peak and over the target belongs to it
_HALF_MM = (8.0, 18.0)  # half axes of a pocket
_MARGIN_MM = 4.0  # of a pocket beyond what is over the target
_FLAT = 0.45
_ROUNDS = 25
_STEP_MM = 0.1  # pockets are deepened by no less
_RESPONSE = 0.8  # of the way that the tissue would give: the load goes elsewhere
_ELSE: tuple[TakenFor, ...] = ("foam", "upright")  # what a lattice may be taken for beside, softer and stiffer
_NEW = "a peak over the target"
_SHORTER = "pressures were not predicted: the model holds the foot as one piece on the insole, and in front of a shorter one it lies on the shoe"


@dataclass(frozen=True, eq=False)
class Bedded:
    """The springs, the bed's height over the plantar plane without the pockets in question, and which lie on the insole; (n,)."""

    springs: Foundation
    bed_mm: FloatArray
    on_insole: BoolArray
    ground_mm: float
    within: Within
    node: tuple[IntArray, IntArray]

    def with_(self, pockets: tuple[Raised, ...]) -> FloatArray:
        """(n,) pressures in kPa on the bed with these pockets too."""
        bed = self.bed_mm + self.lowered(pockets)
        thick = np.where(self.on_insole, bed - self.ground_mm, np.nan)
        return self.springs.on(bed, thick, modulus_kpa=self.within.modulus_kpa(thick))

    def filled(self, filling: Filling | None, *, sign: int, taken_for: TakenFor = "sheets") -> Bedded:
        """The same on an insole that is filled so; as it is without."""
        if filling is None:
            return self
        density = density_at(filling, self.springs.x_mm, self.springs.y_mm, sign=sign)
        return replace(self, within=Within(filling.solid_kpa, density, filling.skin_mm, taken_for))

    def lowered(self, pockets: tuple[Raised, ...]) -> FloatArray:
        """(n,) what pockets add to the height, 0 or less."""
        at = self.springs.x_mm, self.springs.y_mm
        return np.sum([raised_mm(*at, p) for p in pockets], axis=0) if pockets else np.zeros(len(at[0]))


def offloaded(anatomy: Anatomy, plan: InsolePlan, spec: InsoleSpec, seen: Top) -> InsolePlan:
    """The plan with softer zones and with pockets where there is a map of pressures and they are ordered, and what is predicted before and
    after.

    seen: what of the foot the top may follow.
    """
    if PRESSURE not in anatomy.node_values:
        return plan
    if plan.length != "full":
        return plan.model_copy(update={"notes": (*plan.notes, _SHORTER)})
    sign, filling = plan.frame.medial_sign, plan.filling
    solid = bedded_on(anatomy, plan, seen, solid_kpa=gent_kpa(spec.shore_a) if filling is None else filling.solid_kpa)
    if filling is not None:
        zone = zone_at(filling, solid.springs.x_mm, solid.springs.y_mm, sign=sign)
        filling = softened(filling, spec, zone, lambda tried: solid.filled(tried, sign=sign).with_(()))
    bedded = solid.filled(filling, sign=sign)
    zoned = bedded.with_(())
    pockets = _pockets(bedded, zoned, plan, spec) if spec.offload == "pockets" else ()
    after = bedded.with_(pockets)
    foretold = _foretold(anatomy, solid, (solid.with_(()), after), pockets, spec)
    if filling is not None:
        else_: dict[str, float] = {
            f"{other}_kpa": _r(solid.filled(filling, sign=sign, taken_for=other).with_(pockets).max())
            for other in _ELSE
        }
        foretold = foretold.model_copy(update={"zoned_kpa": _r(zoned.max()), **else_})
        filling = _peaked(filling, zone, (solid.springs.kpa, after))
    notes = (*plan.notes, *_notes(foretold, spec, pockets))
    raised = (*plan.raised, *pockets)
    return plan.model_copy(update={"raised": raised, "filling": filling, "foretold": foretold, "notes": notes})


def _peaked(filling: Filling, zone: IntArray, kpa: tuple[FloatArray, FloatArray]) -> Filling:
    """The zones with their greatest pressures, measured and predicted."""
    measured, predicted = (peaks_in(zone, values, len(filling.zones)) for values in kpa)
    rows = zip(filling.zones, measured, predicted, strict=True)
    zones = tuple(z.model_copy(update={"measured_kpa": _r(m), "predicted_kpa": _r(p)}) for z, m, p in rows)
    return filling.model_copy(update={"zones": zones})


def pressures(anatomy: Anatomy, plan: InsolePlan) -> dict[str, FloatArray]:
    """Pressures on the nodes of the sole by what to say of them; nothing where none were predicted."""
    if PRESSURE not in anatomy.node_values or plan.foretold is None:
        return {}
    own = tuple(r for r in plan.raised if r.why == _NEW)
    bare = plan.model_copy(update={"raised": tuple(r for r in plan.raised if r.why != _NEW)})
    highest = max(max(c.lateral_mm, c.medial_mm) for c in plan.ceilings)
    seen = followed(
        sole_seen(anatomy.surfaces["sole"], plan.frame, np.array(plan.outline_mm)), plan.bed, up_to_mm=highest
    )
    solid = bedded_on(anatomy, bare, seen, solid_kpa=plan.foretold.insole_kpa)
    bedded = solid.filled(plan.filling, sign=plan.frame.medial_sign)
    found = {"Plantar pressure as it was measured, from beneath.": anatomy.node_values[PRESSURE]}
    if plan.filling is not None:
        found["Predicted on an insole of solid material, from beneath."] = _on_nodes(anatomy, solid, ())
    if own:
        found["Predicted on the insole without pockets under peaks, from beneath."] = _on_nodes(anatomy, bedded, ())
    said = "Predicted on the insole as planned, from beneath. A prediction by springs side by side: no measurement."
    return {**found, said: _on_nodes(anatomy, bedded, own)}


def bedded_on(anatomy: Anatomy, plan: InsolePlan, seen: Top, *, solid_kpa: float) -> Bedded:
    """The springs of a sole over the top of a plan, without posting and lift: with those the whole foot turns."""
    sole = anatomy.heights["sole"]
    chosen = np.zeros(sole.height_mm.shape, dtype=bool)
    even = evened(sole.height_mm, _EVEN_MM, step_mm=sole.step_mm)
    with np.errstate(invalid="ignore"):
        flat = np.hypot(*np.gradient(even, sole.step_mm)) < _FLANK
    chosen[::_EVERY, ::_EVERY] = (sole.there & flat)[::_EVERY, ::_EVERY]
    j, i = np.nonzero(chosen)
    x, y = sole.x_mm[i], sole.y_mm[j]
    springs = Foundation(x, y, anatomy.node_values[PRESSURE][j, i], sole.height_mm[j, i], (_EVERY * sole.step_mm) ** 2)
    outline = np.array(plan.outline_mm)
    level = plan.model_copy(update={"posting": (), "lift": ()})
    top = top_over(seen, level)
    on = inside(outline, np.column_stack([x, y]))
    return Bedded(springs, top.at_mm(x, y), on, plan.ground_mm, Within(solid_kpa), (j, i))


def _on_nodes(anatomy: Anatomy, bedded: Bedded, pockets: tuple[Raised, ...]) -> FloatArray:
    """(nj, ni) of the sole's lattice: each node as the spring nearest to it, for the eye."""
    sole = anatomy.heights["sole"]
    coarse = np.zeros((-(-sole.height_mm.shape[0] // _EVERY), -(-sole.height_mm.shape[1] // _EVERY)))
    j, i = bedded.node
    coarse[j // _EVERY, i // _EVERY] = bedded.with_(pockets)
    fine = coarse.repeat(_EVERY, axis=0).repeat(_EVERY, axis=1)
    return np.asarray(fine[: sole.height_mm.shape[0], : sole.height_mm.shape[1]])


def _pockets(bedded: Bedded, before: FloatArray, plan: InsolePlan, spec: InsoleSpec) -> tuple[Raised, ...]:
    """Pockets under what is over the target, each deepened until it is not, or until no more thickness may go."""
    room = spec.thickness_mm - spec.floor_mm - max((-r.height_mm for r in plan.raised if r.height_mm < 0), default=0.0)
    pockets: tuple[Raised, ...] = ()
    kpa = before
    for _ in range(_ROUNDS):
        deeper = tuple(_deeper(p, bedded, kpa, spec.target_kpa) for p in pockets)
        deeper = _new(deeper, bedded, kpa, spec.target_kpa)
        deeper = _within(deeper, bedded, room)
        if deeper == pockets:
            break
        pockets, kpa = deeper, bedded.with_(deeper)
    return tuple(p for p in pockets if p.height_mm <= -_STEP_MM)


def _over(bedded: Bedded, kpa: FloatArray, target: float) -> FloatArray:
    return np.where(bedded.on_insole & (kpa > target), kpa - target, 0.0)


def _radius(pocket: Raised, bedded: Bedded) -> FloatArray:
    dx, dy = bedded.springs.x_mm - pocket.at_mm[0], bedded.springs.y_mm - pocket.at_mm[1]
    return np.hypot(dx / pocket.half_mm[0], dy / pocket.half_mm[1])


def _deeper(pocket: Raised, bedded: Bedded, kpa: FloatArray, target: float) -> Raised:
    under = _radius(pocket, bedded) < 0.8
    over = float(_over(bedded, kpa, target)[under].max(initial=0.0))
    if over <= 0:
        return pocket
    more = max(_STEP_MM, _RESPONSE * over / TISSUE_KPA_PER_MM)
    return pocket.model_copy(update={"height_mm": -round(round((-pocket.height_mm + more) / _STEP_MM) * _STEP_MM, 6)})


def _new(pockets: tuple[Raised, ...], bedded: Bedded, kpa: FloatArray, target: float) -> tuple[Raised, ...]:
    """One more pocket, under the highest place over the target that none of them has."""
    over = _over(bedded, kpa, target)
    for pocket in pockets:
        over = np.where(_radius(pocket, bedded) < 1.0, 0.0, over)
    if over.max() <= 0 or len(pockets) >= MOST_POCKETS:
        return pockets
    x, y = bedded.springs.x_mm, bedded.springs.y_mm
    peak = int(over.argmax())
    near = (np.hypot(x - x[peak], y - y[peak]) < _NEAR_MM) & (over > 0)
    weight = over[near] / over[near].sum()
    at = np.array([float((x[near] * weight).sum()), float((y[near] * weight).sum())])
    spread = [np.sqrt(float((weight * (v[near] - m) ** 2).sum())) for v, m in zip((x, y), at, strict=True)]
    half = [round(float(np.clip(2.0 * s + _MARGIN_MM, *_HALF_MM)), 1) for s in spread]
    return (
        *pockets,
        Raised(
            kind="pocket", why=_NEW, at_mm=(round(float(at[0]), 1), round(float(at[1]), 1)), half_mm=(half[0], half[1]),
            turn_deg=0.0, flat=_FLAT, height_mm=-round(_STEP_MM, 6),
        ),
    )  # fmt: skip


def _within(pockets: tuple[Raised, ...], bedded: Bedded, room_mm: float) -> tuple[Raised, ...]:
    """No deeper together than the room that thickness and floor leave, where they lie over each other too."""
    single = tuple(p.model_copy(update={"height_mm": max(p.height_mm, -round(room_mm, 6))}) for p in pockets)
    deepest = -float(bedded.lowered(single).min(initial=0.0))
    if deepest <= room_mm + 1e-9:
        return single
    share = room_mm / deepest
    steps = [int(np.floor(-p.height_mm * share / _STEP_MM)) for p in single]
    return tuple(
        p.model_copy(update={"height_mm": -round(n * _STEP_MM, 6)}) for p, n in zip(single, steps, strict=True)
    )


def _foretold(
    anatomy: Anatomy,
    bedded: Bedded,
    kpa: tuple[FloatArray, FloatArray],
    pockets: tuple[Raised, ...],
    spec: InsoleSpec,
) -> Foretold:
    springs = bedded.springs
    before, after = kpa
    peaks = []
    for pocket in pockets:
        under = _radius(pocket, bedded) < 1.0
        peaks.append(
            Peak(
                at_mm=pocket.at_mm, measured_kpa=_r(springs.kpa[under].max()), bedded_kpa=_r(before[under].max()),
                predicted_kpa=_r(after[under].max()),
            )
        )  # fmt: skip
    return Foretold(
        target_kpa=spec.target_kpa,
        insole_kpa=_r(bedded.within.solid_kpa),
        tissue_kpa_per_mm=TISSUE_KPA_PER_MM,
        force_n=_r(springs.force_n),
        overlap=_r(anatomy.confidence["peak_pressure_kpa"]),
        measured_kpa=_r(springs.kpa.max()),
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
