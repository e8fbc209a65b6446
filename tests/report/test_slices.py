"""The outline on a slice lies where the plane cuts the part, and slices keep the patient's sides."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from anatofit.model.frame import Plane
from anatofit.model.grid import Grid
from anatofit.model.volume import Volume
from anatofit.report import colour, stamps
from anatofit.report.depict import depict
from anatofit.report.slice_sheet import draw_slices
from anatofit.report.slices import WINDOW_PX, columns_and_rows, look, section, window
from tests.report.conftest import OUTER_MM, OUTWARD, piece, plate


@pytest.fixture
def volume():
    """Values that tell where they are: x to the left of the patient."""
    x = np.arange(-100, 100, 4.0)
    hu = np.broadcast_to(x, (50, 50, 50)).astype(np.int16)
    return Volume(Grid((50, 50, 50), np.full(3, -100.0), np.full(3, 4.0)), hu)


def test_a_plane_through_a_shell_cuts_its_two_faces_and_its_edge():
    pieces = section(plate(), Plane(OUTWARD * 77.0, np.cross(OUTWARD, [0.0, 0.0, 1.0])))
    ends = pieces.reshape(-1, 3)
    radius = np.linalg.norm(ends, axis=1)
    assert radius.min() == pytest.approx(OUTER_MM - 4.0, abs=0.05) and radius.max() == pytest.approx(OUTER_MM, abs=0.05)
    assert np.abs(ends @ np.cross(OUTWARD, [0.0, 0.0, 1.0])).max() < 1e-9


def test_a_plane_beside_a_part_cuts_nothing():
    assert section(plate(), Plane(OUTWARD * 200.0, OUTWARD)).shape == (0, 2, 3)


def test_slices_pass_through_the_piece_and_hold_the_scan_where_it_is(volume):
    slices = look(volume, piece()).slices
    for name, flat in slices.items():
        assert len(section(piece(), Plane(flat.origin_lps_mm, np.cross(flat.right_lps, flat.up_lps)))), name
    axial = slices["Axial, seen from the feet"]
    column, row = np.rint(columns_and_rows(axial, np.array([40.0, 0.0, 0.0]))).astype(int)
    assert axial.hu[row, column] == pytest.approx(40, abs=1)


def test_the_report_shows_them_where_the_scan_is_known(volume, data):
    seen = look(volume, data.anatomy.surfaces["missing_bone"])
    figure = depict(data, seen).figures[0]
    assert figure.name == "slices" and "axial, seen from the feet (z = " in figure.caption


def _pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)))


def test_a_close_up_holds_the_piece_with_bone_around_it_and_lies_in_the_plane_of_its_slice(volume):
    seen = look(volume, piece())
    for name, near in seen.close_ups.items():
        whole = seen.slices[name]
        toward = np.cross(near.right_lps, near.up_lps)
        assert near.origin_lps_mm @ toward == pytest.approx(whole.origin_lps_mm @ toward)
        places = columns_and_rows(near, section(piece(), Plane(near.origin_lps_mm, toward))) * near.pitch_mm
        assert places.min() > 9.9 and places.max() < WINDOW_PX * near.pitch_mm - 9.9


def test_close_ups_have_one_scale_and_are_sampled_finer_than_a_fifth_of_a_millimetre_here(volume):
    pitches = {flat.pitch_mm for flat in look(volume, piece()).close_ups.values()}
    assert len(pitches) == 1 and pitches.pop() < 0.2


def test_a_window_shows_the_scan_where_it_is_and_air_beyond(volume):
    whole = look(volume, piece()).slices["Axial, seen from the feet"]
    shown = window(whole, np.array([60.0, 0.0, 0.0]), 120.0)
    column, row = np.rint(columns_and_rows(shown, np.array([40.0, 10.0, 0.0]))).astype(int)
    assert shown.hu[row, column] == pytest.approx(40, abs=1)
    column, row = np.rint(columns_and_rows(shown, np.array([110.0, 10.0, 0.0]))).astype(int)
    assert shown.hu[row, column] == -1000


def test_the_sheet_is_full_of_black_squares_and_leaves_no_white_box(volume, data):
    head = data.anatomy.surfaces["restored"].vertices_lps_mm
    pixels = _pixels(draw_slices(look(volume, piece()), data.parts.values(), head).png)
    assert pixels.shape[1] > 3 * WINDOW_PX > 1.4 * pixels.shape[0] > 2.8 * WINDOW_PX
    white = (pixels == 255).all(axis=2)
    assert max(white[i : i + 40, j : j + 40].mean() for i in range(0, 1000, 20) for j in range(0, 1500, 20)) < 0.5


def test_the_outline_stands_in_the_close_ups_as_on_the_slices(volume, data):
    head = data.anatomy.surfaces["restored"].vertices_lps_mm
    pixels = _pixels(draw_slices(look(volume, piece()), data.parts.values(), head).png)
    drawn = (pixels == np.array(colour.OUTLINE)).all(axis=2)
    assert drawn[WINDOW_PX:].sum() > 1.5 * drawn[:WINDOW_PX].sum() > 0


def test_the_caption_says_how_much_larger_a_close_up_is(volume, data):
    figure = depict(data, look(volume, piece())).figures[0]
    assert re.search(r"Below each, what its white frame holds, \d\.\d times as large", figure.caption)


def test_a_bar_has_a_round_length_that_fits(monkeypatch):
    for pitch_mm, wanted in ((0.45, "50 mm"), (0.15, "20 mm"), (0.08, "10 mm"), (0.01, "5 mm")):
        said = []
        monkeypatch.setattr(stamps, "_stamp", lambda pixels, letter, row, column, said=said: said.append(letter))
        stamps.scale_bar(np.zeros((WINDOW_PX, WINDOW_PX, 3), np.uint8), pitch_mm)
        assert "".join(said) == wanted


def test_a_sinus_is_told_of_only_where_the_piece_lies_in_air(volume, data):
    def caption(in_air_mm3: float) -> str:
        figures = {**data.anatomy.figures, "missing_in_air_mm3": in_air_mm3}
        scene = replace(data, anatomy=replace(data.anatomy, figures=figures))
        return depict(scene, look(volume, piece())).figures[0].caption

    assert "Black is air; within the outline, a sinus" in caption(607.0)
    assert "Black is air. Bone window" in caption(19.0)
