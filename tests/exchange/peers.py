"""Peers of the tests: small instances, a sender that is pynetdicom's own, raw connections, and the listener as a process."""

from __future__ import annotations

import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

CT = "1.2.840.10008.5.1.4.1.1.2"
STUDY = "1.2.826.0.1.7"
CANARY = "Kanarienvogel"
PROGRAM = [sys.executable, "-P", "-c", "from anatofit.cli.main import main; main()"]


def instance(number: int, *, study: str = STUDY, size: int = 16, seed: int = 0) -> FileDataset:
    """A CT slice of noise that names a patient in every text."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, CT
    meta.MediaStorageSOPInstanceUID = f"{study}.1.{number}"
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = CT, f"{study}.1.{number}"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = study, f"{study}.1"
    ds.PatientID, ds.PatientName, ds.Modality = CANARY, f"{CANARY}^{CANARY}", "CT"
    ds.StudyDescription, ds.AccessionNumber, ds.StudyDate = CANARY, "A-17", "20240115"
    ds.InstanceNumber, ds.SeriesNumber = number, 3
    ds.Rows = ds.Columns = size
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    rng = np.random.default_rng(1000 * seed + number)
    ds.PixelData = rng.integers(0, 2000, (size, size), dtype="<i2").tobytes()
    return ds


def write(folder: Path, numbers: Sequence[int], **options: Any) -> Path:
    """Instances as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        instance(number, **options).save_as(folder / f"{number:05d}.dcm", enforce_file_format=True)
    return folder


@contextmanager
def associated(
    port: int, *, calling: str = "SENDER", called: str = "ANATOFIT", tls: Any = None, classes: Sequence[str] = (CT,)
) -> Iterator[Any]:
    """An association of pynetdicom's, for storage and verification."""
    from pynetdicom import AE

    ae = AE(calling)
    ae.connection_timeout = ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = 20
    for name in (*classes, "1.2.840.10008.1.1"):
        ae.add_requested_context(name, [ExplicitVRLittleEndian])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        association = ae.associate("127.0.0.1", port, ae_title=called, tls_args=(tls, "localhost") if tls else None)
        holder = association.dul.socket
        connection = holder.socket if holder else None
        try:
            yield association
        finally:
            if association.is_established:
                association.release()
            if connection is not None:
                connection.close()  # where the peer was killed the library leaves it open


def send(port: int, *datasets: FileDataset, **options: Any) -> list[int]:
    """The status of each store."""
    with associated(port, **options) as association:
        assert association.is_established
        return [association.send_c_store(ds).Status for ds in datasets]


def echo_seconds(port: int) -> float:
    """How long an association with one echo takes."""
    start = time.perf_counter()
    with associated(port) as association:
        assert association.is_established and association.send_c_echo().Status == 0
    return time.perf_counter() - start


def raw(port: int, data: bytes = b"") -> socket.socket:
    """A bare connection that has sent `data`."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(data)
    return connection


def closed_after(connection: socket.socket, *, within_s: float) -> float:
    """Seconds until the other side closes; fails where it does not."""
    start = time.perf_counter()
    connection.settimeout(within_s)
    try:
        while connection.recv(4096):
            pass
    except ConnectionError:
        pass
    finally:
        connection.close()
    return time.perf_counter() - start


HUGE_HEADER = struct.pack(">BxL", 1, 0xFFFFFFF0)


@dataclass
class Listening:
    """A listener in a process of its own, and what it said."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    def peak_mb(self) -> float:
        """The most memory that it ever held."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024

    def kill(self) -> None:
        """As a power failure would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def end(self) -> int:
        """As an administrator would."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


@contextmanager
def listening(folder: Path, *options: str, caller: str = "SENDER", prefix: Sequence[str] = ()) -> Iterator[Listening]:
    """`anatofit receive` at a free port; it ends with the block."""
    log = folder.with_name(f"{folder.name}.log")
    command = [
        *prefix,
        *PROGRAM,
        "receive",
        "--into",
        str(folder),
        "--port",
        str(free_port()),
        "--caller",
        caller,
        *options,
    ]
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, text=True, env=os.environ | {"LC_ALL": "C.UTF-8"})
    try:
        yield Listening(process, _port_said(log, process), log)
    finally:
        process.kill()
        process.wait()


def _port_said(log: Path, process: subprocess.Popen[str]) -> int:
    for _ in range(400):
        said = re.search(r"listening at \S+ port (\d+)", log.read_text(encoding="utf-8"))
        if said:
            return int(said[1])
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8"))


def free_port() -> int:
    """A port that nobody holds at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_for(condition: Any, *, within_s: float = 20.0) -> None:
    """Returns when the condition holds; fails where it does not."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def files(folder: Path) -> list[Path]:
    """Instances that a listener keeps, of every version."""
    return sorted((folder / "studies").rglob("*.dcm"))
