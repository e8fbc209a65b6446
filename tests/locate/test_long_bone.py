"""A tibia and a femur are known by their shape, in any pose and of any size; landmarks, planes and side follow from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from anatofit.errors import ScanUnsuitableError
from anatofit.locate.long_bone import locate_long_bone
from anatofit.model.frame import FloatArray, Laterality, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.samples.long_bone import long_bone
from anatofit.samples.shin_bone import shin_bone
from tests.locate.computed_femur import computed_femur

LEFT, RIGHT, ANY = Laterality.LEFT, Laterality.RIGHT, Laterality.UNPAIRED
SIDES = pytest.mark.parametrize("side", [LEFT, RIGHT])
Moved = Callable[[FloatArray], FloatArray]


def moved(mesh: Mesh, seed: int) -> tuple[Mesh, Moved]:
    """The mesh turned and moved anyhow, and the same for points."""
    random = np.random.default_rng(seed)
    turn, shift = Rotation.random(random_state=seed).as_matrix(), random.normal(size=3) * 300.0
    return Mesh(mesh.vertices_lps_mm @ turn.T + shift, mesh.faces), lambda points: np.asarray(points @ turn.T + shift)


def angle_deg(a: FloatArray, b: FloatArray) -> float:
    return float(np.degrees(np.arccos(np.clip(unit_vector(a) @ unit_vector(b), -1.0, 1.0))))


@SIDES
@pytest.mark.parametrize("size", [260.0, 340.0, 420.0])
@pytest.mark.parametrize(("slope", "varus"), [(8.0, 3.0), (3.0, -2.0)])
def test_the_joint_plane_of_a_computed_tibia_is_found(
    side: Laterality, size: float, slope: float, varus: float
) -> None:
    bone = shin_bone(side, length_mm=size, rings=90, around=48, slope_deg=slope, varus_deg=varus)
    found = locate_long_bone(bone, ordered=side, bone="tibia")
    assert found is not None
    medial = -1.0 if side is LEFT else 1.0
    true = np.array([medial * np.tan(np.radians(varus)), np.tan(np.radians(slope)), 1.0])
    assert angle_deg(found.planes["joint"].normal_lps, true) < 0.6
    assert np.linalg.norm(found.landmarks["knee_centre"] - [0.0, 9.0 * size / 340.0, size]) < 1.5
    assert found.landmarks["medial_plateau"][0] * medial > 15.0 > found.landmarks["lateral_plateau"][0] * medial
    assert found.figures["mechanical_axis_mm"] == pytest.approx(size, rel=0.015)


@SIDES
@pytest.mark.parametrize("seed", range(4))
def test_a_tibia_is_found_however_it_lies(side: Laterality, seed: int) -> None:
    bone = shin_bone(side, rings=90, around=48)
    laid, to_where = moved(bone, seed)
    stands, lies = (locate_long_bone(b, ordered=ANY, bone=None) for b in (bone, laid))
    assert stands is not None and lies is not None
    assert (lies.bone, lies.laterality) == ("tibia", side)
    for name, place in stands.landmarks.items():
        assert np.linalg.norm(lies.landmarks[name] - to_where(place)) < (5.0 if name == "tuberosity" else 1.0), name
    for name, angle in stands.figures.items():
        assert lies.figures[name] == pytest.approx(angle, abs=0.5), name


@SIDES
@pytest.mark.parametrize("seed", range(3))
def test_the_axes_of_a_computed_femur_are_found_however_it_lies(side: Laterality, seed: int) -> None:
    femur = computed_femur(side)
    laid, to_where = moved(femur.mesh, seed)
    found = locate_long_bone(laid, ordered=side, bone=None)
    assert found is not None and (found.bone, found.laterality) == ("femur", side)
    assert np.linalg.norm(found.landmarks["hip_centre"] - to_where(femur.hip_lps_mm)) < 0.1
    assert found.figures["head_diameter_mm"] == pytest.approx(46.0, abs=0.2)
    for name, place in zip(("medial_condyle", "lateral_condyle"), femur.lowest_lps_mm, strict=True):
        assert np.linalg.norm(found.landmarks[name] - to_where(place)) < 1.5, name
    assert found.figures["lateral_distal_femoral_angle_deg"] == pytest.approx(femur.distal_angle_deg, abs=0.7)


def test_planes_stand_as_they_are_named() -> None:
    for bone in (shin_bone(RIGHT, rings=90, around=48), computed_femur(RIGHT).mesh):
        found = locate_long_bone(bone, ordered=RIGHT, bone=None)
        assert found is not None
        assert angle_deg(found.planes["joint"].normal_lps, np.array([0.0, 0.0, 1.0])) < 12.0
        assert angle_deg(found.planes["coronal"].normal_lps, np.array([0.0, -1.0, 0.0])) < 12.0
        assert angle_deg(found.planes["sagittal"].normal_lps, np.array([1.0, 0.0, 0.0])) < 12.0
        assert float(found.planes["coronal"].normal_lps @ found.planes["sagittal"].normal_lps) == pytest.approx(
            0.0, abs=1e-9
        )


def test_noise_of_a_scanner_and_few_triangles_change_little() -> None:
    bone = shin_bone(LEFT)
    noisy = Mesh(
        bone.vertices_lps_mm + np.random.default_rng(1).normal(size=bone.vertices_lps_mm.shape) * 0.3, bone.faces
    )
    for other in (noisy, shin_bone(LEFT, rings=60, around=30)):
        stands, found = (locate_long_bone(b, ordered=LEFT, bone="tibia") for b in (bone, other))
        assert stands is not None and found is not None
        assert np.linalg.norm(found.landmarks["knee_centre"] - stands.landmarks["knee_centre"]) < 1.0
        assert found.figures["medial_proximal_tibial_angle_deg"] == pytest.approx(
            stands.figures["medial_proximal_tibial_angle_deg"], abs=0.5
        )


@SIDES
def test_a_bone_of_the_other_side_is_refused_and_one_ordered_without_a_side_is_told(side: Laterality) -> None:
    other = RIGHT if side is LEFT else LEFT
    for bone in (shin_bone(side, rings=80, around=36), computed_femur(side).mesh):
        with pytest.raises(ScanUnsuitableError) as caught:
            locate_long_bone(bone, ordered=other, bone=None)
        assert [r.rule for r in caught.value.reasons] == ["wrong-side"]
        assert locate_long_bone(bone, ordered=other, bone="other") is None
        found = locate_long_bone(bone, ordered=ANY, bone=None)
        assert found is not None and found.laterality is side


def half(mesh: Mesh) -> Mesh:
    """The upper half of a tibia, closed."""
    import trimesh

    above = trimesh.creation.box((300.0, 300.0, 400.0)).apply_translation([0.0, 0.0, 370.0])
    cut = trimesh.boolean.intersection([trimesh.Trimesh(mesh.vertices_lps_mm, mesh.faces), above], engine="manifold")
    return Mesh(np.asarray(cut.vertices), np.asarray(cut.faces))


@pytest.mark.parametrize(
    "mesh",
    [
        pytest.param(long_bone(LEFT, rings=80, around=36), id="a long bone without malleolus"),
        pytest.param(half(shin_bone(LEFT, rings=80, around=36)), id="half a tibia"),
        pytest.param(Mesh(shin_bone(LEFT, rings=80, around=36).vertices_lps_mm * [1, 1, 0.3], shin_bone(LEFT, rings=80, around=36).faces), id="a stout one"),
    ],
)  # fmt: skip
def test_what_is_no_whole_tibia_is_not_taken_for_one(mesh: Mesh) -> None:
    assert locate_long_bone(mesh, ordered=ANY, bone=None) is None
    for bone in ("tibia", "femur"):
        with pytest.raises(ScanUnsuitableError, match=f"no whole {bone}") as caught:
            locate_long_bone(mesh, ordered=ANY, bone=bone)
        assert [r.rule for r in caught.value.reasons] == ["not-that-bone"]


REAL = {
    "bones/VHF_Left_Bone_Tibia_smooth.stl": ("tibia", LEFT), "bones/VHF_Right_Bone_Tibia_smooth.stl": ("tibia", RIGHT),
    "foot-and-leg/right_tibia_remeshed.stl": ("tibia", RIGHT), "foot-and-leg/right_femur_remeshed.stl": ("femur", RIGHT),
}  # fmt: skip
NEITHER = (
    "bones/VHF_Left_Bone_Fibula_smooth.stl",
    "bones/VHF_Left_Bone_Sacrum_smooth.stl",
    "foot-and-leg/right_hip_bone_remeshed.stl",
)


@pytest.mark.parametrize("name", [*REAL, *NEITHER])
def test_real_bones_are_told_with_their_side_mirrored_ones_with_the_other(name: str, cases: Path) -> None:
    from anatofit.ingest.surface.read import read_surface

    mesh = read_surface(cases / name, unit="mm").mesh
    mirrored = Mesh(mesh.vertices_lps_mm * [-1.0, 1.0, 1.0], mesh.faces[:, ::-1])
    expected = REAL.get(name)
    told = [locate_long_bone(moved(m, 7)[0], ordered=ANY, bone=None) for m in (mesh, mirrored)]
    if expected is None:
        assert told == [None, None]
    else:
        bone, side = expected
        sides = (side, LEFT if side is RIGHT else RIGHT)
        assert [(f.bone, f.laterality) for f in told if f] == [(bone, s) for s in sides]
