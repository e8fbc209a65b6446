"""What hangs on the phantom's vault: orbits, cheeks, skull base, sinuses, eyes. The two sides differ by a millimetre or two."""

from __future__ import annotations

from anatofit.samples.bodies import Body, Cylinder, Ellipsoid, Ring, Rod

ORBIT_CENTRE = (32.0, -69.0, -45.0)
ORBIT_HALF_AXES = (18.5, 24.0, 16.5)


def _sided(sign: int) -> tuple[float, float, float]:
    """Asymmetry: the right side (x < 0) is a little smaller, further back and lower."""
    return (0.0, 0.0, 0.0) if sign > 0 else (1.2, 0.9, -0.8)


def _orbit(sign: int) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    dx, dy, dz = _sided(sign)
    x, y, z = ORBIT_CENTRE
    a, b, c = ORBIT_HALF_AXES
    return (sign * x + dx, y + dy, z + dz), (a - 0.4 * (sign < 0), b, c - 0.5 * (sign < 0))


def _side_bones(sign: int) -> list[Body]:
    centre, (a, b, c) = _orbit(sign)
    x, y, z = centre
    s = float(sign)
    return [
        Ellipsoid(centre, (a + 0.8, b + 0.8, c + 0.8), shell_mm=1.6, front_y=y - 12.0),
        Ring((x, y - 11.0, z), a + 1.0, c + 1.5, 3.4, lean=0.32 * s),  # orbital rim
        Rod((0, -85.5, -25.5), (s * 20, -83.5, -25), 6.0),  # brow
        Rod((s * 20, -83.5, -25), (s * 39, -76, -26.5), 6.0, 5.5),
        Rod((s * 39, -76, -26.5), (s * 54, -60, -36), 5.5, 4.5),
        Rod((s * 54, -60, -36), (x + s * 17, y - 2, z - 12), 4.5, 5.5),  # frontal process of the cheek bone
        Ellipsoid((s * 44, -72, -66), (12, 9, 9)),
        Rod((x + s * 16, y - 3, z - 16), (s * 63, -40, -58), 7.0, 3.8),  # cheek bone
        Rod((s * 9, -90, -48), (s * 16, -82, -84), 4.5, 6.0),  # side of the nose
        Rod((s * 58, -44, -34), (s * 48, -40, -52), 5.0, 4.0),  # greater wing
        Rod((s * 63, -40, -58), (s * 66, -4, -52), 3.8, 3.2),  # zygomatic arch
        Ellipsoid((s * 22 + (x - s * 32), -64, -80), (17.5, 19, 17), shell_mm=1.8),  # maxilla around its sinus
        Rod((s * 60, 12, -44), (s * 17, -8, -48), 9.0, 6.0),  # petrous ridge
        Ellipsoid((s * 57, 24, -58), (11, 14, 19)),  # mastoid
        Rod((s * 20, -30, -52), (s * 24, -36, -88), 3.0, 2.0),  # pterygoid
        Rod((s * 54, -14, -62), (s * 50, -22, -104), 5.0, 7.0),  # ramus of the mandible, free of the skull
    ]


def bones() -> list[Body]:
    """Face and skull base, all dense bone."""
    middle: list[Body] = [
        Rod((0, -87, -28), (0.6, -96, -52), 6.0, 3.6),  # nasal bones
        Rod((0, -32, -44), (0, 6, -64), 9.5, 7.0),  # sphenoid body and clivus
        Rod((0, -86, -40), (1.5, -66, -88), 1.2),  # nasal septum
        Ring((0, -58, -99), 25.0, 28.0, 8.0, upright=False, behind_y=-48.0),  # upper jaw
        Ring((0, 28, -84), 22.0, 20.0, 5.5, upright=False),  # first vertebra
    ]
    return middle + _side_bones(1) + _side_bones(-1)


def orbits() -> list[Body]:
    """The room inside the orbits: no bone reaches into it."""
    return [Ellipsoid(*_orbit(1)), Ellipsoid(*_orbit(-1))]


def openings() -> list[Body]:
    """Where the vault's shell is open by nature: the foramen magnum."""
    return [Cylinder(0.0, 27.0, 15.0, 18.0, -90.0, -35.0)]


def frontal_sinus() -> list[Body]:
    """Air inside the frontal bone, larger on the left."""
    return [Ellipsoid((9.0, -81.5, -16.5), (10.5, 3.0, 6.0)), Ellipsoid((-8.0, -82.0, -17.0), (6.5, 2.6, 4.5))]


def sinuses() -> list[Body]:
    """Air that takes bone away: frontal, sphenoid, nose."""
    return [
        *frontal_sinus(),
        Ellipsoid((2.5, -31.0, -45.0), (7.0, 8.0, 6.0)),
        Ellipsoid((7.0, -74.0, -72.0), (5.0, 20.0, 16.0)),
        Ellipsoid((-6.0, -74.0, -72.0), (4.6, 20.0, 16.0)),
    ]


def airways() -> list[Body]:
    """Air in soft tissue: sinuses of the maxilla, throat, ear canals. Bone may bound it and is not taken away."""
    return [
        Ellipsoid((22.0, -64, -80), (16.6, 18.1, 16.1)),
        Ellipsoid((-20.8, -63.1, -80.8), (16.6, 18.1, 16.1)),
        Rod((0, -38, -70), (0, -22, -112), 8.0, 10.0),
        Rod((64, 2, -50), (82, 4, -50), 3.0),
        Rod((-64, 2, -50), (-82, 4, -50), 3.0),
    ]


def eyes() -> list[Body]:
    """The globes."""
    return [Ellipsoid((32.0, -76.0, -45.0), (12.0, 12.0, 12.0)), Ellipsoid((-30.8, -75.1, -45.8), (12.0, 12.0, 12.0))]


def ventricles() -> list[Body]:
    """Fluid in the brain."""
    return [
        Rod((9.0, -32.0, 18.0), (14.0, 30.0, 22.0), 5.0, 7.0), Rod((-10.0, -30.0, 18.0), (-13.0, 32.0, 21.0), 4.5, 6.5),
        Ellipsoid((0.0, 0.0, 2.0), (3.0, 14.0, 9.0)),
    ]  # fmt: skip


def flesh() -> list[Body]:
    """Soft tissue beyond the vault: face, nose, ears, neck."""
    return [
        Ellipsoid((0, -42, -66), (64, 62, 58)),
        Rod((0, -94, -42), (0, -106, -66), 8.0, 11.0),
        Ellipsoid((79, 14, -45), (5, 15, 28)), Ellipsoid((-78, 15, -46), (5, 15, 28)),
        Rod((0, 25, -60), (0, 18, -160), 60.0, 56.0),
    ]  # fmt: skip
