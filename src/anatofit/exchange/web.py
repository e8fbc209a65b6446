"""An archive asked by QIDO-RS and fetched from by WADO-RS (PS3.18, 10): sizes bounded, no redirect followed, bytes kept as they came."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import quote

from anatofit.errors import Reason, RequestError
from anatofit.exchange.archive import StudyEntry, number_of, too_large, unreachable
from anatofit.exchange.collect import Collector, Promise
from anatofit.exchange.elements import NotReadableError
from anatofit.exchange.library import library
from anatofit.exchange.limits import Limits
from anatofit.exchange.multipart import MultipartError, Parts, boundary_of
from anatofit.exchange.part10 import is_uid
from anatofit.exchange.secure import trusting
from anatofit.model.exchange import Web

_CONNECT_S, _READ_S = 10.0, 60.0
# A thousand instances are listed in 1 MB; parsed, a list takes some ten times its size.
_LARGEST_LIST_BYTES = 16 * 1024**2
_CHUNK_BYTES = 262_144
_STUDY, _SERIES, _INSTANCE, _CLASS = "0020000D", "0020000E", "00080018", "00080016"
_ACCESSION, _COUNT, _SERIES_NUMBER, _INSTANCE_NUMBER = "00080050", "00201208", "00200011", "00200013"
# First the form that the archive holds; some refuse to be asked for it, and then give their default.
_ACCEPTED = (
    'multipart/related; type="application/dicom"; transfer-syntax=*',
    'multipart/related; type="application/dicom"',
)


class _Bounded:
    """The body of an answer, which ends in an error where it is larger than allowed; nothing is unpacked."""

    def __init__(self, raw: Any, most_bytes: int) -> None:
        self._raw, self._left = raw, most_bytes

    def read(self, count: int) -> bytes:
        data: bytes = self._raw.read(count, decode_content=False)
        self._left -= len(data)
        if self._left < 0:
            self.close()
            raise too_large("the archive's answer is larger than any that is asked for")
        return data

    def close(self) -> None:
        self._raw.close()

    def release_conn(self) -> None:
        self._raw.release_conn()


def login_of(archive: Web) -> str:
    """What logs us in; never part of a command or a message. Raises RequestError."""
    if archive.auth == "none":
        return ""
    if archive.login_variable is not None:
        text = os.environ.get(archive.login_variable, "")
    else:
        assert archive.login_file is not None  # held by the model
        try:
            if archive.login_file.stat().st_mode & 0o077:
                why = "the file with the login can be read by others than its owner; take that right away (chmod 600)"
                raise RequestError(Reason("pacs-login", why))
            text = archive.login_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = f"the file with the login cannot be read ({type(error).__name__}); correct [pacs.NAME] login_file"
            raise RequestError(Reason("pacs-login", why)) from error
    if not text.strip():
        where = archive.login_variable or "login_file"
        raise RequestError(Reason("pacs-login", f"there is no login for the archive in {where}; put it there"))
    return text.strip()


def _as_plain(url: str) -> str:
    """The address with / and : as themselves in its query, where they may stand (RFC 3986, 3.4): Orthanc 1.10 takes %2F literally."""
    path, mark, query = url.partition("?")
    return path + mark + query.replace("%2F", "/").replace("%3A", ":")


def _session(archive: Web, login: str) -> Any:
    requests, adapters = library("requests"), library("requests.adapters")

    base: Any = adapters.HTTPAdapter

    class Adapter(base):  # type: ignore[misc]  # the base is known at run time only
        most_bytes = _LARGEST_LIST_BYTES

        def send(self, request: Any, **options: Any) -> Any:
            request.url = _as_plain(request.url)
            options |= {"stream": True, "timeout": (_CONNECT_S, _READ_S)}
            answer = super().send(request, **options)
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                answer.close()
                raise unreachable("the archive packs its answers although it was asked not to")
            answer.raw = _Bounded(answer.raw, self.most_bytes)
            return answer

    session = requests.Session()
    session.trust_env, session.max_redirects = False, 0  # no proxy, no .netrc, no way to anywhere else
    session.headers["Accept-Encoding"] = "identity"
    if archive.ca is not None:
        trusting(archive.ca)  # said now where it is none
    session.verify = str(archive.ca) if archive.ca is not None else True
    if archive.auth == "basic":
        session.auth = tuple(login.partition(":")[::2])
    elif archive.auth == "bearer":
        session.headers["Authorization"] = f"Bearer {login}"
    session.mount("http://", Adapter())
    session.mount("https://", Adapter())
    return session


class WebArchive:
    """An archive that speaks DICOMweb."""

    def __init__(self, archive: Web, limits: Limits) -> None:
        self._limits, self._url = limits, archive.url.rstrip("/")
        self._session = _session(archive, login_of(archive))
        web = library("dicomweb_client.web")
        self._client = web.DICOMwebClient(self._url, session=self._session, permissive_uid=True)
        self._client.set_http_retry_params(retry=False)

    def studies(self, *, accession: str | None = None, study: str | None = None) -> Sequence[StudyEntry]:
        """The studies of an accession number, or the one of a UID. Raises ScanUnsuitableError."""
        filters = {"AccessionNumber": accession} if accession is not None else {"StudyInstanceUID": study}
        with _refusals():
            found = self._client.search_for_studies(
                search_filters=filters, fields=["NumberOfStudyRelatedInstances", "AccessionNumber"]
            )
            texts = [_texts(entry) for entry in found]
        fit = [t for t in texts if is_uid(t.get(_STUDY, "")) and study in (None, t[_STUDY])]
        if accession is not None:
            fit = [t for t in fit if t.get(_ACCESSION, "") == accession]
        return [StudyEntry(uid, n) for uid, n in {t[_STUDY]: number_of(t.get(_COUNT, "")) for t in fit}.items()]

    def instances(self, study: str) -> Mapping[str, Promise]:
        """Every instance of the study, by SOP Instance UID. Raises ScanUnsuitableError."""
        promised: dict[str, Promise] = {}
        with _refusals():
            ask = partial(self._client.search_for_series, study, fields=["SeriesNumber"])
            for series, told in self._pages(ask, _SERIES).items():
                number = number_of(told.get(_SERIES_NUMBER, ""))
                found = self._pages(partial(self._client.search_for_instances, study, series), _INSTANCE)
                for uid, entry in found.items():
                    numbers = number, number_of(entry.get(_INSTANCE_NUMBER, ""))
                    promised[uid] = Promise(series, entry.get(_CLASS, ""), *numbers)
                self._bound(promised)
        return promised

    def _pages(self, ask: Callable[..., Any], key: str) -> dict[str, dict[str, str]]:
        """All rows by their UID, page after page until one brings nothing new: an archive that ignores the offset ends it too."""
        rows: dict[str, dict[str, str]] = {}
        offset = 0
        while True:
            page = [_texts(row) for row in ask(offset=offset or None)]
            new = {t[key]: t for t in page if is_uid(t.get(key, "")) and t[key] not in rows}
            if not new:
                return rows
            rows, offset = rows | new, offset + len(page)
            self._bound(rows)

    def _bound(self, listed: Mapping[str, Any]) -> None:
        if len(listed) > self._limits.most_instances:
            raise too_large("the archive lists more than any study holds")

    def fetch(self, study: str, into: Collector) -> None:
        """Brings the instances of the study, series by series. Raises ScanUnsuitableError."""
        for series in sorted({p.series for p in into.promised.values()}):
            with _refusals():
                self._fetch(f"{self._url}/studies/{quote(study)}/series/{quote(series)}", into)

    def close(self) -> None:
        """Lets go of every connection."""
        self._session.close()

    def _fetch(self, url: str, into: Collector) -> None:
        for accepted in _ACCEPTED:
            with self._answer(url, accepted) as answer:
                if answer.status_code in (400, 406, 415) and accepted is not _ACCEPTED[-1]:
                    continue
                if answer.status_code == 404:
                    return  # what it listed is gone: it will be named as missing
                answer.raise_for_status()
                parts = Parts(answer.iter_content(_CHUNK_BYTES), boundary_of(answer.headers.get("Content-Type", "")))
                while parts.next():
                    self._take(parts.body(), into)
                return

    @contextmanager
    def _answer(self, url: str, accepted: str) -> Iterator[Any]:
        adapter = self._session.get_adapter(url)
        adapter.most_bytes = self._limits.largest_study_bytes
        answer = None
        try:
            answer = self._session.get(url, headers={"Accept": accepted}, stream=True)
            yield answer
        finally:
            adapter.most_bytes = _LARGEST_LIST_BYTES
            if answer is not None:
                answer.close()

    def _take(self, body: Iterator[bytes], into: Collector) -> None:
        part = into.begin()
        try:
            for data in body:
                part.write(data)
                if part.byte_count > self._limits.largest_instance_bytes or not into.has_room(part.byte_count):
                    raise too_large("an instance is larger than any, or there is no room for it")
            try:
                who = part.identity()
            except NotReadableError:
                part.close()
                into.refuse(part, "unreadable")
                return
            part.close()
            into.take(part, who)
        finally:
            if not part.stream.closed:
                part.drop()


@contextmanager
def _refusals() -> Iterator[None]:
    """Turns what goes wrong into a refusal by name; texts of the library hold the question, and are not repeated."""
    exceptions = library("requests.exceptions")
    try:
        yield
    except exceptions.HTTPError as error:
        code = error.response.status_code if error.response is not None else "none"
        raise unreachable(f"the archive answers with HTTP status {code}") from error
    except (exceptions.RequestException, MultipartError, OSError) as error:
        raise unreachable(f"the archive cannot be used ({type(error).__name__})") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise unreachable("the archive gives answers that cannot be read") from error


def _texts(entry: Any) -> dict[str, str]:
    """The first value of each attribute in the DICOM JSON model, as text; what has another form is left out."""
    if not isinstance(entry, dict):
        return {}
    values = {tag: row.get("Value") for tag, row in entry.items() if isinstance(row, dict)}
    return {
        tag: str(value[0]).strip()
        for tag, value in values.items()
        if isinstance(value, list) and value and isinstance(value[0], (str, int))
    }
