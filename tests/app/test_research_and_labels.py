"""An order may name a research volume or labels; what it cannot mean is refused, and what was done is said in every place."""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anatofit.app import stages
from anatofit.app.caching import source_sha256
from anatofit.app.export_volume import export_volume
from anatofit.app.prescription import read_job
from anatofit.app.remarks import remarks
from anatofit.app.routes.cranium import CRANIUM_CT
from anatofit.cli.main import run
from anatofit.errors import PrescriptionError, ScanUnsuitableError
from anatofit.ingest.labels.read import read_labels
from anatofit.ingest.load import load_scan
from anatofit.ingest.research.volume import NO_IDENTITY, load_research
from anatofit.model.frame import Laterality
from anatofit.model.provenance import LabelFacts, SourceFacts
from anatofit.model.scan import ScanLimits
from anatofit.model.volume import Volume
from anatofit.rules import WAIVABLE
from anatofit.samples.phantom import HeadPhantom
from anatofit.verify.scan_inputs import other_scan
from tests.app.fakes import PRESCRIPTION, write_prescription
from tests.ingest.dicom_writer import make_series
from tests.ingest.grid_writer import phantom, write_nifti, write_nrrd
from tests.ingest.label_writer import complete, rtstruct_of, seg_of, write
from tests.ingest.research.test_research import RAS, lps_affine

SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "head"
LIMITS = ScanLimits(height_mm_min=5.0)
# The small pattern is bone up to its edges, and its slices are there twice.
WAIVED = "".join(
    f'\n[[waiver]]\nrule = "{rule}"\nreason = "a pattern"\nby = "tests"\n'
    for rule in ("slice-order", "bone-cut-sides", "bone-cut-head")
)


def order(folder: Path, source: str, more: str = "") -> Path:
    """A prescription with these lines in [source]."""
    return write_prescription(folder, PRESCRIPTION.replace('dicom = "scan"', source) + more)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "exactly one of dicom, volume"),
        ('dicom = "scan"\nvolume = "a.nii"', "exactly one of dicom, volume"),
        ('volume = "a.nii"\nseries = "1.2"', "series together with dicom"),
        ('dicom = "scan"\nlabel = "skull"', "label together with labels"),
    ],
)
def test_a_source_that_cannot_be_meant_is_refused(tmp_path: Path, source: str, said: str) -> None:
    with pytest.raises(PrescriptionError) as refusal:
        read_job(order(tmp_path, source))
    (reason,) = refusal.value.reasons
    assert reason.rule == "source" and said in reason.message and reason.code == "AF-2001"


def test_an_order_that_names_a_patient_with_a_research_volume_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PrescriptionError) as refusal:
        read_job(order(tmp_path, 'volume = "a.nii"', '[patient]\nid = "CANARY"\n'))
    (reason,) = refusal.value.reasons
    assert (reason.rule, reason.code) == ("research-patient", "AF-1712") and "CANARY" not in reason.message
    assert read_job(order(tmp_path, 'volume = "a.nii"')).scan == tmp_path / "a.nii"


def test_the_step_of_ingest_reads_a_research_volume_with_its_labels(tmp_path: Path) -> None:
    hu = phantom()
    write_nifti(tmp_path / "a.nii.gz", np.repeat(hu, 2, axis=0), RAS @ lps_affine())
    inside = np.repeat(hu > 1500, 2, axis=0).astype("u1") * 7
    write_nrrd(tmp_path / "b.nrrd", inside, lps_affine(), encoding="gzip")
    job = read_job(order(tmp_path, 'volume = "a.nii.gz"\nlabels = "b.nrrd"\nlabel = 7', WAIVED))
    made = CRANIUM_CT.steps[0].run(job, {})
    assert made.outputs["labels"].inside.sum() == (inside > 0).sum()
    facts = made.outputs["facts"]
    assert facts.labels.sha256 == hashlib.sha256((tmp_path / "b.nrrd").read_bytes()).hexdigest()
    assert "research slices" in made.sentence and "label map, number 7" in made.sentence
    told = remarks({}, facts, {"in_air_mm3": 0.0, "labels_contested_percent": 12.0, "labels_band_mm": 2.5}, ())
    assert NO_IDENTITY in told and any(facts.labels.sha256 in line for line in told)
    assert any("along 12 % of the labels' border" in line and "2.5 mm" in line for line in told)


