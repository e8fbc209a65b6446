"""Bodies keep to their panels, so that letters and titles stand on white; two views of all bodies have one scale."""

from __future__ import annotations

import numpy as np

from anatofit.report import directions
from anatofit.report.body import Body
from anatofit.report.directions import view_from
from anatofit.report.layout import FOOT_PX, Shot, panels
from anatofit.report.studio import Studio
from tests.report.conftest import OUTWARD, skull

VIEWS = [view_from(directions.FRONT), view_from(OUTWARD)]


def test_views_of_all_bodies_have_one_scale_and_a_close_view_its_own():
    body = Body(skull(40))
    both = panels(Shot([body], VIEWS))
    assert both[0].half_height_mm == both[1].half_height_mm and not both[0].close
    close = panels(Shot([body], VIEWS, frames=[np.array([[0.0, 0.0, 0.0], [9.0, 9.0, 9.0]])]))
    assert close[0].close and close[0].half_height_mm < close[1].half_height_mm / 3


def test_a_close_view_leaves_its_margins_white():
    shot = Shot([Body(skull(40))], VIEWS[:1], frames=[np.array([[-5.0, -5.0, -5.0], [5.0, 5.0, 5.0]])])
    studio = Studio()
    pixels = studio.picture(shot)
    studio.close()
    left, low, right, high = panels(shot)[0].box
    assert (
        low == FOOT_PX and (pixels[len(pixels) - high : len(pixels) - low, left:right] < 250).any(axis=-1).mean() > 0.9
    )
    assert (pixels[60:200, :left] == 255).all() and (pixels[60:200, right:] == 255).all()
