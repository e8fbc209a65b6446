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


def test_a_name_stands_beside_its_place_in_the_panel_that_bears_it():
    shot = Shot([Body(skull(40))], VIEWS, names=[{}, {"spot": VIEWS[1].right_lps * 20.0}])
    panel = panels(shot)[1]
    (x, y), (x0, y0) = panel.at_px(VIEWS[1].right_lps * 20.0), panel.at_px(np.zeros(3))
    length, pixels = panel.bar()
    assert np.isclose(y, y0) and np.isclose((x - x0) / 20.0, pixels / length, rtol=0.02)
    studio = Studio()
    named, bare = (studio.picture(s) for s in (shot, Shot(shot.bodies, VIEWS)))
    studio.close()
    changed = np.argwhere((named != bare).any(axis=-1))
    rows, columns = len(named) - 1 - changed[:, 0], changed[:, 1]
    assert len(changed) and abs(columns.min() - x) < 12 and abs(rows.min() - y) < 25
