"""What was acknowledged is there after any end; studies close once and versions never mix (FAULTS T58, T64)."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from pathlib import Path

import pytest

from anatofit.errors import OutputError
from anatofit.exchange import part10
from anatofit.exchange.inbox import Inbox
from anatofit.exchange.part10 import identity_of, name_of
from tests.exchange.peers import CANARY, PROGRAM, STUDY, associated, files, instance, listening, send, wait_for

HERE = name_of(STUDY)


def _close(station, **how):
    return station.inbox.close_quiet(**{"quiet_s": 0.0, **how})


def _names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_the_same_instance_again_changes_nothing(station):
    here = station()
    assert send(here.port, instance(1), instance(1)) == [0, 0]
    assert len(files(here.folder)) == 1
    assert here.inbox.counts == {"new": 1, "same": 1, "other": 0, "aside": 0}


def test_other_bytes_under_a_known_uid_are_kept_aside_and_the_sender_is_told(station):
    here = station()
    assert send(here.port, instance(1), instance(1, seed=5)) == [0, 0x0111]
    (record,) = (here.folder / "quarantine").glob("*.json")
    said = json.loads(record.read_text(encoding="utf-8"))
    assert said["reason"] == "other-bytes" and said["study"] == HERE
    assert record.with_suffix(".dcm").stat().st_size == said["bytes"]
    assert len(files(here.folder)) == 1


def test_a_study_closes_when_it_was_quiet_and_the_closing_is_recorded(station):
    here = station()
    send(here.port, instance(1), instance(2))
    assert here.inbox.close_quiet(quiet_s=60) == []
    (closed,) = _close(here)
    assert (closed.study, closed.version, closed.instance_count, closed.why) == (HERE, 1, 2, "quiet")
    record = json.loads((closed.folder.parent / "v1.closed.json").read_text(encoding="utf-8"))
    assert record == {"instances": 2, "study": HERE, "version": 1, "why": "quiet"}
    assert _close(here) == []


def test_a_study_closes_when_its_count_is_complete(station):
    here = station()
    send(here.port, instance(1))
    assert here.inbox.close_quiet(quiet_s=60, expect=2) == []
    send(here.port, instance(2))
    (closed,) = here.inbox.close_quiet(quiet_s=60, expect=2)
    assert closed.why == "complete"


def test_a_late_slice_opens_a_new_version_and_the_closed_one_stays_as_it_was(station):
    here = station()
    send(here.port, instance(1), instance(2))
    (first,) = _close(here)
    before = _names(first.folder)
    assert send(here.port, instance(3)) == [0]
    assert _names(first.folder) == before
    (second,) = _close(here)
    assert second.version == 2 and second.instance_count == 3
    assert len(_names(second.folder)) == 3 and set(before) < set(_names(second.folder))


def test_a_closed_study_sent_again_opens_nothing(station):
    here = station()
    sent = [instance(n) for n in range(3)]
    send(here.port, *sent)
    _close(here)
    assert send(here.port, *sent) == [0, 0, 0]
    assert _close(here) == [] and not (here.folder / "studies" / HERE / "v2").exists()


def test_a_correction_under_the_old_uids_never_replaces_what_was_closed(station):
    here = station()
    send(here.port, instance(1))
    (closed,) = _close(here)
    was = files(here.folder)[0].read_bytes()
    assert send(here.port, instance(1, seed=9)) == [0x0111]
    assert files(here.folder)[0].read_bytes() == was and _close(here) == []
    assert closed.version == 1


def test_two_studies_are_never_mixed(station):
    here = station()
    send(here.port, instance(1), instance(1, study="1.2.826.0.1.8"))
    assert {c.instance_count for c in _close(here)} == {1}
    assert len(list((here.folder / "studies").iterdir())) == 2


def test_nothing_that_was_kept_or_said_names_the_patient(tmp_path):
    with listening(tmp_path / "in", "--quiet", "0.3") as here:
        send(here.port, instance(1), instance(1, seed=2))
        wait_for(lambda: "closed" in here.log.read_text(encoding="utf-8"))
        assert here.end() == 0
        said = here.log.read_text(encoding="utf-8")
    folder = tmp_path / "in"
    texts = [said, *(p.read_text(encoding="utf-8") for p in folder.rglob("*.json*"))]
    texts += [str(p.relative_to(folder)) for p in folder.rglob("*")]
    for text in texts:
        assert CANARY not in text and STUDY not in text and "A-17" not in text and "2024" not in text


def test_a_listener_takes_up_what_another_left_open(tmp_path, station):
    here = station()
    send(here.port, instance(1))
    here.listener.close()
    (here.folder / "incoming" / "left.part").write_bytes(b"half")
    (here.folder / "incoming" / "half.version").mkdir()
    here.inbox.end()
    again = Inbox(here.folder)
    assert list((here.folder / "incoming").iterdir()) == []
    (closed,) = again.close_quiet(quiet_s=0.0)
    assert closed.instance_count == 1
    assert [c.study for c in again.unhandled()] == [HERE]
    again.handled(closed, {"exit": 0})
    assert list(again.unhandled()) == []
    again.end()


def test_two_listeners_never_work_on_one_folder(station):
    here = station()
    with pytest.raises(OutputError, match="another listener"):
        Inbox(here.folder)


def test_a_line_of_the_ledger_that_a_kill_cut_does_not_spoil_the_next(station):
    here = station()
    (here.folder / "ledger.jsonl").write_bytes(b'{"event": "clo')
    send(here.port, instance(1))
    _close(here)
    lines = (here.folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines[0] == '{"event": "clo' and json.loads(lines[1])["event"] == "closed"


def test_success_is_said_only_when_file_and_folder_are_synced(station, monkeypatch):
    order: list[str] = []
    real_file, real_folder = os.fsync, part10.sync_folder
    monkeypatch.setattr(os, "fsync", lambda d: (order.append("sync"), real_file(d))[1])
    monkeypatch.setattr("anatofit.exchange.inbox.sync_folder", lambda f: (order.append("folder"), real_folder(f))[1])
    here = station()
    with associated(here.port) as association:
        association.send_c_store(instance(1))
        assert order[0] == "sync" and order[-2:] == ["folder", "sync"]


@pytest.mark.parametrize("after_s", [0.001, 0.007, 0.019])
def test_a_kill_at_any_moment_loses_no_acknowledged_instance(tmp_path, after_s):
    acknowledged: list[str] = []
    folder = tmp_path / "in"
    with listening(folder) as here, associated(here.port) as association:
        for number in range(1000):
            ds = instance(number, size=128)
            if number == 20:
                threading.Timer(after_s, here.process.kill).start()
            answer = association.send_c_store(ds) if association.is_established else {}
            if "Status" not in answer:
                break
            assert answer.Status == 0
            acknowledged.append(ds.SOPInstanceUID)
    assert 20 <= len(acknowledged) < 1000
    kept = {p.stem: p for p in files(folder)}
    assert [uid for uid in acknowledged if name_of(uid) not in kept] == []
    for path in kept.values():
        with path.open("rb") as stream:
            assert identity_of(stream).study == STUDY
    with listening(folder, "--quiet", "0.3") as again:
        wait_for(lambda: "closed" in again.log.read_text(encoding="utf-8"))
        # a record of what became of it may be on its way
        wait_for(lambda: list((folder / "incoming").iterdir()) == [])


def test_without_a_known_caller_nothing_is_listened_for(tmp_path):
    done = subprocess.run([*PROGRAM, "receive", "--into", tmp_path / "in"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "AF-4004 callers" in done.stderr


def test_an_order_that_names_no_patient_is_refused_before_anything_comes(tmp_path):
    order = Path(tmp_path / "order.toml")
    order.write_text('[order]\ncase = "C-1"\ndevice = "cranial-plate"\nlaterality = "R"\nprescriber = "N"\n', "utf-8")
    command = [
        *PROGRAM,
        "receive",
        "--into",
        tmp_path / "in",
        "--caller",
        "A",
        "--order",
        order,
        "--out",
        tmp_path / "p",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "AF-4005 order-without-patient" in done.stderr
    assert not (tmp_path / "in").exists()


def test_an_order_goes_with_each_study_that_closes_and_its_end_is_told(tmp_path):
    order = tmp_path / "order.toml"
    order.write_text(
        '[order]\ncase = "C-1"\ndevice = "cranial-plate"\nlaterality = "R"\nprescriber = "N"\n[patient]\nid = "Z"\n',
        "utf-8",
    )
    with listening(
        tmp_path / "in", "--expect", "2", "--once", "--order", str(order), "--out", str(tmp_path / "packs")
    ) as here:
        send(here.port, instance(1), instance(2))
        assert here.process.wait(timeout=60) == 3
        said = here.log.read_text(encoding="utf-8")
    assert "closed (complete)" in said and "AF-1" in said and not (tmp_path / "packs").exists()
    (record,) = (tmp_path / "in" / "studies" / HERE).glob("*.handled.json")
    assert json.loads(record.read_text(encoding="utf-8"))["exit"] == 3
