"""A ball of a skull with a round hole and a plate in it: all that a report needs, made in a second."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from anatofit.model.anatomy import Anatomy
from anatofit.model.case import Locate, Order
from anatofit.model.finding import Finding, Requirement, Verdict, verdict_of
from anatofit.model.frame import Laterality, Plane, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.model.provenance import InputRecord, OutputRecord, ScanFacts
from anatofit.report.data import ParameterRow, ReportData

OUTER_MM, WALL_MM, HOLE_DEG, GAP_DEG = 80.0, 6.0, 22.0, 0.4
OUTWARD = unit_vector(np.array([-0.5, -0.6, 0.62]))


def _basis(axis):
    side = unit_vector(np.cross(axis, [0.0, 0.0, 1.0]))
    return np.stack([side, np.cross(axis, side), axis])


def shell(polar_deg, *, around=240, wall_mm=WALL_MM):
    """A closed part of a spherical shell between two polar angles about OUTWARD; a pole closes itself."""
    polar = np.radians(polar_deg)
    azimuth = np.linspace(0, 2 * np.pi, around, endpoint=False)
    profile = np.concatenate(
        [
            np.stack([np.sin(polar), np.cos(polar)], 1) * OUTER_MM,
            np.stack([np.sin(polar), np.cos(polar)], 1)[::-1] * (OUTER_MM - wall_mm),
        ]
    )
    rings = np.stack(
        [
            profile[:, None, 0] * np.cos(azimuth),
            profile[:, None, 0] * np.sin(azimuth),
            np.broadcast_to(profile[:, None, 1], (len(profile), around)),
        ],
        axis=-1,
    )
    count = len(profile)
    ring, spot = np.meshgrid(np.arange(count), np.arange(around), indexing="ij")
    a, b = ring * around + spot, ring * around + (spot + 1) % around
    c, d = (ring + 1) % count * around + (spot + 1) % around, (ring + 1) % count * around + spot
    faces = np.concatenate([np.stack([a, c, b], -1).reshape(-1, 3), np.stack([a, d, c], -1).reshape(-1, 3)])
    mesh = Mesh(rings.reshape(-1, 3) @ _basis(OUTWARD), faces)
    return mesh if mesh.volume_mm3 > 0 else Mesh(mesh.vertices_lps_mm, faces[:, ::-1])


def skull(steps=160):
    return shell(np.linspace(HOLE_DEG, 179.9, steps))


def piece(steps=60):
    return shell(np.linspace(0.05, HOLE_DEG, steps))


def plate(steps=60):
    return shell(np.linspace(0.05, HOLE_DEG - GAP_DEG, steps), wall_mm=4.0)


def rim():
    turn = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    radius, angle = OUTER_MM - WALL_MM / 2, np.radians(HOLE_DEG)
    circle = np.stack([np.sin(angle) * np.cos(turn), np.sin(angle) * np.sin(turn), np.full(120, np.cos(angle))], 1)
    return radius * circle @ _basis(OUTWARD)


def anatomy(side=Laterality.RIGHT):
    missing = piece()
    away = np.linalg.norm(np.cross(missing.vertices_lps_mm, OUTWARD), axis=1)
    return Anatomy(
        "cranium",
        side,
        {"host": skull(), "missing_bone": missing, "restored": shell(np.linspace(0.05, 179.9, 160))},
        {"rim": rim()},
        {"defect_centre": OUTWARD * 77.0, "cavity_centre": np.zeros(3)},
        {"midsagittal": Plane(np.zeros(3), np.array([1.0, 0.0, 0.0]))},
        {"defect_extent_mm": 58.2, "defect_area_mm2": 2710.0, "symmetry_rms_mm": 1.31},
        {"missing_bone": 0.9 * (1 - away / away.max()) ** 2},
    )


def findings(*, passed=True):
    return [
        Finding(
            id="slice-thickness",
            what="Step between slices",
            measured=0.625,
            unit="mm",
            limit_high=1.5,
            passed=True,
            basis="scan",
        ),
        Finding(
            id="CR-MESH-1", what="The plate is closed and manifold", measured=0, unit="edges", limit_high=0, passed=True
        ),
        Finding(
            id="CR-WALL-1",
            what="Smallest wall of the body",
            measured=4.0 if passed else 1.02,
            unit="mm",
            limit_low=3.0,
            passed=passed,
            detail="" if passed else "thinnest at (-41.0, -33.5, 60.2)",
            advice="" if passed else "another edge_radius_mm",
        ),
        Finding(
            id="CR-GAP-1",
            what="Smallest clearance to the host",
            measured=0.512,
            unit="mm",
            limit_low=0.45,
            passed=True,
            values={"p5": 0.52, "p50": 0.54, "p95": 0.61, "max": 1.2},
        ),
    ]


def facts():
    return ScanFacts(
        series_uid="1.2.826.0.1.3680043.8.498.1",
        study_uid="1.2.826.0.1.3680043.8.498.2",
        frame_of_reference_uid="1.2.826.0.1.3680043.8.498.3",
        description="HEAD <b>bone</b>",
        modality="CT",
        slice_count=300,
        rows=512,
        columns=512,
        pixel_mm=(0.49, 0.49),
        slice_step_mm=0.625,
        slice_thickness_mm=0.625,
        kernel="H60s",
        kvp=120.0,
        age_years=44.0,
        scan_date="2026-03-02",
        patient_position="HFS",
        input=InputRecord(uid="1.2.826.0.1.3680043.8.498.1", sha256="ab" * 32, count=300),
        notes=["table removed"],
    )


def make_data(*, passed=True, side=Laterality.RIGHT, waived=(), case="A-0001", prescriber="Department of Neurosurgery"):
    found = [*findings(passed=passed), *waived]
    asked = [
        Requirement(
            id="CR-WALL-1",
            what="Smallest wall of the body",
            check="min_wall",
            part="plate",
            unit="mm",
            limit_low=3.0,
        )
    ]
    body = anatomy(side)
    text = {
        "string": case,
        "origin_lps_mm": list(OUTWARD * 76),
        "right_lps": list(-_basis(OUTWARD)[0]),
        "up_lps": list(_basis(OUTWARD)[1]),
        "height_mm": 5.0,
        "depth_mm": 0.6,
    }
    return ReportData(
        order=Order(case=case, device="cranial-plate", laterality=side, prescriber=prescriber, date="2026-03-20"),
        device_title="Cranial plate",
        verdict=verdict_of(found, asked),
        findings=found,
        requirements=asked,
        facts=facts(),
        anatomy=body,
        parts={"plate": plate()},
        plan={
            "insertion_direction_lps": OUTWARD.tolist(),
            "insertion_length_mm": 30.0,
            "gap_mm": 0.5,
            "thickness_mm": 4.0,
            "text": text,
        },
        sentences=[
            "The scan of 300 slices was read slice by slice.",
            "Bone was taken at its local half height (edge 412 HU).",
        ],
        material=SimpleNamespace(
            name="PEEK", density_g_cm3=1.30, smallest_wall_mm=1.0, smallest_hole_mm=1.0, source="maker's sheet"
        ),
        printer=SimpleNamespace(name="Bench printer", build_volume_mm=(220.0, 220.0, 200.0), source="maker's sheet"),
        remarks=("4 tabs were placed, 8 were asked: no room",),
        figures={"segment": {"edge_median_hu": 412.0}, "locate": {"symmetry_rms_mm": 1.31}},
        parameters=[
            ParameterRow(
                "gap_mm", 0.5, "mm", 0.5, 0.2, 2.0, "FDA 510(k) summaries", "gap to the host", proposal=True, asked=True
            )
        ],
        versions={"anatofit": "0.1.0", "vtk": "9.7.2"},
        outputs=[OutputRecord(path="device/plate.stl", sha256="cd" * 32, bytes=7_340_084)],
        overrides=Locate(defect=1),
    )


@pytest.fixture(scope="session")
def data():
    return make_data(
        side=Laterality.UNPAIRED,
        waived=(
            Finding(
                id="pixel-size",
                what="The pixels are larger than the device allows",
                measured=1.2,
                unit="mm",
                limit_high=1.0,
                passed=False,
                waived=True,
                basis="scan",
                detail="waived by Clinical Engineering: only scan",
            ),
        ),
    )


@pytest.fixture(scope="session")
def failed_data():
    return make_data(passed=False, prescriber="<script>alert(1)</script>")


@pytest.fixture
def verdicts():
    return Verdict
