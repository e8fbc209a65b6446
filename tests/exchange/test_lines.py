"""Every line of a listener says when and who, and nothing that was sent beside the AE title."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest

from anatofit.exchange.lines import moment, peer_name
from tests.exchange.peers import CANARY, STUDY, associated, instance, listening, raw, send, wait_for

STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d) (.*)")


def test_a_moment_bears_its_zone() -> None:
    said = dt.datetime.fromisoformat(moment())
    assert said.utcoffset() is not None and abs(dt.datetime.now(tz=dt.UTC) - said) < dt.timedelta(seconds=5)


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("CT_1", "'CT_1' at 127.0.0.1"),
        ("", "a peer without an AE title at 127.0.0.1"),
        ("A\x1b[2J\nB", "'A\\x1b[2J\\nB' at 127.0.0.1"),
        ("it's", '"it\'s" at 127.0.0.1'),
    ],
)
def test_a_title_is_quoted_and_escaped(title: str, said: str) -> None:
    assert peer_name(title, "127.0.0.1") == said


def test_a_title_is_bounded() -> None:
    assert len(peer_name("\u202e" * 1000, "f" * 1000)) < 150 and peer_name("X" * 16, "") == f"'{'X' * 16}'"


def test_every_line_of_a_listener_bears_time_and_those_of_a_peer_the_peer(tmp_path) -> None:
    with listening(tmp_path / "in", "--quiet", "0.3") as here:
        send(here.port, instance(1), instance(2), instance(2, seed=9))
        for wrong in ({"calling": "STRANGER"}, {"called": "OTHER"}):
            with associated(here.port, **wrong) as association:
                assert not association.is_established
        raw(here.port, b"\1\0\0\0\0\4\0\1\0\0").close()
        wait_for(lambda: "closed" in (said := here.log.read_text(encoding="utf-8")) and "cannot be read" in said)
        assert here.end() == 0
        lines = here.log.read_text(encoding="utf-8").splitlines()
    assert lines[-1].startswith("ended: 1 study")
    told = [STAMP.fullmatch(line) for line in lines[:-1]]
    assert all(told), lines
    texts = [match[2] for match in told if match]
    assert "'SENDER' at 127.0.0.1: an association ended: instances 2 acknowledged, 1 not accepted" in texts
    assert (
        "'STRANGER' at 127.0.0.1: an association was refused: the AE title of the caller is not among the known ones"
        in texts
    )
    assert "'SENDER' at 127.0.0.1: an association was refused: the AE title that was called is not ours" in texts
    assert any(t.startswith("a peer without an AE title at 127.0.0.1: an association was ended: ") for t in texts)
    assert any("2 instances, closed (quiet), from 'SENDER' at 127.0.0.1 [" in t for t in texts)
    assert not any(secret in line for secret in (CANARY, STUDY, "A-17") for line in lines)


def test_the_ledger_of_a_listener_says_when_and_from_whom(station) -> None:
    here = station()
    send(here.port, instance(1), instance(1, seed=3))
    here.inbox.close_quiet(quiet_s=0.0)
    aside, closed = map(json.loads, (here.folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines())
    assert (aside["event"], aside["sender"]) == ("aside", "'SENDER' at 127.0.0.1")
    assert (closed["event"], closed["senders"]) == ("closed", ["'SENDER' at 127.0.0.1"])
    assert all(dt.datetime.fromisoformat(line["at"]).utcoffset() is not None for line in (aside, closed))
