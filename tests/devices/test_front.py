"""What lies behind the front face of a plate, on bodies that we can compute."""

from __future__ import annotations

import numpy as np

from anatofit.devices.cranial_plate.front import eased, front_of, shallow
from anatofit.model.grid import Grid


def test_a_plate_is_no_deeper_behind_its_front_face_than_it_is_thick() -> None:
    step = 0.5
    k, j, i = (step * n for n in np.meshgrid(*[np.arange(60)] * 3, indexing="ij"))
    outer = (k + 0.3 * i - 25.0) / np.hypot(1.0, 0.3)  # a slanting front face
    beneath = np.full_like(outer, -2.0)
    slab = np.maximum(outer, -outer - 4.0)
    nub = np.hypot(i - 15.0, j - 15.0) - 3.0
    front = front_of(outer.astype(np.float32), beneath.astype(np.float32))
    body = shallow(np.minimum(slab, np.maximum(outer, nub)).astype(np.float32), front, deepest_mm=4.0, step_mm=step)
    assert -outer[body < 0].max() >= 0
    assert 4.0 < -outer[body < 0].min() < 4.3
    inside = (j > 3) & (j < 27) & (i > 3) & (i < 27) & (nub > 1.0)
    np.testing.assert_allclose(body[inside & (slab < 0)], slab[inside & (slab < 0)], atol=1e-3)


def _slab_with(bulge: np.ndarray, k: np.ndarray, *, thick_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """The outer field and the body of a flat slab, its front at 20 mm, with a bulge at its back."""
    outer = (k - 20.0).astype(np.float32)
    body = np.maximum(outer, np.minimum(-outer - thick_mm, bulge))
    return outer, body.astype(np.float32)


def test_a_knob_on_the_back_goes_and_a_broad_bulge_stays() -> None:
    step = 0.5
    grid = Grid((60, 100, 60), np.zeros(3), np.full(3, step))
    k, j, i = (step * n for n in np.meshgrid(*[np.arange(n) for n in grid.shape_kji], indexing="ij"))
    knob = np.sqrt((k - 16.0) ** 2 + (j - 12.0) ** 2 + (i - 15.0) ** 2) - 1.5
    broad = np.sqrt((k - 16.0) ** 2 + (j - 35.0) ** 2 + (i - 15.0) ** 2) - 6.0
    outer, body = _slab_with(np.minimum(knob, broad), k, thick_mm=4.0)
    inside = np.full_like(outer, -2.0)
    smooth = eased(body, outer, front_of(outer, inside), grid, least_mm=3.0)
    depth = 20.0 - k
    beside = np.abs(j - 12.0) < 4.0
    # of the knob stays what a ball of 3 mm, resting on its foot 1.5 mm around, can fill: a dome of 0.4 mm
    assert depth[(body < 0) & beside].max() == 5.0 and depth[(smooth < 0) & beside].max() <= 4.5
    assert depth[(smooth < 0) & ~beside].max() == depth[(body < 0) & ~beside].max() == 9.5
    assert ((smooth < 0) == (body < 0))[depth < 3.0].all()  # the least thickness is not touched
    assert ((smooth < 0) <= (body < 0)).all()
