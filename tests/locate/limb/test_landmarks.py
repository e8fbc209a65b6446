"""Landmarks of a residual limb are found in any pose, of either side, with noise and trimmed; each says how sure it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anatofit.locate.limb.find import locate_limb
from anatofit.locate.limb.located import LocatedLimb, Origin
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.residual_limb import ResidualLimb, residual_limb
from tests.locate.limb.limbs import ball, flexed, noisy, turned

LEFT, RIGHT, ANY = Laterality.LEFT, Laterality.RIGHT, Laterality.UNPAIRED


def errors_mm(found: LocatedLimb, limb: ResidualLimb) -> dict[str, float]:
    return {
        name: float(np.linalg.norm(mark.point_lps_mm - limb.landmarks[name])) for name, mark in found.landmarks.items()
    }


@pytest.mark.parametrize("side", [LEFT, RIGHT])
@pytest.mark.parametrize("seed", range(3))
def test_landmarks_of_the_computed_limb_are_found_in_any_pose(side: Laterality, seed: int) -> None:
    limb = turned(residual_limb(side), seed)
    found = locate_limb(limb.skin, ordered=side)
    off = errors_mm(found, limb)
    assert found.laterality is side and set(off) == set(limb.landmarks)
    assert np.median(list(off.values())) < 3.5 and max(off.values()) < 8.0
    assert all(away <= 1.5 * found.landmarks[name].confidence_mm for name, away in off.items())


def test_noise_scale_and_trimming_leave_the_median_error_under_five_millimetres() -> None:
    off, sides = [], []
    for seed in range(6):
        random = np.random.default_rng(seed)
        side = (LEFT, RIGHT)[seed % 2]
        whole = residual_limb(side, above_joint_mm=random.uniform(60, 95), joint_mm=random.uniform(115, 170))
        limb = turned(whole, seed, scale=random.uniform(0.9, 1.1), most_deg=15.0)
        found = locate_limb(noisy(limb.skin, seed), ordered=ANY)
        off += errors_mm(found, limb).values()
        sides.append(found.laterality is side)
    assert np.median(off) < 5.0 and np.percentile(off, 95) < 10.0
    assert all(sides)


@pytest.mark.parametrize("deg", [8.0, 16.0])
def test_a_knee_that_was_bent_while_it_was_scanned_is_known_as_one_that_was_straight(deg: float) -> None:
    limb = turned(flexed(residual_limb(RIGHT), deg), 11)
    found = locate_limb(limb.skin, ordered=RIGHT)
    off = errors_mm(found, limb)
    assert found.side.laterality is RIGHT
    assert np.median(list(off.values())) < 5.0
    assert all(off[name] < 1.5 * found.landmarks[name].confidence_mm for name in ("patellar_tendon", "tibial_tubercle"))


# Standard deviations in mm between people: as far as skin tells them, and of the bone's end, which it does not.
BETWEEN_PEOPLE = {
    "patella": 6.0, "tibial_tubercle": 5.0, "fibular_head": 5.0, "medial_flare": 4.0, "lateral_flare": 4.0, "distal_tibia": 9.0,
}  # fmt: skip


def test_the_stated_confidence_orders_the_errors_over_limbs_of_different_people() -> None:
    off, stated = [], []
    for seed in range(10):
        random = np.random.default_rng(seed)
        moved = {part: random.normal(0.0, sd) for part, sd in BETWEEN_PEOPLE.items()}
        whole = residual_limb(
            LEFT, above_joint_mm=random.uniform(45, 95), girth=random.uniform(0.9, 1.15), moved_mm=moved
        )
        limb = turned(whole, seed, scale=random.uniform(0.9, 1.1), most_deg=15.0)
        found = locate_limb(noisy(limb.skin, seed), ordered=LEFT, side_confirmed=True)
        off += errors_mm(found, limb).values()
        stated += [mark.confidence_mm for mark in found.landmarks.values()]
    away, sure = np.array(off), np.argsort(stated)
    assert np.median(away[sure[: len(sure) // 3]]) < np.median(away[sure[-len(sure) // 3 :]])
    assert np.corrcoef(np.argsort(np.argsort(away)), np.argsort(sure))[0, 1] > 0.25
    assert 0.6 < np.mean(away <= stated) < 0.98


def test_the_crest_follows_the_ridge_of_the_shin() -> None:
    limb = turned(residual_limb(LEFT), 4)
    found = locate_limb(limb.skin, ordered=LEFT)
    away = [np.linalg.norm(limb.crest_mm - point, axis=1).min() for point in found.crest_lps_mm]
    assert np.median(away) < 3.0 and max(away) < 6.0
    assert np.linalg.norm(found.crest_lps_mm[0] - limb.landmarks["tibial_tubercle"]) < 10.0


def test_the_frame_is_right_handed_and_stands_on_the_limb() -> None:
    for side, seed in ((LEFT, 1), (RIGHT, 2)):
        limb = turned(residual_limb(side), seed)
        frame = locate_limb(limb.skin, ordered=side).frame
        mark = limb.landmarks
        assert frame.medial_lps is not None
        assert (mark["patella"] - mark["popliteal"]) @ frame.anterior_lps > 90.0
        assert (mark["medial_flare"] - mark["lateral_flare"]) @ frame.medial_lps > 90.0
        assert (mark["patella"] - mark["distal_end"]) @ frame.proximal_lps > 150.0
        axes = np.stack([frame.medial_lps, frame.anterior_lps, frame.proximal_lps])
        assert np.allclose(axes @ axes.T, np.eye(3), atol=1e-9)
        assert np.linalg.det(axes) == pytest.approx(1.0 if side is LEFT else -1.0)


def test_what_is_trimmed_away_is_known_less_well_and_said_where_it_is_gone() -> None:
    whole, cut = (locate_limb(residual_limb(LEFT, above_joint_mm=up).skin, ordered=LEFT) for up in (95.0, 38.0))
    for name in ("patellar_tendon", "tibial_tubercle", "fibular_head"):
        assert cut.landmarks[name].confidence_mm > whole.landmarks[name].confidence_mm
    assert "patella" not in cut.landmarks and "patella" in cut.not_told
    assert "hamstring_tendons" in whole.not_told


def test_a_place_that_a_person_marks_is_taken_and_the_others_follow_it() -> None:
    limb = residual_limb(RIGHT)
    found = locate_limb(limb.skin, ordered=RIGHT, by_hand={"patellar_tendon": limb.landmarks["patellar_tendon"]})
    mark = found.landmarks["patellar_tendon"]
    assert mark.origin is Origin.ORDER and np.linalg.norm(mark.point_lps_mm - limb.landmarks["patellar_tendon"]) < 0.1
    alone = locate_limb(limb.skin, ordered=RIGHT).landmarks
    for name in ("tibial_tubercle", "popliteal", "patella"):
        assert found.landmarks[name].confidence_mm < alone[name].confidence_mm
    assert np.median(list(errors_mm(found, limb).values())) < 4.0


def test_bones_inside_tell_landmarks_and_side() -> None:
    """Bones of simple bodies: what stands out furthest of each is known, and so is the skin over it."""
    limb = residual_limb(RIGHT)
    mark, joint = limb.landmarks, limb.joint_mm
    tibia = ball(np.array([4.0, -8.0, joint - 62.0]), np.array([24.0, 24.0, 64.0]))
    patella = ball(mark["patella"] + [0, 16.0, 0], np.array([20.0, 8.0, 22.0]))
    fibula = ball(mark["fibular_head"] + [15.0, 0, -28.0], np.array([6.0, 6.0, 42.0]))
    femur = ball(np.array([4.0, 0.0, joint + 60.0]), np.array([26.0, 26.0, 58.0]))
    moved = turned(limb, 7)
    inner = [turned_body(body, limb, 7) for body in (femur, patella, fibula, tibia)]
    found = locate_limb(moved.skin, ordered=RIGHT, inner=inner)
    assert set(found.bones) == {"tibia", "femur", "patella", "fibula"}
    assert found.side.origin is Origin.BONES and found.laterality is RIGHT
    assert found.landmarks["fibular_head"].origin is Origin.BONES
    height = {n: (b.vertices_lps_mm @ found.frame.proximal_lps).max() for n, b in found.bones.items()}
    assert height["femur"] > height["patella"] > height["tibia"] > height["fibula"]
    assert found.landmarks["patellar_tendon"].confidence_mm <= 4.0


def turned_body(body: Mesh, limb: ResidualLimb, seed: int) -> Mesh:
    """As the limb was turned by the same seed."""
    return turned(replace(limb, skin=body), seed).skin


def test_the_mean_limb_of_real_ones_is_found_by_its_skin_as_its_bones_tell(cases: Path) -> None:
    """Landmarks by the skin alone against those that the bones inside tell, perturbed."""
    from anatofit.ingest.surface.read import read_surface

    scan = read_surface(cases / "limb" / "mean_limb_full_size.stl", unit="mm")
    told = locate_limb(scan.mesh, ordered=RIGHT, inner=scan.inner)
    off = {n: m.point_lps_mm for n, m in told.landmarks.items()}
    limb = ResidualLimb(scan.mesh, off, told.crest_lps_mm, 148.0)
    away = []
    for seed in range(3):
        there = turned(limb, seed, scale=(0.9, 1.0, 1.1)[seed], most_deg=15.0)
        found = locate_limb(noisy(there.skin, seed), ordered=ANY)
        assert found.laterality is RIGHT
        away += errors_mm(found, there).values()
    assert np.median(away) <= 5.0
