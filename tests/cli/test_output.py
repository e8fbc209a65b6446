"""What the terminal says beside an error's reasons."""

from __future__ import annotations

from pathlib import Path

import pytest

from anatofit.app.packed import Outcome
from anatofit.cli.output import to_waive
from anatofit.cli.run import _tell_of_both
from anatofit.errors import Reason
from anatofit.model.finding import Verdict


def test_a_message_that_offers_a_waiver_is_followed_by_its_form() -> None:
    offered = Reason(
        "slice-thickness", "was 1.5 mm. Ask for a thinner reconstruction, or waive slice-thickness with a reason."
    )
    (said,) = to_waive([Reason("no-room", "was full"), offered])
    assert all(part in said for part in ("[[waiver]]", 'rule = "slice-thickness"', "reason = ", "by = "))


def test_none_is_offered_where_none_helps() -> None:
    far = "was 5 mm, and 2 mm is the most that can be waived. Ask for a thinner one, or waive slice-thickness with a reason."
    assert not [*to_waive([Reason("slice-thickness", far), Reason("no-room", "was full")])]


def test_what_concerns_both_feet_of_a_pair_is_told_once_after_what_concerns_each(
    capsys: pytest.CaptureFixture[str],
) -> None:
    feet = tuple(Outcome(Path("out", side), Verdict.FIT, (), (), {}, (f"of {side}",)) for side in "LR")
    _tell_of_both(Outcome(Path("out"), Verdict.FIT, (), (), {}, ("L: of L", "the left heel stands higher"), feet))
    said = capsys.readouterr().out
    assert "pair.html" in said and "note  the left heel stands higher" in said and "of L" not in said
