"""The screening of strength, and what it wants of a socket whose order leaves wall or threads open: see docs/how-to/sockets.md."""

from __future__ import annotations

import numpy as np

from anatofit.devices.envelope import read_envelope
from anatofit.devices.socket.limb import Limb
from anatofit.devices.socket.spec import USUAL_DEPTH_MM, USUAL_WALL_MM, SocketSpec

# A force of so many times the body's weight at a lever to any side, and the factor that must be left. Proposals, of the order of what
# walking and stumbling give; ISO 10328 tests real structures, with higher forces and cycles.
WEIGHTS, LEVER_MM, G = 2.5, 60.0, 9.80665
FACTORS = {"test": 1.2, "definitive": 1.5}
THREAD_OVER_CORE_MM = 1.0  # an M6 thread over its core hole
# A wall is told by the circle of the limb's area: an oval whose ways across are as 5 to 4 has a modulus less by a tenth.
_OVAL = 1.1
_STEP_MM = 0.5  # of what is chosen: nobody orders a wall of 4.37 mm


def force_n(spec: SocketSpec) -> float:
    """By which the socket is screened."""
    return WEIGHTS * G * spec.body_mass_kg


def thread_mm(spec: SocketSpec) -> float:
    """Diameter of the threads in the four holes."""
    return spec.hole_mm + THREAD_OVER_CORE_MM


def hole_depth_mm(spec: SocketSpec) -> float:
    """As ordered; else the usual depth, or that in which the threads hold: the two at one side bear the moment, in shear."""
    return spec.hole_depth_mm or _chosen("hole_depth_mm", USUAL_DEPTH_MM, _threads_hold_mm(spec))


def wall_thickness_mm(limb: Limb, spec: SocketSpec) -> float:
    """As ordered; else the usual one, or that which holds where the limb is slimmest: a thin tube under force and moment."""
    return spec.wall_mm or _chosen("wall_mm", USUAL_WALL_MM, _wall_holds_mm(limb, spec))


def made_stronger(limb: Limb, spec: SocketSpec) -> tuple[str, ...]:
    """A word on what was chosen stronger than is usual."""
    rows = (
        ("the wall is", wall_thickness_mm(limb, spec), "thick", USUAL_WALL_MM, spec.wall_mm),
        ("the adapter's four holes are", hole_depth_mm(spec), "deep", USUAL_DEPTH_MM, spec.hole_depth_mm),
    )
    why = f"the screening of strength wants it for {spec.body_mass_kg:g} kg in a material of {spec.material_mpa:g} MPa"
    return tuple(
        f"{what} {made:g} mm {way}, not {usual:g} mm: {why}"
        for what, made, way, usual, ordered in rows
        if not ordered and made > usual
    )


def _threads_hold_mm(spec: SocketSpec) -> float:
    if not spec.material_mpa:
        return 0.0
    pulled_n = force_n(spec) * LEVER_MM / spec.hole_pitch_mm / 2
    return FACTORS[spec.variant] * 2 * pulled_n / (np.pi * thread_mm(spec) * spec.material_mpa)


def _wall_holds_mm(limb: Limb, spec: SocketSpec) -> float:
    if not spec.material_mpa:
        return 0.0
    levels = np.linspace(limb.frame.ball_mm, limb.tendon_mm)
    radius = 2 * float(limb.half_girth_mm(levels).min())
    per_mm = force_n(spec) * (1 / (2 * np.pi * radius) + _OVAL * LEVER_MM / (np.pi * radius**2))
    return FACTORS[spec.variant] * per_mm / spec.material_mpa


def _chosen(row: str, usual_mm: float, holds_mm: float) -> float:
    """Rounded up, no more than may be ordered."""
    most = read_envelope(__package__).rows[row].max
    return min(max(usual_mm, float(np.ceil(round(holds_mm / _STEP_MM, 6))) * _STEP_MM), float(most or np.inf))
