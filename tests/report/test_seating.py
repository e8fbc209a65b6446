"""The section on the seat: what was tried, what is off, and what moves it."""

from __future__ import annotations

from anatofit.model.seating import AxisSeat, CutSeat, Motion, Seating, SeatingOrder, Spread
from anatofit.report.page import render
from anatofit.report.seating import seating_shown

SIGNED = Spread(median=-0.1, low=-1.2, high=1.0)
SIZE = Spread(median=0.5, low=0.0, high=1.25)
AXIS = AxisSeat(name="pin 1", angle_deg=SIZE, entry_mm=SIZE, end_mm=None, entries_mm=(0.2, 0.5, 1.3))
CUT = CutSeat(
    number=1,
    angle_deg=SIZE,
    edge_mm=SIZE,
    edge_at_lps_mm=(1.0, 2.0, 3.0),
    by=(
        Motion(words="shift across the cut", unit="mm", spread=SIGNED, share=0.7),
        Motion(words="turn about the blade's way", unit="deg", spread=SIGNED, share=0.3),
    ),
    edges_mm=(0.1, 0.5, 1.3),
    angles_deg=(0.2, 0.5, 1.4),
)
FOUND = Seating(
    asked=SeatingOrder(),
    part="guide",
    places=400,
    contact_mm2=812.0,
    not_seated=0.012,
    why_not=(("found no rest", 0.012),),
    shift_mm=SIZE,
    turn_deg=SIZE,
    motions=(Motion(words="shift along the guide", unit="mm", spread=SIGNED, share=1.0),),
    bearing=Spread(median=6.0, low=4.0, high=6.0),
    cuts=(CUT,),
    axes=(AXIS,),
    limits=("No friction.", "It is a prediction."),
)


def test_the_section_says_what_was_tried_what_is_off_and_what_moves_it() -> None:
    page = render("seating.html", seatings=[seating_shown(FOUND)], part="guide").decode()
    for said in (
        "1000, seed 1",
        "1.2% (1.2% found no rest)",
        "the load rests on 6 of them (4 to 6)",
        "Cut 1 is moved most by a shift across the cut (−1.2 to 1.0 mm in 95 % of the placements): 70% of the mean square",
        "up to 1.25",
        "−1.20 to 1.00",
        "95 %: 1.25 mm",
        "No friction. It is a prediction.",
    ):
        assert said in page, said


def test_a_guide_without_cuts_shows_the_axis_that_is_off_most() -> None:
    worse = AXIS.model_copy(update={"name": "sleeve 2", "entry_mm": Spread(median=1.0, low=0.0, high=2.0)})
    shown = seating_shown(FOUND.model_copy(update={"cuts": (), "axes": (AXIS, worse)}))
    assert [caption.split(",")[0] for caption, _ in shown.charts] == ["Sleeve 2"] and shown.said == []


def test_a_motion_that_mostly_goes_against_the_others_is_told_so_and_no_share_is_negative() -> None:
    by = tuple(Motion(words=w, unit="deg", spread=SIGNED, share=s) for w, s in (("tilt", 1.04), ("turn", -0.04)))
    (said,) = seating_shown(FOUND.model_copy(update={"cuts": (CUT.model_copy(update={"by": by}),)})).said
    assert said.endswith("104% of the mean square at its edge (turn goes against the others and takes 4% back).")


def test_a_share_or_a_motion_that_rounds_to_nothing_bears_no_minus() -> None:
    nothing = Spread(median=-0.004, low=-0.004, high=0.004)
    by = tuple(Motion(words=w, unit="deg", spread=nothing, share=s) for w, s in (("tilt", 1.0), ("turn", -0.004)))
    shown = seating_shown(FOUND.model_copy(update={"cuts": (CUT.model_copy(update={"by": by, "edge_mm": nothing}),)}))
    words = " ".join([*shown.said, *(cell for row in shown.rows[:2] for cell in row)])
    assert "turn 0%" in words and "-0" not in words and "\u22120" not in words
