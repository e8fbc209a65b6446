"""The site's vault: the key of its pseudonyms, and who each of them is. One file, for its owner alone."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anatofit.errors import PrescriptionError, Reason
from anatofit.identity.keyed import Keyed
from anatofit.identity.patient import PatientIdentity

SCHEMA = 1
_KEY_BYTES = 32  # as long as the hash (RFC 2104, section 3)
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LARGEST_BYTES = 64_000_000


class Vault:
    """An open vault. It never shows its key or whom it knows."""

    def __init__(self, path: Path, keyed: Keyed) -> None:
        self._path = path
        self.keyed = keyed

    def pseudonym(self, patient: PatientIdentity) -> str:
        """The patient's pseudonym; who it is stands in the vault from then on, safe on disk. Raises PrescriptionError."""
        name = self.keyed.pseudonym(patient.normal)
        with _locked(self._path):
            content = _read(self._path)
            if name not in content["patients"]:
                content["patients"][name] = {
                    "number": patient.number,
                    "issuer": patient.issuer,
                    "name": patient.name,
                    "birth_date": patient.birth_date,
                    "study": patient.study,
                }
                _replace(self._path, content)
        return name

    def who(self, pseudonym: str) -> PatientIdentity | None:
        """Whom the pseudonym stands for, for those who may open the file. Raises PrescriptionError."""
        entry = _read(self._path)["patients"].get(pseudonym)
        return None if entry is None else PatientIdentity(**entry)


def open_vault(path: Path) -> Vault:
    """The vault at `path`, made with a new key where there is none. Raises PrescriptionError with rule `vault…`."""
    path = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow a link, which is refused
    _check_folder(path.parent)
    try:
        with _locked(path):
            for left in path.parent.glob(
                f".{path.name}-*"
            ):  # of a process that was killed; whoever writes holds the lock
                left.unlink()
            if not path.is_symlink() and not path.exists():
                _replace(path, {"schema": SCHEMA, "key": secrets.token_hex(_KEY_BYTES), "patients": {}})
            content = _read(path)
    except OSError as error:
        raise _unusable(f"the vault cannot be made or read: {error.strerror}") from error
    return Vault(path, Keyed(bytes.fromhex(content["key"])))


def _check_folder(folder: Path) -> None:
    """Refuses a folder in which others may put files: they could put another vault in the place of this one."""
    try:
        mode = folder.stat().st_mode
    except OSError as error:
        raise _unusable(f"the vault's folder cannot be used: {error.strerror}") from error
    if mode & stat.S_IWOTH:
        said = f"the vault lies in a folder that everybody may write to (mode {stat.S_IMODE(mode):04o})"
        raise PrescriptionError(Reason("vault-open", f"{said}. Move it into a folder of its own (chmod 700)"))


def _check_file(state: os.stat_result) -> None:
    if not stat.S_ISREG(state.st_mode):
        raise _unusable("the vault is a link or no regular file")
    if state.st_mode & _OTHERS:
        said = f"the vault may be read or written by others than its owner (mode {stat.S_IMODE(state.st_mode):04o}), 0600 is wanted"
        advice = "Close it (chmod 600), and think of the key as known: pseudonyms made with it can be undone by whoever read it"
        raise PrescriptionError(Reason("vault-open", f"{said}. {advice}"))
    if state.st_uid not in (os.geteuid(), 0):
        raise PrescriptionError(Reason("vault-open", "the vault belongs to another user. Use one of your own"))
    if state.st_size > _LARGEST_BYTES:
        raise _unusable("the vault is far larger than one can be")


def _read(path: Path) -> dict[str, Any]:
    """The checked content. Raises PrescriptionError where it is open to others, or no vault."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise _unusable("the vault is a link, or cannot be read") from error
    with os.fdopen(descriptor, "rb") as stream:
        _check_file(os.fstat(stream.fileno()))
        return _parsed(stream.read())


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        content = json.loads(data)
        good = content["schema"] == SCHEMA and isinstance(content["patients"], dict)
        good = good and len(bytes.fromhex(content["key"])) == _KEY_BYTES
    except (ValueError, LookupError, TypeError) as error:
        raise _unusable("the file named as the vault is none") from error
    if not good:
        raise _unusable("the file named as the vault is none, or of another version")
    return dict(content)


def _replace(path: Path, content: dict[str, Any]) -> None:
    """The file whole or not at all: written beside with mode 0600, made safe on disk, renamed. Raises PrescriptionError."""
    try:
        descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # 0600, O_EXCL
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(json.dumps(content, indent=1, ensure_ascii=True).encode())
                stream.flush()
                os.fsync(stream.fileno())
            Path(beside).replace(path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise _unusable(f"the vault cannot be written: {error.strerror}") from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time: two that add patients at once must not lose one. Raises PrescriptionError."""
    try:
        descriptor = os.open(path.with_name(path.name + ".lock"), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise _unusable(f"the vault cannot be locked: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _unusable(said: str) -> PrescriptionError:
    advice = "Name a file of your own, in a folder that only you may write to; it is made where there is none"
    return PrescriptionError(Reason("vault", f"{said}. {advice}"))
