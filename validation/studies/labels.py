"""Research volumes and labels of other programs, each read against the scan that it belongs to, or refused by the right name.

What was read is compared with another reader: a SEG with highdicom's, a label map with SimpleITK's, contours with scikit-image's
polygons. Voxels must be the same in number and lie around the same middle. CASES is the folder of real cases (shared/cases).
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

from anatofit.app.export_volume import LIMITS
from anatofit.errors import ScanError
from anatofit.ingest.labels.read import inspect_labels, read_labels
from anatofit.ingest.load import load_scan
from anatofit.ingest.research.volume import load_research
from anatofit.model.case import Waiver
from anatofit.model.labels import LabelMap
from anatofit.model.scan import LoadedScan
from anatofit.rules import WAIVABLE
from anatofit.segment.labelled import segment_labelled
from validation import record

STUDY = "labels"
SEGS = "seg-and-rtstruct/dcmqi/segmentations"
HIGHDICOM, RT = "seg-and-rtstruct/highdicom", "seg-and-rtstruct/rt_utils"
THREE, PHANTOM_CT, PELVIS = f"{SEGS}/ct-3slice", f"{RT}/mock_data", "pelvis/example_ct.nii.gz"
READ = "read"


@dataclass(frozen=True)
class Trial:
    """Labels, the scan that they are given with, the label that is named, and what must come of it."""

    labels: str
    scan: str
    wanted: str
    label: str | int | None = None


TRIALS = (
    Trial(f"{SEGS}/23x38x3/seg/label.seg", f"{SEGS}/23x38x3/image", READ),
    Trial(f"{SEGS}/24x38x3/seg/label.seg", f"{SEGS}/24x38x3/image", READ),
    Trial(f"{SEGS}/23x38x3/seg/label.seg", f"{SEGS}/23x38x3/multiframe", "labels-reference"),
    Trial(f"{SEGS}/24x38x3/seg/label.seg", f"{SEGS}/23x38x3/image", "labels-frame"),
    Trial(f"{SEGS}/liver.dcm", THREE, READ),
    Trial(f"{SEGS}/liver.dcm", THREE, "labels-unknown", "skull"),
    Trial(f"{SEGS}/partial_overlaps.dcm", THREE, "labels-choice"),
    *(Trial(f"{SEGS}/partial_overlaps.dcm", THREE, READ, n) for n in range(1, 6)),
    Trial(f"{SEGS}/partial_overlaps.dcm", THREE, READ, "light_blue"),
    Trial("seg-and-rtstruct/dcmqi/sr-example/seg.dcm", THREE, "labels-patient"),
    Trial("seg-and-rtstruct/dcmqi/sr-example/sr.dcm", THREE, "labels-unreadable"),
    Trial("seg-and-rtstruct/dcmqi/sr-example/rwvm.dcm", THREE, "labels-unreadable"),
    Trial("seg-and-rtstruct/dcmqi/paramaps/pm-example-slice.dcm", THREE, "labels-unreadable"),
    Trial(f"{HIGHDICOM}/seg_image_ct_binary.dcm", THREE, "labels-patient"),
    Trial(f"{HIGHDICOM}/seg_image_ct_binary_overlap.dcm", THREE, "labels-patient", 1),
    Trial(f"{HIGHDICOM}/seg_image_ct_true_fractional.dcm", THREE, "labels-patient"),
    Trial(f"{HIGHDICOM}/seg_image_ct_binary_fractional.dcm", THREE, "labels-patient"),
    Trial(f"{HIGHDICOM}/seg_image_sm_control_labelmap.dcm", THREE, "labels-patient", 1),
    Trial(f"{HIGHDICOM}/seg_image_sm_dots_tiled_full.dcm", THREE, "labels-patient", 1),
    Trial(f"{HIGHDICOM}/sm_annotations.dcm", THREE, "labels-unreadable"),
    Trial(f"{HIGHDICOM}/sr_document.dcm", THREE, "labels-unreadable"),
    Trial(f"{RT}/mock_data/rt.dcm", PHANTOM_CT, "labels-frame"),
    Trial(f"{RT}/mock_data/invalid_reference_rt.dcm", PHANTOM_CT, "labels-choice"),
    Trial(f"{RT}/mock_data/invalid_reference_rt.dcm", PHANTOM_CT, "labels-reference", "ROI-1"),
    Trial(f"{RT}/mock_data/non_existent_reference_rt.dcm", PHANTOM_CT, "labels-reference", 3),
    Trial(f"{RT}/empty/dummy_rt.dcm", PHANTOM_CT, "labels-reference", 2),
    Trial(f"{RT}/mock_data/rt.dcm", THREE, "labels-patient"),
    Trial("pelvis/example_seg.nii.gz", PELVIS, "labels-choice"),
    Trial("pelvis/example_seg.nii.gz", PELVIS, "labels-unknown", 500),
    Trial("pelvis/example_ct.nii.gz", PELVIS, "labels-values", 1),
    Trial("pelvis/example_seg.nii.gz", THREE, "labels-extent", 5),
)


def load(path: Path) -> LoadedScan:
    """The scan, by the limits of a file to look at: these series are far smaller than any device asks for."""
    if path.is_file():
        return load_research(path, limits=LIMITS)
    waivers = [Waiver(rule=rule, reason="study", by="study") for rule in sorted(WAIVABLE)]
    try:
        return load_scan(path, limits=LIMITS, waivers=waivers)
    except ScanError as error:
        if {r.rule for r in error.reasons} != {"rescale-type"}:
            raise
    with tempfile.TemporaryDirectory() as folder:
        return load_scan(stated_as_hu(path, Path(folder)), limits=LIMITS, waivers=waivers)


def stated_as_hu(path: Path, into: Path) -> Path:
    """The images with HU as their stated unit: small series that are only there to carry labels name none that is a CT's."""
    for file in sorted(path.glob("*.dcm")):
        dataset = pydicom.dcmread(file)
        for holder in (dataset, *dataset.get("SharedFunctionalGroupsSequence", [])):
            for item in (holder, *holder.get("PixelValueTransformationSequence", [])):
                if "RescaleType" in item:
                    item.RescaleType = "HU"
        dataset.save_as(into / file.name)
    return into


