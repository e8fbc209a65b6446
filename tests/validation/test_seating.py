"""The contact code of the study finds the rest that can be computed, and its bars count what they say."""

from __future__ import annotations

import numpy as np

from anatofit.model.seating import SeatingOrder
from anatofit.seating.study import seated
from tests.seating.test_study import BONE, GUIDE, OUT, PLAN
from validation.docking import Model, Site, cut_errors, section
from validation.studies.seating import SMALL, figures_of


def arrays(mesh):
    return np.array(mesh.vertices_lps_mm), np.array(mesh.faces)


def site() -> Site:
    return Site(arrays(GUIDE.mesh), arrays(BONE), offset_mm=0.3, out=np.array(OUT))


def test_without_error_a_corner_brings_the_guide_home_but_for_its_offset() -> None:
    there = site()
    for n in range(3):
        docked = there.dock(Model(0.0, 8.0, 0.5, 1.0), np.random.default_rng(n))
        assert docked.why_not == ""
        assert np.abs(docked.shift_mm + 0.3).max() < 0.02 and np.abs(docked.rotation - np.eye(3)).max() < 2e-3


def test_what_is_predicted_holds_for_a_few_placements_of_other_code() -> None:
    asked = SeatingOrder(count=100, start_mm=0.5, start_deg=1.0)
    said, there = seated(GUIDE, BONE, PLAN, asked), site()
    model = Model(asked.sigma_mm, asked.correlation_mm, asked.start_mm, asked.start_deg)
    found = [there.dock(model, np.random.default_rng([9, n])) for n in range(SMALL)]
    point, normal = np.array([-12.0, -12.0, 0.0]), np.array([1.0, 0.0, 0.0])
    edge = section(*arrays(BONE), point, normal)
    errors = np.array([cut_errors(d, point, normal, edge) for d in found if not d.why_not])
    assert len(errors) > 0.9 * SMALL
    # of 40 at 95 %, fewer than 33 come once in 10 000 times
    assert (errors <= [said.cuts[0].edge_mm.high, said.cuts[0].angle_deg.high]).sum(axis=0).min() >= 33


def test_shares_are_of_the_placements_that_seat() -> None:
    row = {"guide": "a", "placements": 10, "seated": 8, "inside_edge": 6, "inside_angle": 8}
    figures = figures_of([row, {**row, "guide": "b", "inside_edge": 8}])
    assert (figures["guides"], figures["placements"], figures["edge_share"], figures["angle_share"]) == (
        2,
        20,
        14 / 16,
        1,
    )
