"""A map of pressures comes to lie on the sole that it was taken under, and one of the other foot is refused."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.surface.pressure_map import parse_pressure_map
from anatofit.locate.foot.find import locate_foot
from anatofit.locate.foot.located import LocatedFoot
from anatofit.locate.foot.pressure import lay_on
from anatofit.locate.foot.waist import anatomy_of
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.pressure import PlacedBy
from anatofit.samples.foot import skin
from anatofit.samples.foot_forms import pressure_kpa, pressure_map_text
from tests.locate.computed_foot import Posed, posed

R, L = Laterality.RIGHT, Laterality.LEFT


@pytest.fixture(scope="module")
def feet() -> dict[Laterality, tuple[Posed, LocatedFoot]]:
    scans = {side: posed(skin(side, step_mm=3.0), 21, noise_mm=0.3) for side in (R, L)}
    return {side: (scan, locate_foot(scan.mesh)) for side, scan in scans.items()}


def known_kpa(scan: Posed, foot: LocatedFoot, side: Laterality) -> FloatArray:
    """The formula's pressures on the nodes of the sole that was found."""
    x, y = np.meshgrid(foot.sole.x_mm, foot.sole.y_mm)
    at = scan.back(foot.sole.to_lps_mm(np.stack([x, y, np.nan_to_num(foot.sole.height_mm)], axis=-1)))
    height = np.where(foot.sole.there, at[..., 2], np.nan)
    return pressure_kpa(at[..., 0], at[..., 1], height, laterality=side)


@pytest.mark.parametrize(
    ("side", "view", "placed"),
    [(R, "above", True), (R, "below", False), (L, "above", False), (L, "below", True)],
)
def test_peaks_come_to_lie_where_they_were(feet, side: Laterality, view: str, placed: bool) -> None:
    scan, foot = feet[side]
    laid = lay_on(foot, parse_pressure_map(pressure_map_text(side, view=view, placed=placed).encode()))
    assert laid.by is (PlacedBy.STATED if placed else PlacedBy.OUTLINE) and laid.overlap > 0.7
    known = known_kpa(scan, foot, side)
    where = [np.array(np.unravel_index(values.argmax(), values.shape)) for values in (laid.kpa, known)]
    assert np.linalg.norm(where[0] - where[1]) * foot.sole.step_mm < 5.0
    there = foot.sole.there
    assert np.corrcoef(laid.kpa[there], known[there])[0, 1] > 0.97
    assert laid.peak_kpa == pytest.approx(known.max(), rel=0.08)  # a cell of 5 mm cuts the top off


@pytest.mark.parametrize("placed", [True, False])
def test_a_map_of_the_other_foot_is_refused(feet, placed: bool) -> None:
    _, foot = feet[R]
    with pytest.raises(ScanUnsuitableError) as refusal:
        lay_on(foot, parse_pressure_map(pressure_map_text(L, placed=placed).encode()))
    assert [r.rule for r in refusal.value.reasons] == ["pressure-place"]


def test_the_waist_holds_the_pressures_on_the_nodes_of_the_sole(feet) -> None:
    _, foot = feet[R]
    laid = lay_on(foot, parse_pressure_map(pressure_map_text(R, placed=True).encode()))
    anatomy = anatomy_of(foot, laid)
    assert anatomy.node_values["pressure_kpa"].shape == anatomy.heights["sole"].height_mm.shape
    assert anatomy.figures["peak_pressure_kpa"] == laid.peak_kpa > 250.0


def test_the_force_is_that_of_a_person() -> None:
    assert 600.0 < parse_pressure_map(pressure_map_text(R).encode()).force_n < 1000.0
