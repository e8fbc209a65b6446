"""A pack appears whole or not at all, whatever the disk does; nobody's files are lost."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from anatofit.errors import OutputError
from anatofit.pack import bundle as room
from anatofit.pack.bundle import Bundle

FILES = {
    "manifest.json": json.dumps({"ledger_sha256": "x"}).encode(),
    "device/plate.stl": b"stl",
    "report.html": b"html",
}


def listing(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*")}


def whole(pack: Path) -> bool:
    return {str(p.relative_to(pack)): p.read_bytes() for p in pack.rglob("*") if p.is_file()} == FILES


def test_a_pack_is_written_with_its_parents_and_readable_rights(tmp_path) -> None:
    Bundle(tmp_path / "a" / "b" / "pack").write(FILES)
    assert whole(tmp_path / "a" / "b" / "pack")
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "a" / "b" / "pack").stat().st_mode & 0o777 == 0o777 & ~mask
    assert listing(tmp_path / "a" / "b") == {"pack", *(f"pack/{n}" for n in ("device", *FILES))}


def test_a_second_pack_takes_the_place_only_with_force(tmp_path) -> None:
    Bundle(tmp_path / "pack").write({**FILES, "old.txt": b""})
    with pytest.raises(OutputError, match="--force"):
        Bundle(tmp_path / "pack").write(FILES)
    Bundle(tmp_path / "pack", force=True).write(FILES)
    assert whole(tmp_path / "pack") and listing(tmp_path) == {"pack", *(f"pack/{n}" for n in ("device", *FILES))}


def test_force_never_takes_the_place_of_what_is_no_pack(tmp_path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    (tmp_path / "link").symlink_to(tmp_path / "thesis")
    (tmp_path / "file").write_text("x")
    for name in ("thesis", "link", "file", "file/pack"):
        with pytest.raises(OutputError):
            Bundle(tmp_path / name, force=True).probe()
        with pytest.raises(OutputError):
            Bundle(tmp_path / name, force=True).write(FILES)
    assert listing(tmp_path) == {"thesis", "thesis/chapter.txt", "link", "file"}


def test_an_empty_folder_is_as_good_as_none(tmp_path) -> None:
    (tmp_path / "pack").mkdir()
    Bundle(tmp_path / "pack").write(FILES)
    assert whole(tmp_path / "pack")


def test_the_probe_leaves_nothing(tmp_path) -> None:
    Bundle(tmp_path / "a" / "pack").probe()
    assert listing(tmp_path) == set()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS])
@pytest.mark.parametrize("call", ["fsync", "mkdir", "open"])
@pytest.mark.parametrize("older", [False, True])
def test_a_failure_at_any_call_leaves_what_was_there(tmp_path, monkeypatch, code: int, call: str, older: bool) -> None:
    if older:
        Bundle(tmp_path / "pack").write(FILES)
    before = listing(tmp_path)
    n = 0
    while True:
        n += 1
        with monkeypatch.context() as patch:
            calls = _fail_at(patch, call, n, code)
            try:
                Bundle(tmp_path / "pack", force=True).write(FILES)
            except OutputError:
                # the very last fsync comes after the pack took its place: then it is there, whole
                assert listing(tmp_path) == before or whole(tmp_path / "pack")
                continue
        assert len(calls) < n, "a failure was swallowed"
        break
    assert whole(tmp_path / "pack")
    assert n > 1


def _fail_at(patch: pytest.MonkeyPatch, name: str, n: int, code: int) -> list[int]:
    """The n-th call of os.<name> (Path.open for open, Path.mkdir for mkdir) fails."""
    home = os if name == "fsync" else Path
    real = getattr(home, name)
    calls: list[int] = []

    def flaky(*arguments: object, **named: object) -> object:
        calls.append(1)
        if len(calls) == n:
            raise OSError(code, os.strerror(code))
        return real(*arguments, **named)

    patch.setattr(home, name, flaky)
    return calls


def test_a_rename_that_fails_puts_the_older_pack_back(tmp_path, monkeypatch) -> None:
    Bundle(tmp_path / "pack").write(FILES)
    real, calls = Path.rename, []

    def flaky(self: Path, target: Path) -> Path:
        calls.append(self)
        if len(calls) == 2:
            raise OSError(errno.EIO, "bad")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", flaky)
    with pytest.raises(OutputError, match="disk"):
        Bundle(tmp_path / "pack", force=True).write({**FILES, "new": b""})
    assert whole(tmp_path / "pack") and listing(tmp_path) == {"pack", *(f"pack/{n}" for n in ("device", *FILES))}


def test_a_full_disk_is_named_with_what_is_wanted(tmp_path, monkeypatch) -> None:
    usage = type("Usage", (), {"free": 40_000_000})
    monkeypatch.setattr(room.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(OutputError, match=r"40 MB free; 64 MB are wanted"):
        Bundle(tmp_path / "pack").probe()
    with pytest.raises(OutputError, match="MB are wanted"):
        Bundle(tmp_path / "deep" / "pack").write({**FILES, "big": bytes(40_000_000)})
    assert listing(tmp_path) == set()


def test_a_place_where_no_folder_can_be_made_is_said_to_be_that_and_not_a_full_disk(tmp_path, monkeypatch) -> None:
    def nowhere(**_: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    monkeypatch.setattr("anatofit.model.passing.tempfile.mkdtemp", nowhere)  # as in /proc, which also has 0 bytes free
    monkeypatch.setattr(room.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 0}))
    with pytest.raises(OutputError, match="no folder can be made there"):
        Bundle(tmp_path / "pack").probe()


def test_a_path_that_is_too_long_is_refused(tmp_path) -> None:
    with pytest.raises(OutputError, match="too long"):
        Bundle(tmp_path / ("x" * 300)).probe()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_refused(tmp_path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="may not be written"):
            Bundle(tmp_path / "pack").probe()
    finally:
        tmp_path.chmod(0o700)
