"""Whether the slices of one series are of one patient, one examination and one machine, as PS3.3, A.1.2.3 says of a series.

Refused is what can put a device into the wrong patient or on the wrong side, or join two examinations between which the patient
moved: two patients (by number and birth date, or by sex), frames of reference, studies, days, positions of the patient, and
scanners (by maker, model or serial number). Where the number of the patient is one and the sex is not, nobody can tell whether a
record was corrected or a stranger's slice came in. A tag that some slices leave out contradicts nothing; only where it
tells the patient, the frame or the study is its lack a value of its own.

Said beside the design is what changes neither place nor patient: another spelling of the name under one number and birth date,
another console of the same scanner, another tube voltage (it changes the HU of bone, whose edge is found place by place between its
own two sides), and an age that contradicts the birth date (the youngest is what limits are held against).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from itertools import islice
from typing import Any

from anatofit.ingest.header.instance import Instance
from anatofit.ingest.rules import found, listed
from anatofit.ingest.series.which import which_files
from anatofit.model.scan import ScanFinding

_SCANNER = ("scanner makers", "scanner models", "scanners by their serial numbers")
# An age in whole years is the last birthday's; scanners that round, and dates of the scan that are a night apart, stay within a year.
YOUNGER_YEARS, OLDER_YEARS = 1.0, 2.0


def alike_findings(instances: Sequence[Instance]) -> Iterator[ScanFinding]:
    """Every mixture that stops a design, each with the sizes of its parts, and the places and files of the smaller ones."""
    patients = list(_mixture(instances, lambda i: i.patient_sha256, rule="mixed-patients", what="patients"))
    if not patients and not _confirmed(instances):
        patients = list(
            _mixture(instances, lambda i: i.name_sha256 or None, rule="mixed-patients", what="names of the patient")
        )
    yield from patients or _mixture(
        instances, lambda i: i.sex or None, rule="mixed-patients", what="sexes of the patient"
    )
    yield from _mixture(instances, lambda i: i.frame_uid, rule="mixed-frames", what="frames of reference")
    yield from _studies(instances)
    yield from _mixture(
        instances, lambda i: i.position_name or None, rule="mixed-positions", what="positions of the patient"
    )
    yield from _scanners(instances)


def _confirmed(instances: Sequence[Instance]) -> bool:
    """Every slice bears a birth date beside the patient's number: two spellings of a name are then those of one person.

    A number alone is no proof: 0, ANON and UNKNOWN are many people's.
    """
    return all(i.birth_year is not None for i in instances)


def _mixture(
    instances: Sequence[Instance], value: Callable[[Instance], Any], *, rule: str, what: str
) -> Iterator[ScanFinding]:
    """The finding where slices bear several values; None is no value."""
    stated = [(i, v) for i in instances if (v := value(i)) is not None]
    counts = Counter(v for _, v in stated)
    if len(counts) < 2:
        return
    most, _ = counts.most_common()[0]
    others = [i for i, v in stated if v != most]
    sizes = listed([str(n) for _, n in counts.most_common()])
    was = f"{len(counts)} {what} in one series ({sizes} slices), one is wanted; unlike the most: {which_files(others, instances)}"
    yield found(rule, was, measured=len(counts), limit=1)


def _studies(instances: Sequence[Instance]) -> Iterator[ScanFinding]:
    """Slices of one series are of one study, and of one day or of the night between two."""
    studies = list(_mixture(instances, lambda i: i.study_uid, rule="mixed-studies", what="studies"))
    yield from studies
    days = Counter(i.date for i in instances if i.date)
    apart = (date.fromisoformat(max(days)) - date.fromisoformat(min(days))).days if days else 0
    if apart > 1 and not studies:
        most, _ = days.most_common()[0]
        others = [i for i in instances if i.date and i.date != most]
        was = f"Slices of one series are {apart} days apart, one at most is wanted; unlike the most: {which_files(others, instances)}"
        yield found("mixed-studies", was, measured=apart, limit=1, unit="days")


def _scanners(instances: Sequence[Instance]) -> Iterator[ScanFinding]:
    """The first of the marks of a scanner in which slices differ: the others mostly follow from it."""
    each = [(what, partial(_mark_of_scanner, n)) for n, what in enumerate(_SCANNER)]
    found_there = (f for what, mark in each for f in _mixture(instances, mark, rule="mixed-scanners", what=what))
    yield from islice(found_there, 1)


def _mark_of_scanner(n: int, instance: Instance) -> str | None:
    return instance.scanner[n] or None


def alike_notes(instances: Sequence[Instance]) -> Iterator[str]:
    """What differs, or contradicts itself, without stopping a design."""
    names = Counter(i.name_sha256 for i in instances if i.name_sha256)
    if len(names) > 1:
        most, _ = names.most_common()[0]
        others = [i for i in instances if i.name_sha256 and i.name_sha256 != most]
        yield f"the patient's name is written in {len(names)} ways, under one number and birth date; unlike the most: {which_files(others, instances)}"
    if (stations := len({i.station for i in instances if i.station})) > 1:
        yield f"{stations} names of the scanner's station in one series"
    voltages = {i.kvp for i in instances if i.kvp is not None}
    if len(voltages) > 1:
        yield (
            f"{len(voltages)} tube voltages in one series ({min(voltages):g} to {max(voltages):g} kV): "
            "the HU of one bone differ from slice to slice"
        )
    yield from _ages(instances)


def _ages(instances: Sequence[Instance]) -> Iterator[str]:
    tags = [i.age_years for i in instances if i.age_years is not None]
    if tags and max(tags) - min(tags) > YOUNGER_YEARS:
        yield f"the tag PatientAge says {min(tags):g} to {max(tags):g} years in one series; the least is judged"
    both = [(i.age_years, i.birth_years) for i in instances if i.age_years is not None and i.birth_years is not None]
    wrong = [(tag, birth) for tag, birth in both if not tag - YOUNGER_YEARS <= birth <= tag + OLDER_YEARS]
    if any(i.birth_years is not None and i.birth_years < 0 for i in instances):
        yield "the patient's birth date lies after the scan: no age is taken from it"
    elif wrong:
        tag, birth = min(wrong)
        yield f"the tag PatientAge says {tag:g} years, the birth date and the date of the scan {birth:g}; the least is judged"
