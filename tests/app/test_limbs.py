"""A limb goes from a file and an order to the waist of the house, with what a person marked in the source's own axes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anatofit.app.limbs import level_rows, limb_sentence, locate_limb, mark_remarks, unit_remark
from anatofit.app.parameters import locate
from anatofit.app.pose import pose_remarks
from anatofit.app.prescription import Job, read_job
from anatofit.errors import PrescriptionError, ScanUnsuitableError
from anatofit.ingest.surface.read import read_surface
from anatofit.locate.limb.held import Held
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.limb_places import LimbPlaces
from anatofit.model.mesh import Mesh
from anatofit.samples.residual_limb import residual_limb
from anatofit.samples.tibia import binary_stl
from tests.app.fakes import PRESCRIPTION, write_prescription

LIMB = residual_limb(Laterality.RIGHT, rings=80, around=72)


def job_of(folder: Path, extra: str = "") -> Job:
    return read_job(write_prescription(folder, PRESCRIPTION + extra))


def ordered(job: Job, side: Laterality) -> Job:
    order = job.prescription.order.model_copy(update={"laterality": side})
    return replace(job, prescription=job.prescription.model_copy(update={"order": order}))


@pytest.mark.parametrize("frame", [None, "RAS"])
def test_a_limb_and_a_marked_place_reach_the_anatomy_in_one_frame(tmp_path: Path, frame: str | None) -> None:
    turn = np.array([-1.0, -1.0, 1.0]) if frame else np.ones(3)
    (tmp_path / "limb.stl").write_bytes(binary_stl(replace_points(turn)))
    at = (LIMB.landmarks["patellar_tendon"] * turn).tolist()
    job = job_of(tmp_path, f"[locate]\nlandmark.patellar_tendon = {at}\n")
    scan = read_surface(tmp_path / "limb.stl", unit="mm", frame=frame)
    anatomy = locate_limb(scan, job)
    assert (anatomy.kind, anatomy.laterality) == ("limb", Laterality.RIGHT)
    assert np.linalg.norm(anatomy.landmarks["patellar_tendon"] - LIMB.landmarks["patellar_tendon"]) < 0.2
    assert np.linalg.norm(anatomy.landmarks["fibular_head"] - LIMB.landmarks["fibular_head"]) < 8.0
    assert {"across", "coronal", "sagittal"} == set(anatomy.planes) and anatomy.tables["by_level"].shape[1] == 5
    assert anatomy.figures["fibular_head_confidence_mm"] > anatomy.figures["patellar_tendon_confidence_mm"]
    assert limb_sentence(anatomy).startswith("A right limb was recognised")
    first, *_, last = level_rows(anatomy)
    assert first.above_distal_end_mm == 10.0 and last.below_tendon_mm < 0 < first.below_tendon_mm
    assert (
        last.volume_below_mm3 > first.volume_below_mm3 > 0 and last.area_mm2 * 4 * np.pi < last.perimeter_mm**2 * 1.01
    )
    assert locate(job)["overrides"]["landmark"] == {"patellar_tendon": at}


def replace_points(turn: FloatArray) -> Mesh:
    return Mesh(LIMB.skin.vertices_lps_mm * turn, LIMB.skin.faces)


def test_a_limb_of_the_other_side_than_ordered_is_refused(tmp_path: Path) -> None:
    (tmp_path / "limb.stl").write_bytes(binary_stl(LIMB.skin))
    scan = read_surface(tmp_path / "limb.stl", unit="mm")
    with pytest.raises(ScanUnsuitableError, match="right one by its shape"):
        locate_limb(scan, ordered(job_of(tmp_path), Laterality.LEFT))


def test_a_place_of_an_unknown_name_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(PrescriptionError) as stopped:
        job_of(tmp_path, "[locate]\nlandmark.ankle = [0, 0, 0]\n")
    said = str(stopped.value)
    assert "locate.landmark.ankle" in said and "patellar_tendon" in said
    assert set(LIMB.landmarks) <= set(LimbPlaces.model_fields)


def test_marked_places_are_named_with_their_distance_and_a_waiver_that_was_needed_is_told() -> None:
    near, off = Held(6.2, 7.0, False, ()), Held(22.0, 7.0, True, ())
    against = Held(60.0, 6.0, True, ("it does not lie below the patellar tendon",))
    marked = {
        "patella": near,
        "patellar_tendon": off,
        "tibial_tubercle": against,
        "hamstring_medial": Held(None, None, False, ()),
    }
    look, waived, named = mark_remarks(marked)
    assert look.startswith("patellar tendon: marked by hand 22 mm") and look.endswith("look again")
    assert waived.startswith("tibial tubercle: marked by hand 60 mm") and "waiver of limb-landmark" in waived
    assert "patella 6 mm" in named and "hamstring medial (nothing" in named


@pytest.mark.parametrize(("stated", "other"), [("LPS", "RAS"), ("RAS", "LPS")])
def test_a_limb_that_looks_back_in_the_stated_frame_is_told_with_the_frame_to_try(
    tmp_path: Path, stated: str, other: str
) -> None:
    turn = np.array([-1.0, -1.0, 1.0]) if stated == "LPS" else np.ones(3)
    (tmp_path / "limb.stl").write_bytes(binary_stl(replace_points(turn)))
    anatomy = locate_limb(read_surface(tmp_path / "limb.stl", unit="mm", frame=stated), job_of(tmp_path))
    (said,) = pose_remarks(anatomy, stated)
    assert "front toward posterior" in said and f'frame = "{other}"' in said
    assert [*pose_remarks(anatomy, None)] == []


@pytest.mark.parametrize(
    ("girth_mm", "stated", "said"),
    [
        (508.0, "in", "in centimetres it would measure 200 mm"),
        (200.0, "cm", "in inches it would measure 508 mm"),
        (300.0, "cm", ""),
        (200.0, "mm", ""),
        (200.0, None, ""),
    ],
)
def test_a_girth_that_is_a_limbs_in_inches_and_in_centimetres_is_told(
    girth_mm: float, stated: str | None, said: str
) -> None:
    told = [*unit_remark(girth_mm, stated)]
    assert len(told) == bool(said) and all(said in one and "both possible" in one for one in told)
