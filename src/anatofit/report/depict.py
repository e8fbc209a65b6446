"""Pictures, maps and 3D view of a device in its anatomy; no finding is asked for, so that they can be made while those are measured."""

from __future__ import annotations

from typing import Any

import numpy as np

from anatofit.model.pictures import Figure, Pictures, ScanLook
from anatofit.report import colour, directions
from anatofit.report.data import Scene
from anatofit.report.display import lightened
from anatofit.report.figures import HOST_TRIANGLES, render_figures
from anatofit.report.maps import measure_maps
from anatofit.report.slice_sheet import draw_slices
from anatofit.report.viewer import Actor, payload

_HOST_TRIANGLES, _PART_TRIANGLES, _PIECE_TRIANGLES = 40_000, 30_000, 12_000  # what any laptop turns without a jerk


def depict(scene: Scene, seen: ScanLook | None = None) -> Pictures:
    """Everything that the report shows of the scene, and of the scan where it is still there."""
    host = scene.anatomy.surfaces.get("host")
    outward = directions.outward_lps(scene.plan, scene.anatomy)
    maps = {name: measure_maps(mesh, host, outward_lps=outward) for name, mesh in scene.parts.items()}
    shown = lightened(scene, {"host": HOST_TRIANGLES})
    figures = render_figures(shown, maps, seen.axes_lps if seen else np.eye(3))
    return Pictures((*_slices(scene, seen), *figures), maps, _viewer(shown))


def _slices(scene: Scene, seen: ScanLook | None) -> tuple[Figure, ...]:
    if seen is None or not seen.slices:
        return ()
    surfaces = scene.anatomy.surfaces
    head = surfaces.get("restored", surfaces["host"]).vertices_lps_mm
    return (draw_slices(seen, scene.parts.values(), head, sinus=scene.anatomy.opens_into_air),)


def _viewer(scene: Scene) -> dict[str, Any]:
    """The bodies of the 3D view and where it looks from at first."""
    actors = _actors(scene)
    outward = directions.outward_lps(scene.plan, scene.anatomy)
    views = {
        "Front": directions.FRONT, "Right": directions.RIGHT, "Left": directions.LEFT, "Top": directions.HEAD,
        "Implant": outward, "Inside": -outward,
    }  # fmt: skip
    return {
        "meshes": payload(actors) if actors else None,
        "names": directions.PATIENT_AXES,
        "toward": [round(float(v), 6) for v in directions.three_quarter(outward).toward_lps],
        "buttons": {name: [round(float(v), 6) for v in toward] for name, toward in views.items()},
    }


def _actors(scene: Scene) -> list[Actor]:
    surfaces = scene.anatomy.surfaces
    actors = [Actor(f"Implant: {name}", mesh, _PART_TRIANGLES, colour.IMPLANT) for name, mesh in scene.parts.items()]
    for name, label, triangles, shade, opacity, shown in (
        ("host", "Host bone", _HOST_TRIANGLES, colour.BONE, 1.0, True),
        ("missing_bone", "Restored piece", _PIECE_TRIANGLES, colour.RESTORED, 0.5, False),
    ):
        if name in surfaces and len(surfaces[name].faces):
            actors.append(Actor(label, surfaces[name], triangles, shade, opacity, shown))
    return actors