def test_labels_that_hardly_contradict_the_scan_are_told_without_a_warning(tmp_path: Path) -> None:
    facts = load_scan(make_series().write(tmp_path), limits=LIMITS).facts
    labels = LabelFacts(kind="RTSTRUCT", number=1, sha256="0" * 64, step_mm=1.0, voxels=9, placed="so")
    told = remarks(
        {}, facts.model_copy(update={"labels": labels}), {"in_air_mm3": 0.0, "labels_contested_percent": 4.0}, ()
    )
    assert not any("along" in line for line in told)
    assert not any("labels" in line for line in remarks({}, facts, {"in_air_mm3": 0.0}, ()))


def test_remarks_of_frame_side_and_patient_stand_first_then_the_plan_s() -> None:
    facts = SourceFacts.model_construct(identity="unknown", notes=["Chosen.", "Turned."])
    plan = {"notes": ["a pin has no room"], "laterality": "R"}
    told = remarks(plan, facts, {}, ["case was replaced"], ordered=Laterality.RIGHT, noticed=["it looks to the back"])
    assert (
        told[0] == "it looks to the back" and "the ordered side (R) was not judged" in told[1] and "unknown" in told[2]
    )
    assert told[3:] == ["case was replaced", "a pin has no room", "turned"]


def test_other_bytes_of_a_volume_or_of_labels_are_another_source(tmp_path: Path) -> None:
    for name in ("a.nii", "a.nhdr"):
        path = tmp_path / name
        path.write_bytes(b"one")
        before = source_sha256(path)
        (path if name == "a.nii" else tmp_path / "a.raw").write_bytes(b"two")
        assert source_sha256(path) != before
    assert source_sha256(tmp_path / "none") == source_sha256(tmp_path / "nor this")