def outcome(labels: Path, scan: LoadedScan, label: str | int | None) -> tuple[str, LabelMap | None, str]:
    """`read` or the rule of the refusal, the labels, and the sentence."""
    try:
        found, facts = read_labels(labels, scan, label=label)
        if labels.name.startswith("example_seg"):
            segment_labelled(scan.volume, found)
    except ScanError as error:
        return error.reasons[0].rule, None, error.reasons[0].message
    return READ, found, facts.placed


def middle(labels: LabelMap) -> tuple[int, np.ndarray]:
    """How many voxels, and the mean of their places, LPS mm."""
    k, j, i = np.nonzero(labels.inside)
    return len(i), labels.grid.to_lps(np.stack([i, j, k], axis=1).astype(float)).mean(axis=0)


def by_another_reader(path: Path, number: int) -> tuple[int, np.ndarray]:
    """The same by highdicom or SimpleITK."""
    if path.name.endswith(".nii.gz"):
        import SimpleITK

        image = SimpleITK.ReadImage(str(path))
        at = np.argwhere(SimpleITK.GetArrayFromImage(image) == number)[:, ::-1]
        ends = np.array([image.TransformContinuousIndexToPhysicalPoint(at.mean(axis=0).tolist())])
        return len(at), ends[0]
    import highdicom

    volume = highdicom.seg.segread(path).get_volume(segment_numbers=[number], combine_segments=False)
    at = np.argwhere(np.asarray(volume.array)[..., 0] > 0)
    return len(at), volume.affine[:3, :3] @ at.mean(axis=0) + volume.affine[:3, 3]


def rows(cases: Path) -> Iterator[dict[str, Any]]:
    """One for each trial, and one for each label of the pelvis."""
    scans = cache(lambda place: load(cases / place))
    yield {"what": PELVIS, "outcome": READ, "wanted": READ, "notes": list(scans(PELVIS).facts.notes)}
    for trial in (*TRIALS, *pelvis_trials()):
        got, labels, said = outcome(cases / trial.labels, scans(trial.scan), trial.label)
        row = {
            "what": trial.labels,
            "scan": trial.scan,
            "label": trial.label,
            "outcome": got,
            "wanted": trial.wanted,
            "said": said,
        }
        yield row | (compared(cases / trial.labels, trial, labels) if labels is not None else {})


def pelvis_trials() -> Iterator[Trial]:
    """The bones among the pelvis' labels (TotalSegmentator's numbers: vertebrae and ribs).

    By their header they lie in the lowest 30 of 112 slices; by what they mark (lung on lung, liver on liver) in the highest. No
    comparison of headers can show that: the HU do, when the bone is looked for.
    """
    for number in (30, 31, 32, 33, 98, 99, 100, 101, 102, 103, 110, 111, 112, 113, 114, 115):
        yield Trial("pelvis/example_seg.nii.gz", PELVIS, "labels-contradict", number)


def compared(path: Path, trial: Trial, labels: LabelMap) -> dict[str, Any]:
    """Voxels and their middle beside those of another reader."""
    if path.parent.name == "mock_data":
        return {}
    number = trial.label if isinstance(trial.label, int) else 4 if trial.label else 1
    (count, at), (others, other_at) = middle(labels), by_another_reader(path, number)
    return {"voxels": count, "other_reader_voxels": others, "apart_mm": round(float(np.linalg.norm(at - other_at)), 6)}


def figures(found: list[dict[str, Any]]) -> Mapping[str, float]:
    """What the bars hold."""
    return {
        "trials": float(len(found)),
        "wrong_outcomes": float(sum(row["outcome"] not in row["wanted"].split(" or ") for row in found)),
        "voxel_differences": float(
            sum(abs(row["voxels"] - row["other_reader_voxels"]) for row in found if "voxels" in row)
        ),
        "apart_mm": max((row["apart_mm"] for row in found if "apart_mm" in row), default=0.0),
    }


def main() -> int:
    """Runs every trial and says one line each."""
    parser = record.parser(__doc__)
    parser.add_argument("--cases", type=Path, required=True, metavar="CASES", help="the folder of real cases")
    options = parser.parse_args()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the other readers', about the files
        found = list(rows(options.cases))
        told = [inspect_labels(options.cases / t.labels).series for t in TRIALS if t.labels.endswith((".dcm", ".seg"))]
    for row in found:
        mark = "" if row["outcome"] in row["wanted"].split(" or ") else "  WRONG, wanted " + row["wanted"]
        beside = (
            f"  {row['voxels']} voxels, {row['other_reader_voxels']} by the other reader" if "voxels" in row else ""
        )
        record.say(f"{row['what']:62} {row.get('label') or '':>10}  {row['outcome']}{beside}{mark}")
    record.say(f"{sum(map(len, told))} files of labels were listed")
    measured = figures(found)
    return record.finish(options.out, STUDY, measured, found, record.failures(measured, record.bars(STUDY)))


if __name__ == "__main__":
    raise SystemExit(main())
