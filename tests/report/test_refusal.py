"""A refusal gives every reason and pictures that show the right side."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from anatofit.errors import OutputError, Reason
from anatofit.model.case import Order
from anatofit.model.frame import Laterality
from anatofit.model.grid import Grid
from anatofit.model.volume import Volume
from anatofit.report.pictures import slice_pictures
from anatofit.report.png import encode_png
from anatofit.report.refusal import write_refusal

REASONS = [
    Reason("no-defect", "no hole was found; <one> is wanted; look at the pictures"),
    Reason("side", "left, not right"),
]


def decode(png):
    """The pixels of a PNG made with the up filter."""
    columns, rows, _, kind = struct.unpack(">IIBB", png[16:26])
    at, data = 8, b""
    while at < len(png):
        length = struct.unpack(">I", png[at : at + 4])[0]
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    channels = 3 if kind == 2 else 1
    lines = np.frombuffer(zlib.decompress(data), np.uint8).reshape(rows, -1)[:, 1:]
    return np.add.accumulate(lines, axis=0, dtype=np.uint8).reshape(rows, columns, channels)


@pytest.fixture
def volume():
    hu = np.full((40, 60, 60), -1000, np.int16)
    hu[10:30, 20:40, 45:55] = 1200  # dense on the patient's left
    return Volume(Grid((40, 60, 60), np.array([-30.0, -30, -20]), np.ones(3)), hu)


def test_a_png_gives_its_pixels_back():
    pixels = np.random.default_rng(1).integers(0, 256, (7, 5, 3)).astype(np.uint8)
    assert (decode(encode_png(pixels)) == pixels).all()


def test_slices_have_the_patients_left_on_the_right(volume):
    pictures = slice_pictures(volume)
    for name in ("Axial, seen from the feet", "Coronal, seen from the front"):
        bright = decode(pictures[name])[..., 0] > 150
        middle = bright.shape[1] // 2
        rows = slice(bright.shape[0] // 3, bright.shape[0] // 2 - 30)
        assert bright[rows, middle:].sum() > 10 * max(bright[rows, :middle].sum(), 1)


def test_a_mark_is_drawn_in_its_place(volume):
    plain = slice_pictures(volume, {"here": np.array([0.0, 0.0, 0.0])})
    axial = decode(plain["Axial, seen from the feet"]).astype(int)
    orange = np.argwhere((axial[..., 0] > 240) & (axial[..., 2] < 20))
    assert np.abs(orange.mean(axis=0) - (np.array(axial.shape[:2]) / 2)).max() < 6


def test_the_refusal_page_says_every_reason_and_escapes_it(tmp_path, volume):
    order = Order(case="A-1", device="cranial-plate", laterality=Laterality.LEFT, prescriber="<i>x</i>")
    path = write_refusal(tmp_path / "new", reasons=REASONS, order=order, pictures=slice_pictures(volume))
    page = path.read_text()
    assert "no-defect" in page and "left, not right" in page and "left (L)" in page
    assert "&lt;one&gt;" in page and "<i>x</i>" not in page
    assert page.count("data:image/png") == 3
    assert [p.name for p in path.parent.iterdir()] == ["refusal.html"]


def test_a_refusal_without_order_or_pictures_still_stands(tmp_path):
    assert "no hole was found" in write_refusal(tmp_path, reasons=REASONS[:1]).read_text()


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="writable folder"):
        write_refusal(tmp_path / "file", reasons=REASONS)
