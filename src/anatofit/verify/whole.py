"""The part as a whole: mass, extent, side of the patient, and room in the printer."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, Plane
from anatofit.model.mesh import Mesh
from anatofit.verify.subject import Measurement, Subject


def mass_g(subject: Subject, requirement: Requirement) -> Measurement:
    """Enclosed volume times the material's density."""
    density = float(requirement.parameters["density_g_cm3"])
    volume = subject.part.volume_mm3
    values = {"volume_mm3": volume, "density_g_cm3": density}
    sound = volume > 0 and density > 0
    detail = "" if sound else "volume and density must be positive; a closed body and a material are wanted"
    return Measurement(volume / 1000.0 * density, detail, values, failed=not sound)


def extent(subject: Subject, requirement: Requirement) -> Measurement:
    """The longest side of the part's own box, in mm."""
    length, width, height = box_sides(subject.part)
    return Measurement(length, "", {"length_mm": length, "width_mm": width, "height_mm": height})


def fits_printer(subject: Subject, requirement: Requirement) -> Measurement:
    """The least spare room in mm along any side, in the best of the ways that the part's box can be laid; negative: too large."""
    room = np.asarray(requirement.parameters["build_volume_mm"], dtype=np.float64)
    boxes = {"turned": box_sides(subject.part), "as exported": tuple(np.ptp(subject.part.bounds_lps_mm, axis=0))}
    spare = {name: max(float((room - sides).min()) for sides in permutations(box)) for name, box in boxes.items()}
    best = max(spare, key=lambda name: spare[name])
    detail = best if spare[best] >= 0 else "the part is larger than the printer's room"
    return Measurement(spare[best], detail, {f"spare_{name.replace(' ', '_')}_mm": v for name, v in spare.items()})


def side(subject: Subject, requirement: Requirement) -> Measurement:
    """How far the centre of mass lies from the midsagittal plane, positive on the ordered side, in mm."""
    ordered = str(requirement.parameters.get("laterality") or subject.plan.get("laterality", ""))
    if ordered not in ("R", "L"):
        return Measurement(0.0, f"the side ordered was {ordered or 'not named'}; R or L is wanted", failed=True)
    plane = subject.plan["midsagittal"]
    middle = Plane(np.asarray(plane["point_lps_mm"]), np.asarray(plane["normal_lps"]))
    to_left = float(middle.signed_distance_mm(centre_of_mass(subject.part)[None])[0])
    detail = f"ordered {ordered}, found on the patient's {'left' if to_left > 0 else 'right'}"
    return Measurement(to_left if ordered == "L" else -to_left, detail, {"to_patient_left_mm": to_left})


def box_sides(mesh: Mesh) -> tuple[float, float, float]:
    """Length, width, height of the smallest box whose height runs along the part's thin principal axis; longest first."""
    from scipy.spatial import ConvexHull

    used = mesh.vertices_lps_mm[np.unique(mesh.faces)]
    hull = used[ConvexHull(used).vertices]
    axes = np.linalg.svd(hull - hull.mean(axis=0), full_matrices=False)[2]
    x, y, z = (hull @ axes.T).T
    turn = np.deg2rad(np.arange(0.0, 90.0, 0.5))  # half a degree changes a side of 150 mm by under 0.01 mm at its least
    first = np.ptp(np.outer(x, np.cos(turn)) + np.outer(y, np.sin(turn)), axis=0)
    second = np.ptp(np.outer(y, np.cos(turn)) - np.outer(x, np.sin(turn)), axis=0)
    best = int((first * second).argmin())
    small, middle, large = sorted((float(first[best]), float(second[best]), float(np.ptp(z))))
    return large, middle, small


def centre_of_mass(mesh: Mesh) -> FloatArray:
    """Of the enclosed volume; of the surface's corners where nothing is enclosed."""
    middle = mesh.vertices_lps_mm.mean(axis=0)
    a, b, c = np.moveaxis(mesh.triangles_lps_mm - middle, 1, 0)
    volumes = np.einsum("ij,ij->i", a, np.cross(b, c))
    total = float(volumes.sum())
    return np.asarray(middle + (volumes[:, None] * (a + b + c)).sum(axis=0) / (4 * total)) if total > 0 else middle