@pytest.mark.parametrize("name", ["a.nii", "a.nhdr"])
def test_a_research_volume_is_known_again_by_its_bytes(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_nrrd(path, phantom(), lps_affine()) if name == "a.nhdr" else write_nifti(path, phantom(), RAS @ lps_affine())
    record = load_research(path, limits=LIMITS).facts.input
    assert other_scan(path, [record]) == []
    changed = path if name == "a.nii" else tmp_path / "a.raw"
    changed.write_bytes(changed.read_bytes()[:-1] + b"x")
    assert "is there with" in other_scan(path, [record])[0]
    assert "is missing" in other_scan(tmp_path / "none.nii", [record])[0]


@pytest.mark.parametrize("suffix", [".nii.gz", ".nii", ".nrrd"])
def test_what_export_volume_writes_comes_in_as_the_same_volume(tmp_path: Path, suffix: str) -> None:
    oblique = (0.8, 0.6, 0.0, 0.0, 0.0, -1.0)
    made = export_volume(make_series(orientation=oblique).write(tmp_path / "scan"), tmp_path / f"a{suffix}").volume
    again = export_volume(tmp_path / f"a{suffix}", tmp_path / f"b{suffix}").volume
    assert np.array_equal(made.hu, again.hu) and made.hu.dtype == again.hu.dtype
    corners = np.array([[0.0, 0, 0], [15, 19, 23], [3, 19, 0]])
    assert np.abs(made.grid.to_lps(corners) - again.grid.to_lps(corners)).max() < 1e-4


def test_inspect_shows_research_volumes_and_labels_as_what_they_are(tmp_path: Path, capsys: Any) -> None:
    volume = write_nifti(tmp_path / "a.nii", np.repeat(phantom(), 2, axis=0), RAS @ lps_affine())
    assert run(["inspect", str(volume)]) == 0
    said = capsys.readouterr().out
    assert "1 file received = 1 accepted + 0 quarantined + 0 ignored" in said
    assert "research volume, unknown, taken as CT in HU" in said and NO_IDENTITY in said and "uid" not in said
    labels = write_nifti(tmp_path / "b.nii", (phantom() > 1500).astype("u1"), RAS @ lps_affine())
    assert run(["inspect", str(labels)]) == 3 and "may be labels" in capsys.readouterr().out
    images = complete(make_series().slices)
    seg = write(tmp_path / "seg.dcm", seg_of(images, [np.ones((20, 24, 16), bool)]))
    assert run(["inspect", str(seg), "--json"]) == 3
    report = json.loads(capsys.readouterr().out)
    assert report["series"][0]["kind"] == "labels" and report["series"][0]["notes"] == ["labels: 1 'Skull'"]


def test_a_refused_research_file_lies_in_the_quarantine_with_its_reason(tmp_path: Path, capsys: Any) -> None:
    broken = write_nifti(tmp_path / "a.nii", phantom(), RAS @ lps_affine(), codes=(0, 0))
    assert run(["inspect", str(broken), "--quarantine", str(tmp_path / "apart")]) == 3
    assert "1 file received = 0 accepted + 1 quarantined + 0 ignored" in capsys.readouterr().out
    sha256 = hashlib.sha256(broken.read_bytes()).hexdigest()
    assert (tmp_path / "apart" / sha256).read_bytes() == broken.read_bytes()
    assert json.loads((tmp_path / "apart" / f"{sha256}.json").read_bytes())["rule"] == "research-space"


def test_the_terminal_names_the_file_that_a_refusal_of_labels_is_about(tmp_path: Path, capsys: Any) -> None:
    make_series(count=30).write(tmp_path / "scan")
    # the pattern fills its picture: what the picture is refused for is waived
    waived = "".join(f'[[waiver]]\nrule = "{rule}"\nreason = "x"\nby = "x"\n' for rule in sorted(WAIVABLE))
    text = PRESCRIPTION.replace('dicom = "scan"', 'dicom = "scan"\nlabels = "seg.dcm"') + waived
    (tmp_path / "order.toml").write_text(text, encoding="utf-8")
    assert run(["run", str(tmp_path / "order.toml"), "--out", str(tmp_path / "pack")]) == 3
    said = capsys.readouterr().err
    assert "AF-1731 labels-unreadable" in said and "[seg.dcm (relative to the prescription's folder)]" in said


def truth_mask(volume: Volume) -> np.ndarray:
    """The phantom's bone on the scan's grid: by its formula where HU leave a doubt (cortex is denser, everything else less dense)."""
    inside = volume.hu > 900
    k, j, i = np.nonzero((volume.hu > 150) & ~inside)
    places = volume.grid.to_lps(np.stack([i, j, k], axis=1).astype(float))
    inside[k, j, i] = HeadPhantom().bone_distance_mm(places) < 0
    return inside


@pytest.mark.slow
def test_the_sample_head_becomes_a_pack_by_labels_of_its_true_bone(tmp_path: Path, capsys: Any) -> None:
    import pydicom

    images = sorted((pydicom.dcmread(p) for p in (SAMPLE / "scan").iterdir()), key=lambda d: d.ImagePositionPatient[2])
    scan = load_scan(SAMPLE / "scan", limits=ScanLimits())
    mask = truth_mask(scan.volume)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seg = write(tmp_path / "seg.dcm", seg_of(images, [mask, np.roll(mask, 9, axis=2)]))
        structures = write(tmp_path / "rt.dcm", rtstruct_of(images, mask))
    by_contours, _ = read_labels(structures, scan)
    assert (by_contours.inside == mask).all()
    text = (
        (SAMPLE / "prescription.toml")
        .read_text(encoding="utf-8")
        .replace('"scan/"', f'"{SAMPLE / "scan"}"\nlabels = "seg.dcm"\nlabel = "skull"')
    )
    (tmp_path / "order.toml").write_text(text)
    assert run(["run", str(tmp_path / "order.toml"), "--out", str(tmp_path / "pack")]) == 0
    manifest = json.loads((tmp_path / "pack" / "manifest.json").read_text(encoding="utf-8"))
    sha256 = hashlib.sha256(seg.read_bytes()).hexdigest()
    assert manifest["scan"]["labels"]["sha256"] == sha256 and manifest["scan"]["labels"]["voxels"] == mask.sum()
    page = (tmp_path / "pack" / "report.html").read_text(encoding="utf-8")
    for said in (page, " ".join(manifest["remarks"]), capsys.readouterr().out):
        assert sha256 in said and "in place of the program" in said


def test_labels_reach_the_segmentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}
    monkeypatch.setattr(
        "anatofit.segment.labelled.segment_labelled", lambda volume, labels, edge_hu: seen.update(labels=labels)
    )
    stages.segment("volume", "labels", edge_hu=None)  # type: ignore[arg-type]
    assert seen == {"labels": "labels"}


def test_a_research_volume_that_is_missing_is_refused_by_name(tmp_path: Path) -> None:
    job = read_job(order(tmp_path, 'volume = "none.nii"'))
    with pytest.raises(ScanUnsuitableError) as refusal:
        stages.load(job)
    assert refusal.value.reasons[0].rule == "research-unreadable"
