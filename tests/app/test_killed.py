"""What a kill leaves behind is gone after the next start, and nobody trips over it (FAULTS T72)."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from anatofit.cli.main import run
from anatofit.ingest.door.faults import Refused
from anatofit.ingest.door.quarantine import keep_apart
from anatofit.model.passing import HIDDEN_PREFIX, PREFIX, passing_folder, sweep
from anatofit.pack.bundle import Bundle
from anatofit.pack.nifti import write_volume
from tests.app.fakes import a_scan
from tests.ingest.dicom_writer import make_series

# A program that is killed by the system at the moment that the line before its last sets up.
PROGRAM = """
import os, signal, sys
from anatofit.ingest.door import archive
from anatofit.cli.main import run

def killed(*_arguments, **_more):
    os.kill(os.getpid(), signal.SIGKILL)

{moment}
sys.exit(run(sys.argv[1:]))
"""
IN_UNPACKING = """
wrote, count = archive._written, 0
def third(out, step):
    global count
    wrote(out, step)
    out.flush()
    count += 1
    if count == 3:
        killed()
archive._written = third
"""
AFTER_UNPACKING = """
import anatofit.ingest.header.intake as intake, anatofit.ingest.scan as scan
scan.received = killed
"""
IN_DECODING = """
from anatofit.ingest.pixel import decode
def asked(child, *_arguments, **_more):
    print(child._process.pid, flush=True)
    killed()
decode._Child.decoded = asked
"""


def killed(moment: str, *arguments: str, tmp: Path) -> str:
    """What a command said before it was killed at that moment, with its temporary files in `tmp`."""
    command = [sys.executable, "-P", "-c", PROGRAM.format(moment=moment), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "TMPDIR": str(tmp)}, timeout=60
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    return done.stdout


def ends(pid: int) -> bool:
    """The process is gone within ten seconds; one that nobody has buried counts as gone."""
    status, end = Path(f"/proc/{pid}/status"), time.monotonic() + 10
    while time.monotonic() < end:
        try:
            if "(zombie)" in status.read_text():
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, of this process too."""
    (folder := tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "scan.zip"
    with zipfile.ZipFile(path, "w") as out:
        for file in sorted(make_series().write(tmp_path / "scan").iterdir()):
            out.write(file, file.name)
    return path


@pytest.mark.parametrize("moment", [IN_UNPACKING, AFTER_UNPACKING], ids=["while unpacking", "after it"])
def test_slices_that_a_kill_left_unpacked_are_gone_after_the_next_command(
    moment: str, archive: Path, tmp: Path, capsys
) -> None:
    killed(moment, "inspect", str(archive), tmp=tmp)
    (left,) = tmp.iterdir()
    assert list(left.iterdir()) and stat.S_IMODE(left.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in left.iterdir()} == {0o600}
    assert run(["devices"]) == 0
    assert list(tmp.iterdir()) == []
    killed(moment, "inspect", str(archive), tmp=tmp)
    capsys.readouterr()
    assert run(["inspect", str(archive), "--json"]) == 0 and list(tmp.iterdir()) == []
    assert [s["slice_count"] for s in json.loads(capsys.readouterr().out)["series"]] == [20]


def test_a_decoder_ends_with_the_program_that_was_killed(tmp_path: Path, tmp: Path) -> None:
    from pydicom import dcmread
    from pydicom.uid import RLELossless

    scan = make_series().write(tmp_path / "coded")
    for path in scan.iterdir():
        ds = dcmread(path)
        ds.compress(RLELossless)
        ds.save_as(path)
    said = killed(IN_DECODING, "export-volume", str(scan), str(tmp_path / "v.nii"), tmp=tmp)
    assert ends(int(said)) and list(tmp.iterdir()) == []


LEFT_AT_WORK = """
import os, signal, time
from pathlib import Path
from anatofit.app.process import started

with started("timeit", Path("while True: pass"), "") as child:
    print(child.pid, flush=True)
    time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_at_work_ends_with_the_program_that_was_killed() -> None:
    command = [sys.executable, "-P", "-c", LEFT_AT_WORK]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL and ends(int(done.stdout))


def test_a_folder_that_a_process_holds_is_not_swept_by_itself_or_another(tmp: Path) -> None:
    with passing_folder() as folder:
        (folder / "slice").write_bytes(b"mine")
        sweep()
        other = "from anatofit.model.passing import passing_folder\nwith passing_folder(): pass"
        subprocess.run([sys.executable, "-P", "-c", other], check=True, env={**os.environ, "TMPDIR": str(tmp)})
        assert (folder / "slice").read_bytes() == b"mine" and [*tmp.iterdir()] == [folder]
    assert list(tmp.iterdir()) == []


def test_what_is_not_ours_is_not_swept(tmp: Path) -> None:
    (open_to_others := tmp / f"{PREFIX}open").mkdir()
    open_to_others.chmod(0o755)
    (tmp / "anatofit-other").mkdir(mode=0o700)
    (tmp / f"{PREFIX}file").write_text("x")
    (kept := tmp / "kept").mkdir(mode=0o700)
    (kept / "thesis").write_text("years of work")
    (tmp / f"{PREFIX}link").symlink_to(kept)
    before = sorted(tmp.rglob("*"))
    sweep()
    assert sorted(tmp.rglob("*")) == before


def test_a_folder_that_was_swept_before_it_was_held_is_made_anew(tmp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process may sweep between the making of the folder and its lock."""
    import tempfile

    make, made = tempfile.mkdtemp, []

    def swept(**more: str) -> str:
        made.append(make(**more))
        if len(made) == 1:
            sweep()
        return made[-1]

    monkeypatch.setattr("anatofit.model.passing.tempfile.mkdtemp", swept)
    with passing_folder() as folder:
        assert folder.is_dir() and [str(folder)] == made[1:]


def left_over(folder: Path) -> Path:
    (left := folder / f"{HIDDEN_PREFIX}killed").mkdir(mode=0o700, parents=True)
    (left / "part").write_bytes(b"of a patient")
    return left


def test_the_parts_of_a_pack_a_volume_and_a_quarantine_go_with_the_next_one(tmp_path: Path) -> None:
    left = left_over(tmp_path)
    Bundle(tmp_path / "pack").probe()
    assert not left.exists()
    left = left_over(tmp_path)
    write_volume(a_scan().volume, tmp_path / "v.nii")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["v.nii"]
    (apart := tmp_path / "apart").mkdir(mode=0o700)
    left = left_over(apart)
    (refused := tmp_path / "x").write_bytes(b"x")
    # the name that a killed process of the same number (in a container it is always the same) would have left
    (apart / f".partial-{os.getpid()}").write_bytes(b"")
    keep_apart([Refused("not-dicom", "it is none", refused, "0" * 64)], apart, scan=tmp_path / "scan")
    assert not left.exists() and len(list(apart.glob("*.json"))) == 1
