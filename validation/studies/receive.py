"""The listener under load, under attack and under kill -9, with dcmtk's storescu in processes of its own as the sender.

    python -m validation.studies.receive --out validation/results/receive.json

Figures: instances a second from 1 sender and from 64 at once (512 x 512, every process start included), the same for a plain pynetdicom
listener that writes and syncs as ours does; what was lost beside 500 idle connections, and what an echo takes meanwhile; acknowledged instances
that were not on the disk after a kill; what a header that announces 4 GB costs. What was kept is read with pydicom and compared with what was sent.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from validation import record

CT = "1.2.840.10008.5.1.4.1.1.2"
SENDERS, EACH, IDLE, ROUNDS = 64, 16, 500, 3
KILL_SENDERS, KILL_EACH = 16, 120
HUGE = struct.pack(">BxL", 1, 0xFFFFFFF0)
FLOOD_MB = 300  # what is sent behind the header; plain pynetdicom keeps all of it
OURS = [
    sys.executable,
    "-c",
    "from anatofit.cli.main import main; main()",
    "receive",
    "--caller",
    "STORESCU",
    "--caller",
    "ECHOSCU",
]
# As its documentation shows, with the same durability, and room for as many associations as there are senders.
PLAIN = """
import os, sys, hashlib
from pynetdicom import AE, evt, ALL_TRANSFER_SYNTAXES
port, out = int(sys.argv[1]), sys.argv[2]
os.makedirs(out)
folder = os.open(out, os.O_RDONLY)
def store(event):
    name = os.path.join(out, hashlib.sha256(event.request.AffectedSOPInstanceUID.encode()).hexdigest())
    with open(name + ".part", "wb") as part:
        part.write(event.encoded_dataset())
        part.flush()
        os.fsync(part.fileno())
    os.rename(name + ".part", name + ".dcm")
    os.fsync(folder)
    return 0
ae = AE("ANATOFIT")
ae.maximum_associations, ae.maximum_pdu_size = 100, 131072
ae.add_supported_context("1.2.840.10008.5.1.4.1.1.2", ALL_TRANSFER_SYNTAXES)
ae.add_supported_context("1.2.840.10008.1.1")
ae.start_server(("127.0.0.1", port), evt_handlers=[(evt.EVT_C_STORE, store)])
"""


def write_sender(folder: Path, number: int, count: int, *, size: int) -> dict[str, str]:
    """Instances of one sender, a study of their own; SHA-256 of the pixels by SOP Instance UID."""
    from pydicom.dataset import FileDataset, FileMetaDataset

    folder.mkdir(parents=True)
    rng, sums = np.random.default_rng(number), {}
    for n in range(count):
        uid = f"1.2.826.0.1.{number + 1}.1.{n + 1}"
        meta = FileMetaDataset()
        meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = (
            "1.2.840.10008.1.2.1",
            CT,
            uid,
        )
        ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality, ds.PatientID = CT, uid, "CT", f"P{number}"
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.InstanceNumber = (
            uid.rsplit(".", 2)[0],
            uid.rsplit(".", 1)[0],
            n + 1,
        )
        ds.Rows = ds.Columns = size
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.PixelData = rng.integers(0, 2000, (size, size), dtype="<i2").tobytes()
        ds.save_as(folder / f"{n:05d}.dcm", enforce_file_format=True)
        sums[uid] = hashlib.sha256(ds.PixelData).hexdigest()
    return sums


@dataclass(frozen=True)
class Listener:
    """A listener at work."""

    process: subprocess.Popen[bytes]
    port: int

    def peak_mb(self) -> float:
        """The most memory that it held."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else float("nan")

    def echo_s(self) -> float:
        """How long an echo of dcmtk's takes, process start included."""
        start = time.perf_counter()
        done = subprocess.run(
            ["echoscu", "-aec", "ANATOFIT", "127.0.0.1", str(self.port)], capture_output=True, check=False
        )
        return time.perf_counter() - start if done.returncode == 0 else float("inf")


