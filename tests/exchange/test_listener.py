"""A listener takes what known callers send, and nobody's bad manners cost the others anything (FAULTS T61-T65)."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import pytest
from pydicom import dcmread

from anatofit.errors import RequestError
from anatofit.exchange.association import Proposal, _request, associate
from anatofit.exchange.limits import Limits
from anatofit.exchange.listener import Listener, Welcome
from anatofit.exchange.secure import tls_context
from anatofit.exchange.wire import HEADER, Wire
from anatofit.model.exchange import Tls
from tests.exchange.certificates import caller_tls, server_tls
from tests.exchange.peers import (
    CT,
    HUGE_HEADER,
    associated,
    closed_after,
    echo_seconds,
    files,
    instance,
    listening,
    raw,
    send,
    wait_for,
)


def test_what_is_sent_lies_on_the_disk_byte_for_byte_when_success_is_said(station):
    here = station()
    sent = [instance(n) for n in range(3)]
    assert send(here.port, *sent) == [0, 0, 0]
    kept = {str(ds.SOPInstanceUID): ds for ds in map(dcmread, files(here.folder))}
    assert len(kept) == 3
    for ds in sent:
        assert kept[ds.SOPInstanceUID] == ds
        assert kept[ds.SOPInstanceUID].file_meta.TransferSyntaxUID == ds.file_meta.TransferSyntaxUID


def test_an_echo_is_answered(station):
    assert echo_seconds(station().port) < 5


@pytest.mark.parametrize("who", [{"calling": "STRANGER"}, {"called": "OTHER"}])
def test_an_ae_title_that_is_not_known_is_refused(station, who):
    here = station()
    with associated(here.port, **who) as association:
        assert association.is_rejected
    assert here.listener.counts["refused"] == 1 and here.listener.counts["accepted"] == 0


def test_by_default_it_listens_on_this_machine_alone(tmp_path):
    with listening(tmp_path / "in") as here:
        table = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        at = {line.split()[1] for line in table if line.split()[3] == "0A"}
        assert f"0100007F:{here.port:04X}" in at and f"00000000:{here.port:04X}" not in at


def test_a_header_that_announces_four_gigabytes_is_closed_at_once_and_costs_nothing(tmp_path):
    with listening(tmp_path / "in") as here:
        before = here.peak_mb()
        connection = raw(here.port, HUGE_HEADER)
        assert closed_after(connection, within_s=2) < 1
        # in an association too
        connection = raw(here.port, _request("SENDER", "ANATOFIT", Proposal((), (CT,)), Limits()))
        connection.settimeout(5)
        assert connection.recv(1) == b"\2"
        connection.sendall(b"\4" + HUGE_HEADER[1:] + bytes(100_000))
        assert closed_after(connection, within_s=5) < 2
        assert here.peak_mb() - before < 20
        assert echo_seconds(here.port) < 5


def test_five_hundred_idle_connections_keep_nobody_out(tmp_path):
    with listening(tmp_path / "in") as here:
        idle = [raw(here.port) for _ in range(500)]
        assert echo_seconds(here.port) < 1 + 1
        assert send(here.port, *(instance(n) for n in range(4))) == [0] * 4
        for connection in idle:
            connection.close()


def test_when_the_door_is_full_the_one_that_waited_longest_makes_way(station):
    here = station(waiting=8)
    idle = [raw(here.port) for _ in range(20)]
    assert echo_seconds(here.port) < 5
    assert closed_after(idle[0], within_s=2) < 1
    for connection in idle[1:]:
        connection.close()


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"\4\0\0\0\0\4abcd"]
)
def test_another_protocol_is_closed_at_its_first_byte(station, data):
    assert closed_after(raw(station().port, data), within_s=2) < 1


@pytest.mark.parametrize("data", [b"", b"\1\0", HEADER.pack(1, 200) + bytes(20)])
def test_who_asks_for_nothing_or_stops_half_way_is_sent_away_in_time(station, data):
    assert closed_after(raw(station(first_pdu_s=0.5).port, data), within_s=5) < 2


def test_a_trickle_of_bytes_gains_no_time(station):
    here = station(pdu_s=1.0, idle_s=1.0)
    connection = raw(here.port, _request("SENDER", "ANATOFIT", Proposal((), (CT,)), Limits()))
    connection.settimeout(5)
    connection.recv(4096)
    connection.sendall(HEADER.pack(4, 50_000))
    start = time.perf_counter()
    with pytest.raises(OSError):  # noqa: PT012 - the peer closes at some send
        while time.perf_counter() - start < 8:
            connection.sendall(b"\0")
            time.sleep(0.1)
    connection.close()
    assert time.perf_counter() - start < 4


def test_who_is_silent_within_an_association_is_sent_away(station):
    here = station(idle_s=0.5)
    with associated(here.port) as association:
        wait_for(lambda: not association.is_established, within_s=10)


def test_six_senders_at_once_lose_nothing(station):
    here = station(first_pdu_s=60.0)  # they share this process, and wait for each other
    answers: list[int] = []

    def one(sender: int) -> None:
        answers.extend(send(here.port, *(instance(n, study=f"1.2.826.0.2.{sender}") for n in range(5))))

    senders = [threading.Thread(target=one, args=(n,)) for n in range(6)]
    for thread in senders:
        thread.start()
    for thread in senders:
        thread.join()
    assert answers == [0] * 30
    assert len(files(here.folder)) == 30


def test_beyond_the_limit_of_associations_a_caller_hears_that_there_is_no_room(station):
    here = station(associations=1)
    with associated(here.port) as first, associated(here.port) as second:
        assert first.is_established and second.is_rejected
    wait_for(lambda: echo_seconds(here.port) < 20)


def test_an_instance_larger_than_any_ends_the_association_and_leaves_nothing(station):
    here = station(largest_instance_bytes=20_000)
    with associated(here.port) as association:
        answer = association.send_c_store(instance(1, size=256))
        assert "Status" not in answer
    assert files(here.folder) == [] and list((here.folder / "incoming").iterdir()) == []


def test_where_the_disk_has_no_room_the_sender_hears_it_and_keeps_its_copy(station):
    here = station(free_bytes=1 << 62)
    assert send(here.port, instance(1)) == [0xA700]
    assert files(here.folder) == []


@pytest.mark.parametrize("spoil", [b"\xff" * 400, b"\1\0\0\0", b"\x10\0\xff\xff" + bytes(300), os.urandom(5000)])
def test_a_request_that_cannot_be_read_ends_and_the_listener_goes_on(station, spoil):
    here = station()
    assert closed_after(raw(here.port, HEADER.pack(1, len(spoil)) + spoil), within_s=5) < 3
    assert echo_seconds(here.port) < 5


@pytest.mark.parametrize(
    "data",
    [
        HEADER.pack(4, 4) + b"\0\0\0\0",  # a fragment cut short
        HEADER.pack(4, 6) + b"\xff\xff\xff\xff\1\3",  # longer than its PDU
        HEADER.pack(4, 0),  # none at all
        HEADER.pack(4, 10) + b"\0\0\0\6\1\0abcd",  # data without a command
        HEADER.pack(4, 10) + b"\0\0\0\6\1\3abcd",  # no command
        HEADER.pack(2, 4) + b"abcd",  # an answer to nothing
        HEADER.pack(9, 4) + b"abcd",  # nothing of DICOM
    ],
)
def test_broken_messages_end_their_association_alone(station, data):
    here = station()
    connection = raw(here.port, _request("SENDER", "ANATOFIT", Proposal((), (CT,)), Limits()))
    connection.settimeout(5)
    connection.recv(4096)
    connection.sendall(data)
    assert closed_after(connection, within_s=5) < 3
    assert echo_seconds(here.port) < 5


def test_an_instance_under_another_uid_than_announced_is_kept_aside(station):
    here = station()
    wire = Wire(raw(here.port), Limits())
    contexts = associate(wire, ours="SENDER", theirs="ANATOFIT", proposal=Proposal((), (CT,)), limits=Limits())
    number, _ = contexts.of(CT)
    status = _store(wire, number, announced="1.2.3.999", ds=instance(5))
    assert status == 0xA900
    assert files(here.folder) == []
    assert len(list((here.folder / "quarantine").glob("*.dcm"))) == 1
    assert _store(wire, number, announced="../../evil", ds=instance(5)) == 0x0117
    wire.close()


def _store(wire, number, *, announced, ds):
    from pynetdicom.dsutils import encode

    from anatofit.exchange import dimse

    values = {dimse.CLASS: CT, dimse.FIELD: 1, dimse.MESSAGE: 1, dimse.PRIORITY: 0, dimse.DATASET_TYPE: 1}
    wire.send_fragments(number, dimse.encoded({**values, dimse.INSTANCE: announced}), command=True)
    wire.send_fragments(number, encode(ds, False, True), command=False)
    return dimse.Messages(wire, Limits()).command()[1].number(dimse.STATUS)


def test_with_tls_only_a_caller_with_a_certificate_of_the_site_gets_in(station, certificates):
    here = station(tls=server_tls(certificates))
    assert send(here.port, instance(1), tls=caller_tls(certificates, "caller")) == [0]
    for wrong in (caller_tls(certificates, None), caller_tls(certificates, "stranger"), None):
        with associated(here.port, tls=wrong) as association:
            assert not association.is_established
    assert len(files(here.folder)) == 1 and here.listener.counts["accepted"] == 1


def test_a_handshake_that_never_ends_holds_up_nobody(station, certificates):
    here = station(tls=server_tls(certificates), first_pdu_s=1.0)
    idle = [raw(here.port, b"\x16\x03\x01") for _ in range(30)]
    assert send(here.port, instance(1), tls=caller_tls(certificates, "caller")) == [0]
    assert max(closed_after(c, within_s=5) for c in idle) < 4


def test_with_tls_too_who_is_silent_within_an_association_is_sent_away(station, certificates):
    here = station(tls=server_tls(certificates), idle_s=0.5)
    with associated(here.port, tls=caller_tls(certificates, "caller")) as association:
        assert association.is_established
        wait_for(lambda: here.listener.counts["broken"] == 1, within_s=10)


def test_when_no_thread_is_left_the_door_stays_open(station, monkeypatch):
    here, start = station(), threading.Thread.start

    def none_left(thread):
        if thread.name == "association":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", none_left)
    assert closed_after(raw(here.port, _request("SENDER", "ANATOFIT", Proposal((), (CT,)), Limits())), within_s=5) < 3
    monkeypatch.setattr(threading.Thread, "start", start)
    assert echo_seconds(here.port) < 5


def test_a_key_that_others_can_read_is_refused(certificates, tmp_path):
    open_key = tmp_path / "server.key"
    open_key.write_bytes((certificates / "server.key").read_bytes())
    open_key.chmod(0o644)
    tls = Tls(certificate=certificates / "server.pem", key=open_key, callers_ca=certificates / "ca.pem")
    with pytest.raises(RequestError, match="chmod 600"):
        tls_context(tls)


def test_a_port_that_is_taken_is_said(station):
    here = station()
    with pytest.raises(RequestError, match="listen"):
        Listener(None, Welcome("A", frozenset()), address=("127.0.0.1", here.port), limits=Limits())


def test_a_caller_that_goes_in_the_middle_leaves_nothing(station):
    here = station()
    connection = raw(here.port, _request("SENDER", "ANATOFIT", Proposal((), (CT,)), Limits()))
    connection.settimeout(5)
    connection.recv(4096)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()  # resets
    wait_for(lambda: here.listener.counts["broken"] == 1)
    assert echo_seconds(here.port) < 5
