"""The scan of an order that names an accession number: brought into a private folder that goes when the run ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from anatofit.app.outside import refuse_among_studies
from anatofit.app.prescription import Job
from anatofit.app.settings import load_settings
from anatofit.errors import Reason, RequestError
from anatofit.model.exchange import ACCESSION, UID_TEXT
from anatofit.model.passing import passing_folder

if TYPE_CHECKING:
    from anatofit.exchange.pull import Pulled


LONGEST_UID = 64  # PS3.5, 9.1


@contextmanager
def fetched(job: Job, *, told: Callable[[str], None] = lambda _title: None) -> Iterator[Job]:
    """The job with its scan in a folder. Raises ScanUnsuitableError where the archive does not give it whole."""
    if job.place is not None:
        yield job
        return
    told("Fetching the scan from its archive")
    with passing_folder() as folder:  # 0700
        yield fetch(job, folder / "study")


def fetch(job: Job, folder: Path) -> Job:
    """The job with its scan below `folder`, which must not hold anything. Raises as `fetched` does, and OutputError."""
    from anatofit.exchange.pull import pull

    assert job.archive is not None, "an order without a folder has an archive"
    pulled = pull(job.archive, folder, accession=job.prescription.source.accession)
    return replace(job, place=pulled.folder)


def bring(
    into: Path, *, archive: str | None, accession: str | None = None, study: str | None = None, site: Path | None = None
) -> Pulled:
    """A study from the archive of that name in the site's settings. Raises RequestError, or ScanUnsuitableError as `fetched` does."""
    from anatofit.exchange.pull import pull

    for key, value, form in (("--accession", accession, ACCESSION), ("--study", study, UID_TEXT)):
        if value is not None and (re.fullmatch(form, value) is None or len(value) > LONGEST_UID):
            why = f"{key} holds no such number (its value is not repeated here): one is wanted, without * ? or a backslash"
            raise RequestError(Reason("command", why))
    chosen = load_settings(site).archive(archive)
    refuse_among_studies("--into", into)
    return pull(chosen, into, accession=accession, study=study)
