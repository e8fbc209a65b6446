"""What provokes each rule of a scan, through the doors that a person uses. A new rule gets a row here: `@provokes("name")` above a function
that prepares something and returns the command, here or in a file beside it, or an entry in ELSEWHERE for what
another suite already shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.uid import UID

from tests.app.fakes import PRESCRIPTION, fake_run, write_prescription
from tests.ingest.dicom_writer import make_series
from tests.ingest.image_phantoms import ellipsoid, head, places, series_of, step, volume
from tests.ingest.pixel.test_bits import twelve_bits
from tests.ingest.pixel.test_lut import series_with
from tests.ingest.test_faults import FAULTS
from validation.hostile import HOSTILE, Hostile


@dataclass(frozen=True)
class Desk:
    """An empty folder, and what can be put in the place of parts of the program."""

    folder: Path
    patch: pytest.MonkeyPatch


Provoke = Callable[[Desk], list[str]]
ROWS: dict[str, Provoke] = {}

# Rules that need a whole skull or a running neighbour: the test that holds them, by file and name.
ELSEWHERE = {
    "not-a-limb": "tests/locate/limb/test_side_and_refusals.py::test_what_is_no_limb_is_refused_by_name",
    "limb-side": "tests/locate/limb/test_side_and_refusals.py::test_a_limb_without_a_side_is_ordered_with_u_or_confirmed",
    "limb-landmark": "tests/locate/limb/test_held.py::test_a_landmark_marked_where_another_one_lies_is_refused_by_name",
    "limb-overhang": "tests/devices/test_socket_parts.py::test_a_fold_of_the_skin_is_refused_by_name",
    "surface-hole": "tests/app/test_holes.py::test_a_hole_in_a_limb_that_is_not_known_stops_the_order_unless_waived",
    "limb-too-short": "tests/devices/test_socket_parts.py::test_a_scan_that_ends_at_the_tendon_is_refused_by_name",
    "device-package": "tests/devices/test_stranger.py::test_a_package_that_is_broken_is_named_and_hinders_no_other",
    "other-scan": "tests/app/test_check.py::test_another_scan_is_the_reason_and_says_what_it_is_and_what_was_wanted",
    "design.text": "tests/devices/test_plate.py::test_a_text_without_room_is_refused_by_name",
    "design.fixation": "tests/devices/test_fixation.py::test_a_skull_too_thin_for_screws_is_refused_by_name",
    "no-body": "tests/devices/test_plate.py::test_a_defect_too_small_for_a_part_is_refused",
    "body-too-small": "tests/devices/test_plate.py::test_a_defect_too_small_for_a_part_is_refused",
    "bone-cut-foot": "tests/ingest/quality/test_quality.py::test_every_rule_of_the_table_is_raised_here",
    "field-of-view": "tests/cranium/test_refused.py::test_the_top_of_a_vault_is_refused_by_name",
    "archive-broken": "tests/ingest/door/test_opened.py::test_an_archive_that_is_cut_or_spoiled_is_broken",
    "coded-header": "tests/ingest/test_load.py::test_a_code_stream_of_another_picture_is_told_with_its_slices",
    "decoder-limit": "tests/ingest/pixel/test_decoder_limits.py::test_a_dead_decoder_is_replaced_and_a_folder_of_traps_comes_to_an_end",
    "media-missing": "tests/ingest/door/test_opened.py::test_files_that_a_dicomdir_names_in_vain_are_told",
    "media-reference": "tests/ingest/door/test_opened.py::test_a_reference_that_leads_elsewhere_is_refused_and_not_followed",
    "quarantine": "tests/ingest/door/test_quarantine.py::test_a_folder_that_cannot_keep_them_apart_is_refused",
    "unpack": "tests/ingest/door/test_opened.py::test_no_room_to_unpack_is_said",
    "several-stacks": "tests/ingest/header/test_frames.py::test_each_stack_of_an_object_is_a_series_of_its_own_and_named_by_a_person",
    "slice-order": "tests/ingest/quality/test_quality.py::test_a_figure_beyond_its_limit_is_refused_by_its_name_alone",
    "volume-size": "tests/ingest/volume/test_straight.py::test_a_grid_that_no_machine_is_asked_for_is_refused",
    "rim": "tests/cranium/test_refused.py::test_a_rim_around_nothing_is_refused_by_name",
    "nothing-missing": "tests/cranium/test_refused.py::test_a_hole_that_holds_no_bone_is_refused_by_name",
    "vault": "tests/identity/test_vault.py::test_a_file_that_is_no_vault_is_refused_and_stays_as_it_is",
    "vault-open": "tests/identity/test_vault.py::test_a_vault_that_others_could_read_is_refused_by_name",
    "vault-missing": "tests/identity/test_deidentify.py::test_other_refusals_have_their_names_too",
    "burned-in": "tests/identity/test_deidentify.py::test_what_cannot_be_vouched_for_is_refused_by_name",
    "not-cleaned": "tests/identity/test_deidentify.py::test_what_cannot_be_vouched_for_is_refused_by_name",
    "not-a-foot": "tests/locate/test_foot.py::test_what_cannot_be_told_or_is_no_foot_is_refused_by_name",
    "foot-up": "tests/locate/test_foot.py::test_what_cannot_be_told_or_is_no_foot_is_refused_by_name",
    "foot-side": "tests/locate/test_foot.py::test_what_cannot_be_told_or_is_no_foot_is_refused_by_name",
    "gait-frames": "tests/ingest/surface/test_gait.py::test_a_file_that_is_none_is_refused_by_name",
    "last-side": "tests/locate/test_last.py::test_the_last_of_the_other_foot_is_refused_by_last_side",
    "last-shape": "tests/locate/test_last.py::test_what_is_as_wide_as_long_too_small_or_too_slender_is_refused_by_last_shape",
    "pair-side": "tests/app/test_pair_route.py::test_two_feet_of_one_side_are_refused_by_pair_side",
    "pair-copy": "tests/locate/test_pair.py::test_a_scan_that_is_given_again_as_it_stands_is_refused",
    "pair": "tests/app/test_pair_route.py::test_where_one_foot_is_made_a_pair_is_refused",
    "pressure-place": "tests/locate/test_pressure_on_foot.py::test_a_map_of_the_other_foot_is_refused",
    "identity-left": "tests/identity/test_deidentify.py::test_what_cannot_be_vouched_for_is_refused_by_name",
}


def provokes(name: str) -> Callable[[Provoke], Provoke]:
    """Enters the function as the row of a rule."""

    def enter(function: Provoke) -> Provoke:
        assert name not in ROWS, f"{name} has a row already"
        ROWS[name] = function
        return function

    return enter


def inspect(scan: Path) -> list[str]:
    return ["inspect", str(scan)]


def export(desk: Desk, scan: Path, *more: str) -> list[str]:
    return ["export-volume", str(scan), str(desk.folder / "volume.nii.gz"), *more]


def order(desk: Desk, *more: str, text: str = PRESCRIPTION) -> list[str]:
    """A run whose stages all answer."""
    fake_run(desk.patch)
    return ["run", str(write_prescription(desk.folder, text)), "--out", str(desk.folder / "pack"), *more]


def order_of(desk: Desk, scan: Path, *lines: str) -> list[str]:
    """A run that reads the scan in earnest."""
    text = PRESCRIPTION.replace('"scan"', f'"{scan.name}"').replace("[source]", "\n".join([*lines, "[source]"]))
    path = desk.folder / "order.toml"
    path.write_text(text)
    return ["run", str(path), "--out", str(desk.folder / "pack")]


def _spoiled(desk: Desk, *, rule: str, change: Callable[[list[Any]], Any]) -> list[str]:
    """A series with one fault; only the pixels show some faults, and only who loads sees them."""
    series = make_series()
    change(series.slices)
    scan = series.write(desk.folder / "scan")
    return export(desk, scan) if rule in PIXELS_ALONE else inspect(scan)


PIXELS_ALONE = ("hu-range", "padding-in-picture", "undecodable-pixels", "truncated-pixels")
for _rule, _change in FAULTS.values():
    if _rule not in ROWS:
        ROWS[_rule] = partial(_spoiled, rule=_rule, change=_change)


@provokes("modality-lut")
def _density(desk: Desk) -> list[str]:
    return inspect(series_with(ModalityLUTType="OD").write(desk.folder / "scan"))


@provokes("rescale-contradiction")
def _two_rescales(desk: Desk) -> list[str]:
    return inspect(series_with(rescale=True).write(desk.folder / "scan"))


@provokes("rescale-negative")
def _inverted(desk: Desk) -> list[str]:
    series = make_series()
    for ds in series.slices:
        ds.RescaleSlope = -1
    return inspect(series.write(desk.folder / "scan"))


@provokes("pixel-bits")
def _more_bits(desk: Desk) -> list[str]:
    return export(desk, twelve_bits(above=0x5000).write(desk.folder / "scan"))


@provokes("executable-preamble")
def _program(desk: Desk) -> list[str]:
    scan = make_series().write(desk.folder / "scan")
    first = next(scan.iterdir())
    first.write_bytes(b"MZ" + first.read_bytes()[2:])
    return inspect(scan)


@provokes("not-dicom")
def _named_as_dicom(desk: Desk) -> list[str]:
    scan = make_series().write(desk.folder / "scan")
    (scan / "photo.dcm").write_bytes(b"\xff\xd8\xff\xe0 JFIF" + bytes(300))
    return inspect(scan)


@provokes("slice-thickness")
def _thick(desk: Desk) -> list[str]:
    return inspect(make_series(step_mm=3.0).write(desk.folder / "scan"))


@provokes("scan-age")
def _old(desk: Desk) -> list[str]:
    return order_of(desk, make_series().write(desk.folder / "scan"), 'date = "2026-01-31"')


@provokes("patient-mismatch")
def _wrong_patient(desk: Desk) -> list[str]:
    return order_of(desk, make_series().write(desk.folder / "scan"), "[patient]", "birth_year = 1961")


@provokes("no-dicom")
def _no_dicom(desk: Desk) -> list[str]:
    (desk.folder / "notes.txt").write_text("no scan here")
    return inspect(desk.folder)


@provokes("unreadable-file")
def _broken(desk: Desk) -> list[str]:
    scan = make_series().write(desk.folder / "scan")
    (scan / "broken").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 400)
    return inspect(scan)


@provokes("series-not-found")
def _no_series(desk: Desk) -> list[str]:
    return export(desk, make_series().write(desk.folder / "scan"), "--series", "1.2.99")


@provokes("changed-file")
def _changed(desk: Desk) -> list[str]:
    """Somebody writes to a slice between the look at the headers and the reading of the pixels."""
    from anatofit.ingest import load

    scan, survey = make_series().write(desk.folder / "scan"), load.survey

    def meanwhile(*arguments: Any, **more: Any) -> Any:
        found = survey(*arguments, **more)
        path = sorted(scan.iterdir())[3]
        path.write_bytes(path.read_bytes()[:-2] + b"\1\1\1\1")
        return found

    desk.patch.setattr(load, "survey", meanwhile)
    return export(desk, scan)


@provokes("transfer-syntax")
def _film(desk: Desk) -> list[str]:
    return _coded(desk, "1.2.840.10008.1.2.4.100", bytes(64))


@provokes("undecodable-pixels")
def _undecodable(desk: Desk) -> list[str]:
    return _coded(desk, "1.2.840.10008.1.2.4.90", b"\x11" * 62 + b"\xff\xd9")


def _coded(desk: Desk, syntax: str, stream: bytes) -> list[str]:
    from pydicom.encaps import encapsulate

    series = make_series()
    for ds in series.slices:
        ds.PixelData = encapsulate([stream])
        ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
        ds.file_meta.TransferSyntaxUID = UID(syntax)
    return export(desk, series.write(desk.folder / "scan"))


def _tagged(desk: Desk, **tags: str) -> list[str]:
    """A tag on the upper half of the series."""
    series = make_series()
    for n, ds in enumerate(series.slices):
        ds.ConvolutionKernel = "H60s"
        for keyword, value in tags.items() if n >= 10 else ():
            setattr(ds, keyword, value)
    return inspect(series.write(desk.folder / "scan"))


ROWS["contrast-agent"] = partial(_tagged, ContrastBolusAgent="Iomeron 400")
ROWS["mixed-kernels"] = partial(_tagged, ConvolutionKernel="B31s")
ROWS["body-part"] = partial(_tagged, BodyPartExamined="PELVIS")


def _poor_image(desk: Desk) -> list[str]:
    """A head that is noisy, blurred and cut at its side and its end, with metal in it, that moved."""
    spacing, shape = (1.5, 1.0, 1.0), (40, 210, 160)
    x, y, z = places(shape, spacing)
    moved = np.arange(40).reshape(-1, 1, 1) >= 20
    hu = head(x - 8.0 - 3.0 * moved, y, z - 10.0, sigma_mm=1.1)
    hu += (9000 - hu) * step(ellipsoid(x, y, z, (6.0, 6.0, 6.0)))
    return [*inspect(series_of(volume(hu, spacing, noise_hu=95.0)).write(desk.folder / "scan")), "--image"]


for _rule in ("image-noise", "image-blur", "metal", "motion-step", "bone-cut-sides", "bone-cut-head"):
    ROWS[_rule] = _poor_image


def _hostile(desk: Desk, *, case: Hostile) -> list[str]:
    return inspect(case.write(desk.folder))


for _case in HOSTILE.values():
    if _case.rule not in ROWS:
        ROWS[_case.rule] = partial(_hostile, case=_case)


@provokes("out-in-scan")
def _into_the_scan(desk: Desk) -> list[str]:
    scan = make_series().write(desk.folder / "scan")
    return ["export-volume", str(scan), str(scan / "volume.nii.gz")]