@contextmanager
def listening(folder: Path, *, plain: bool = False) -> Iterator[Listener]:
    """Ours, or plain pynetdicom, at a free port; killed at the end."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = (
        [sys.executable, "-c", PLAIN, str(port), str(folder)]
        if plain
        else [*OURS, "--into", str(folder), "--port", str(port)]
    )
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            time.sleep(0.1)
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
        yield Listener(process, port)
    finally:
        process.kill()
        process.wait()


def send(port: int, folders: Sequence[Path]) -> tuple[list[str], float, int]:
    """UIDs that were acknowledged, wall seconds, and senders that failed; one process for each folder, all at once."""
    start = time.perf_counter()
    command = ["storescu", "-v", "-aec", "ANATOFIT", "-pdu", "131072", "127.0.0.1", str(port), "+sd"]
    running = [
        subprocess.Popen([*command, str(f)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for f in folders
    ]
    said = [process.communicate()[0] for process in running]
    seconds = time.perf_counter() - start
    acknowledged = [uid for folder, text in zip(folders, said, strict=True) for uid in _acknowledged(folder, text)]
    return acknowledged, seconds, sum(p.returncode != 0 for p in running)


def _acknowledged(folder: Path, said: str) -> Iterator[str]:
    from pydicom import dcmread

    current = ""
    for line in said.splitlines():
        if found := re.search(r"Sending file: (\S+)", line):
            current = found[1]
        elif "Received Store Response (Success)" in line:
            yield str(dcmread(folder / Path(current).name, specific_tags=["SOPInstanceUID"]).SOPInstanceUID)


def kept(folder: Path) -> dict[str, str]:
    """SHA-256 of the pixels of everything on the disk, by SOP Instance UID."""
    from pydicom import dcmread

    read = (dcmread(p) for p in folder.rglob("*.dcm"))
    return {str(d.SOPInstanceUID): hashlib.sha256(d.PixelData).hexdigest() for d in read}


def lost(acknowledged: Sequence[str], sums: Mapping[str, str], folder: Path) -> int:
    """Acknowledged instances that are not on the disk as they were sent."""
    there = kept(folder)
    return sum(there.get(uid) != sums[uid] for uid in acknowledged)


def rates(work: Path, *, plain: bool) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """Instances a second from one sender and from all, in turns; what was lost."""
    sums: dict[str, str] = {}
    for n in range(SENDERS):
        sums |= write_sender(work / "send" / f"{n:03d}", n, EACH, size=512)
    single = work / "single"
    single.mkdir()
    for n, path in enumerate(sorted((work / "send").rglob("*.dcm"))):
        (single / f"{n:05d}.dcm").hardlink_to(path)
    rows = []
    for turn in range(ROUNDS):
        for name, folders in (("one", [single]), ("all", sorted((work / "send").iterdir()))):
            out = work / f"{name}{turn}"
            with listening(out, plain=plain) as here:
                acknowledged, seconds, failed = send(here.port, folders)
            row = {
                "listener": "pynetdicom" if plain else "anatofit",
                "senders": len(folders),
                "seconds": seconds,
                "failed": failed,
            }
            row |= {
                "rate": len(acknowledged) / seconds,
                "acknowledged": len(acknowledged),
                "lost": lost(acknowledged, sums, out),
            }
            rows.append(row)
            record.say("  ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()))
            shutil.rmtree(out)
    one, many = ([r["rate"] for r in rows if (r["senders"] == 1) is single_one] for single_one in (True, False))
    figures = {
        "rate_one": statistics.median(one),
        "rate_all": statistics.median(many),
        "lost": sum(r["lost"] for r in rows),
    }
    return {**figures, "failed": sum(r["failed"] for r in rows)}, rows


def beside_idle(work: Path) -> dict[str, float]:
    """All senders beside idle connections: lost instances, failed senders, and what an echo takes more than alone."""
    sums: dict[str, str] = {}
    for n in range(SENDERS):
        sums |= write_sender(work / "send" / f"{n:03d}", n, EACH, size=256)
    with listening(work / "in") as here:
        alone = statistics.median(here.echo_s() for _ in range(5))
        idle = [socket.create_connection(("127.0.0.1", here.port)) for _ in range(IDLE)]
        with_idle = statistics.median(here.echo_s() for _ in range(5))
        acknowledged, _, failed = send(here.port, sorted((work / "send").iterdir()))
        after = here.echo_s()
        for connection in idle:
            connection.close()
        here.process.send_signal(signal.SIGKILL)
    return {
        "idle_lost": lost(acknowledged, sums, work / "in"),
        "idle_failed": failed,
        "idle_acknowledged": len(acknowledged),
        "echo_alone_s": alone,
        "echo_added_s": max(with_idle, after) - alone,
    }


def killed(work: Path) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """Listeners killed at moments of a send, one after another, until enough was acknowledged; what of it was lost."""
    sums: dict[str, str] = {}
    for n in range(KILL_SENDERS):
        sums |= write_sender(work / "send" / f"{n:03d}", n, KILL_EACH, size=128)
    rows: list[dict[str, Any]] = []
    turn = 0
    while sum(r["acknowledged"] for r in rows) < 2000 or turn < 6:
        out = work / f"in{turn}"
        delay_s = 0.05 + 0.17 * (turn % 6)
        with listening(out) as here:
            killer = threading.Thread(target=_kill_later, args=(here.process, out, delay_s))
            killer.start()
            acknowledged, _, failed = send(here.port, sorted((work / "send").iterdir()))
            killer.join()
        rows.append(
            {
                "killed_after_s": delay_s,
                "acknowledged": len(acknowledged),
                "cut": failed,
                "lost": lost(acknowledged, sums, out),
            }
        )
        record.say("  ".join(f"{k} {v:.4g}" for k, v in rows[-1].items()))
        shutil.rmtree(out)
        turn += 1
    figures = {"killed_acknowledged": sum(r["acknowledged"] for r in rows), "killed_lost": sum(r["lost"] for r in rows)}
    return {**figures, "kills": float(len(rows)), "kills_within_a_send": sum(r["cut"] > 0 for r in rows)}, rows


def _kill_later(process: subprocess.Popen[bytes], folder: Path, delay_s: float) -> None:
    """Kills the listener so long after its first instance."""
    while process.poll() is None and not any(folder.rglob("*.dcm")):
        time.sleep(0.01)
    time.sleep(delay_s)
    process.kill()


def flooded(work: Path, *, plain: bool) -> dict[str, float]:
    """A header that announces 4 GB, and what comes behind it: memory that it costs, and seconds until the connection is closed."""
    prefix = "plain_" if plain else ""
    with listening(work / ("flooded-plain" if plain else "flooded"), plain=plain) as here:
        before, start = here.peak_mb(), time.perf_counter()
        with socket.create_connection(("127.0.0.1", here.port), timeout=20) as attack:
            attack.sendall(HUGE)
            closed = _flood(attack)
        seconds = time.perf_counter() - start if closed else float("inf")
        time.sleep(0.5)
        return {f"{prefix}header_memory_mb": here.peak_mb() - before, f"{prefix}header_closed_s": seconds}


def _flood(attack: socket.socket) -> bool:
    try:
        for _ in range(FLOOD_MB):
            attack.sendall(bytes(1024**2))
    except OSError:
        return True
    return False


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs every part, says the figures, and writes the record."""
    options = record.parser(__doc__).parse_args(arguments)
    figures: dict[str, float] = {}
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="anatofit-", dir=os.environ.get("TMPDIR")) as folder:
        for plain in (False, True):
            measured, more = rates(Path(folder, "plain" if plain else "ours"), plain=plain)
            figures |= {f"plain_{k}": v for k, v in measured.items()} if plain else measured
            rows += more
        figures["rate_ratio"] = figures["rate_all"] / figures["rate_one"]
        figures["plain_rate_ratio"] = figures["plain_rate_all"] / figures["plain_rate_one"]
        figures |= beside_idle(Path(folder, "idle"))
        measured, more = killed(Path(folder, "killed"))
        figures |= measured
        rows += more
        for plain in (False, True):
            figures |= flooded(Path(folder), plain=plain)
    return record.finish(options.out, "receive", figures, rows, record.failures(figures, record.bars("receive")))


if __name__ == "__main__":
    sys.exit(main())
