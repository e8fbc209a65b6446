"""What every form of labels has in common: the choice of one, and the comparison with the scan that they claim to belong to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import ScanUnsuitableError, WrongPatientError
from anatofit.ingest.header.tags import Getter, sha256_of
from anatofit.ingest.research.stops import stop
from anatofit.ingest.rules import listed
from anatofit.model.scan import LoadedScan
from anatofit.model.words import counted, shown

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

# Name or number of the label that the order means.
Wanted = str | int | None


@dataclass(frozen=True)
class Marked:
    """One label on the scan's grid, and what is to be said of it."""

    inside: NDArray[np.bool_]
    kind: str
    number: int
    sha256: str
    step_mm: float
    placed: str
    notes: tuple[str, ...] = ()


@contextmanager
def unreadable_labels_named() -> Iterator[None]:
    """What a broken object makes pydicom raise becomes a refusal by name."""
    try:
        yield
    except ScanUnsuitableError:
        raise
    except WrongPatientError:
        raise
    except Exception as error:  # a broken object may raise anything
        raise stop("labels-unreadable", f"The labels are broken ({type(error).__name__})") from error


def choose(names: Mapping[int, str], wanted: Wanted) -> int:
    """The number of the label that is meant; the only one where none is named. Names are compared without case.

    Raises ScanUnsuitableError with the list of what there is, its text escaped.
    """
    if not names:
        raise stop("labels-empty", "There is no label")
    if wanted is None:
        if len(names) > 1:
            raise stop("labels-choice", f"There are {len(names)} labels ({told(names)}), and the order names none")
        return next(iter(names))
    found = [
        n
        for n, name in names.items()
        if isinstance(wanted, str) and name.strip().casefold() == wanted.strip().casefold()
    ]
    if not found and str(wanted).strip().isdecimal():
        found = [n for n in names if n == int(wanted)]
    if not found:
        raise stop("labels-unknown", f"There is no label {shown(wanted)}; there are {told(names)}")
    if len(found) > 1:
        raise stop("labels-choice", f"{len(found)} labels bear that name, numbers {', '.join(map(str, found))}")
    return found[0]


def told(names: Mapping[int, str]) -> str:
    """`1 'Skull', 2 'Mandible'`, in plain ASCII with everything odd escaped."""
    return listed([f"{n} {shown(name.strip())}" if name.strip() else str(n) for n, name in sorted(names.items())])


def compare_patient(dataset: FileDataset, scan: LoadedScan) -> list[str]:
    """What a reader should know of whose labels these are. Raises WrongPatientError where they are another patient's."""
    if scan.facts.research:
        raise stop(
            "labels-frame", "DICOM labels cannot be compared with a research volume, which has no frame of reference"
        )
    named = Getter(dataset).text("PatientID", None)
    if not named or scan.patient_id_sha256 is None:
        return ["labels or scan bear no patient id: whose they are was not compared"]
    if sha256_of(named) != scan.patient_id_sha256:
        raise WrongPatientError(
            stop("labels-patient", "The patient id of the labels is not the one of the scan").reasons
        )
    return []


def compare_frame(frame_uid: str, scan: LoadedScan) -> list[str]:
    """The frame of reference must be the scan's (PS3.3, C.7.4.1): only then do equal coordinates mean equal places."""
    own = scan.facts.frame_of_reference_uid
    if not frame_uid and not own:
        return ["neither scan nor labels state a frame of reference: only coordinates were compared"]
    if frame_uid != own:
        raise stop("labels-frame", "The labels have another frame of reference than the scan" if frame_uid and own
                   else "Of labels and scan only one states a frame of reference")  # fmt: skip
    return []


def compare_references(series: Collection[str], images: Collection[str], scan: LoadedScan) -> list[str]:
    """The series and images that the labels were drawn on must be those of the scan."""
    if series and scan.facts.series_uid not in series:
        raise stop("labels-reference", f"The labels name {len(set(series))} other series, not the one of the scan")
    strangers = set(images) - set(scan.sop_uids)
    if strangers:
        raise stop(
            "labels-reference",
            f"{len(strangers)} of {counted(len(set(images)), 'image')} that the labels name {'is' if len(strangers) == 1 else 'are'} not in the scan",
        )
    return [] if images else ["the labels name no images: only frame of reference and coordinates were compared"]
