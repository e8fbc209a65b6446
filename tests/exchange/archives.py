"""Archives on this machine that can be told to misbehave: one speaks DICOMweb, one is pynetdicom's own."""

from __future__ import annotations

import io
import json
import logging
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydicom.dataset import Dataset, FileDataset

from anatofit.model.exchange import Dimse, Web
from tests.exchange.peers import CT, free_port


def part10(ds: FileDataset) -> bytes:
    """The instance as a file."""
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


@dataclass
class Shelf:
    """What an archive says that it holds, and what it sends, which may be something else."""

    lists: Sequence[FileDataset]
    sends: Sequence[FileDataset] | None = None
    count: int | None = None  # what it says of the study
    answer: Callable[[str], tuple[int, dict[str, str], bytes]] | None = None  # overrules every answer of the web
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def sent(self) -> Sequence[FileDataset]:
        return self.lists if self.sends is None else self.sends

    def studies(self, **wanted: str) -> list[str]:
        """UIDs of the studies that match."""
        fit = [d for d in self.lists if all(str(d.get(k, "")) == v for k, v in wanted.items() if v)]
        return sorted({str(d.StudyInstanceUID) for d in fit})


@contextmanager
def web(shelf: Shelf, *, tls: ssl.SSLContext | None = None, **settings: Any) -> Iterator[Web]:
    """An archive that speaks DICOMweb over HTTP, or HTTPS, on the loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            shelf.asked.append(self.path)
            shelf.headers.append(dict(self.headers))
            code, headers, body = (shelf.answer or _web_answer(shelf))(self.path)
            self.send_response(code)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                self.close_connection = True

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A caller that does not believe our certificate goes; that is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Web(
            kind="dicomweb", url=f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/dicom-web", **settings
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _web_answer(shelf: Shelf) -> Callable[[str], tuple[int, dict[str, str], bytes]]:
    def answer(path: str) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(path)
        steps = parts.path.split("/")[2:]
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        if steps == ["studies"]:
            uids = shelf.studies(
                AccessionNumber=query.get("AccessionNumber", ""), StudyInstanceUID=query.get("StudyInstanceUID", "")
            )
            return listing([_study(shelf, uid, query.get("AccessionNumber", "")) for uid in uids])
        mine = [d for d in shelf.lists if d.StudyInstanceUID == steps[1]]
        if steps[-1] == "series":
            return listing([_row({"0020000E": u, "00200011": 3}) for u in sorted({d.SeriesInstanceUID for d in mine})])
        if steps[-1] == "instances":
            return listing([_row(_entry(d)) for d in mine if d.SeriesInstanceUID == steps[3]])
        return multipart([part10(d) for d in shelf.sent])

    return answer


def _study(shelf: Shelf, uid: str, accession: str) -> dict[str, Any]:
    count = sum(d.StudyInstanceUID == uid for d in shelf.lists) if shelf.count is None else shelf.count
    return _row({"0020000D": uid, "00080050": accession, "00201208": count})


def _entry(ds: FileDataset) -> dict[str, Any]:
    return {
        "00080016": str(ds.SOPClassUID),
        "00080018": str(ds.SOPInstanceUID),
        "00200013": int(ds.InstanceNumber),
    }


def _row(values: dict[str, Any]) -> dict[str, Any]:
    return {tag: {"vr": "UI", "Value": [value]} for tag, value in values.items()}


def listing(rows: list[dict[str, Any]]) -> tuple[int, dict[str, str], bytes]:
    """A QIDO-RS answer."""
    return 200, {"Content-Type": "application/dicom+json"}, json.dumps(rows).encode()


def multipart(bodies: Sequence[bytes]) -> tuple[int, dict[str, str], bytes]:
    """A WADO-RS answer."""
    data = b"".join(b"--cut\r\nContent-Type: application/dicom\r\n\r\n" + b + b"\r\n" for b in bodies) + b"--cut--\r\n"
    return 200, {"Content-Type": 'multipart/related; type="application/dicom"; boundary=cut'}, data


@contextmanager
def dimse(
    shelf: Shelf,
    *,
    retrieve: str = "get",
    status: int = 0,
    guard: ssl.SSLContext | None = None,
    calls_back: ssl.SSLContext | None = None,
    **settings: Any,
) -> Iterator[Dimse]:
    """An archive of pynetdicom's; `status` is how its retrieve ends; guard: TLS that it is called with, calls_back: what it calls us with (C-MOVE)."""
    from pynetdicom import AE, evt
    from pynetdicom.presentation import build_role

    assert build_role  # C-GET needs role selection, which the contexts below agree to
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)
    ours, theirs = free_port(), free_port()
    ae = AE("ARCHIVE")
    for n in (1, 2, 3):
        ae.add_supported_context(f"1.2.840.10008.5.1.4.1.2.2.{n}")
    ae.add_supported_context(CT, "1.2.840.10008.1.2.1", scu_role=True, scp_role=True)
    ae.add_requested_context(CT, "1.2.840.10008.1.2.1")

    def find(event: Any) -> Iterator[tuple[int, Dataset | None]]:
        for row in _found(shelf, event.identifier):
            yield 0xFF00, row

    def get(event: Any) -> Iterator[Any]:
        yield len(shelf.sent)
        for ds in shelf.sent:
            yield 0xFF00, ds
        if status:
            yield status, None

    def move(event: Any) -> Iterator[Any]:
        yield "127.0.0.1", ours, {"ae_title": "ANATOFIT", "tls_args": (calls_back, "127.0.0.1") if calls_back else None}
        yield from get(event)

    handlers = [(evt.EVT_C_FIND, find), (evt.EVT_C_GET, get), (evt.EVT_C_MOVE, move)]
    server = ae.start_server(("127.0.0.1", theirs), block=False, evt_handlers=handlers, ssl_context=guard)
    try:
        made = {
            "tls": guard is not None,
            "host": "127.0.0.1",
            "port": theirs,
            "ae_title": "ARCHIVE",
            "retrieve": retrieve,
            "our_port": ours,
        }
        yield Dimse.model_validate({"kind": "dimse", **made, **settings})
    finally:
        server.shutdown()
        ae.shutdown()


def _found(shelf: Shelf, asked: Dataset) -> Iterator[Dataset]:
    level = asked.QueryRetrieveLevel
    key = {"STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID", "IMAGE": "SOPInstanceUID"}[level]
    fixed = {e.keyword: str(e.value) for e in asked if str(e.value or "") and e.keyword != "QueryRetrieveLevel"}
    fit = [d for d in shelf.lists if all(str(d.get(k, "")) == v for k, v in fixed.items())]
    for ds in {str(d[key].value): d for d in fit}.values():
        row = Dataset()
        row.QueryRetrieveLevel = level
        for element in asked:
            if element.keyword in ds:
                setattr(row, element.keyword, ds[element.keyword].value)
        if level == "STUDY":
            count = sum(d.StudyInstanceUID == ds.StudyInstanceUID for d in shelf.lists)
            row.NumberOfStudyRelatedInstances = str(count if shelf.count is None else shelf.count)
        yield row
