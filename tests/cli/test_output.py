"""What the terminal says beside an error's reasons."""

from __future__ import annotations

from anatofit.cli.output import to_waive
from anatofit.errors import Reason


def test_a_message_that_offers_a_waiver_is_followed_by_its_form() -> None:
    offered = Reason(
        "slice-thickness", "was 1.5 mm. Ask for a thinner reconstruction, or waive slice-thickness with a reason."
    )
    (said,) = to_waive([Reason("no-room", "was full"), offered])
    assert all(part in said for part in ("[[waiver]]", 'rule = "slice-thickness"', "reason = ", "by = "))


def test_none_is_offered_where_none_helps() -> None:
    far = "was 5 mm, and 2 mm is the most that can be waived. Ask for a thinner one, or waive slice-thickness with a reason."
    assert not [*to_waive([Reason("slice-thickness", far), Reason("no-room", "was full")])]
