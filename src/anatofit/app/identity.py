"""The site's vault where an order is carried out: who the patient is goes in, a pseudonym comes out."""

from __future__ import annotations

from collections.abc import Callable

from anatofit.app.prescription import Job

# Given the bytes of one file of the chosen series: the patient's pseudonym, or None where the file names nobody.
NamePatient = Callable[[bytes], str | None]


def name_patient(job: Job) -> NamePatient | None:
    """What names the patient of a scan; None where the site keeps no vault. Raises PrescriptionError for one that is open to others."""
    if job.vault is None:
        return None
    from anatofit.identity.patient import identity_in
    from anatofit.identity.vault import open_vault

    vault = open_vault(job.vault)

    def named(data: bytes) -> str | None:
        patient = identity_in(data)
        return vault.pseudonym(patient) if patient.known else None

    return named


def vault_fingerprint(job: Job) -> str | None:
    """Changes with the key of the site's vault, and tells nothing of it."""
    if job.vault is None:
        return None
    from anatofit.identity.vault import open_vault

    return open_vault(job.vault).keyed.fingerprint
