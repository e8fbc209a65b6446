"""A true run of the flow on a head whose files are full of a canary: nothing of it is in the pack, the store, the logs or Prefect's database."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from pydicom import dcmread

from anatofit.cli.main import run
from anatofit.rules import WAIVABLE
from anatofit.samples.head import PRESCRIPTION, TEXT, head_grid
from anatofit.samples.phantom import HeadPhantom
from anatofit.samples.render import Scanner, scan_phantom
from anatofit.samples.series import write_series
from tests.identity.canary import NUMBER, SCRIPTS, WORD, plant, traces, write_planted

pytestmark = [pytest.mark.slow, pytest.mark.flow]

SCRIPT = SCRIPTS[1]
# a coarse head, so that the run takes a minute, with a contrast agent planted: what may be waived is
COARSE = {"shape_kji": (66, 128, 112), "spacing_ijk_mm": (1.8, 1.8, 2.5)}
WAIVED = "".join(f'[[waiver]]\nrule = "{rule}"\nreason = "test"\nby = "test"\n' for rule in sorted(WAIVABLE))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Order, scan and site of a case, and nothing else yet."""
    folder = tmp_path_factory.mktemp("case")
    phantom = HeadPhantom()
    volume = scan_phantom(phantom, head_grid(phantom, **COARSE), Scanner(noise_hu=7.0))
    files = write_series(volume, folder / "plain", TEXT)
    write_planted((plant(dcmread(p), SCRIPT, everywhere=n == 0) for n, p in enumerate(files)), folder / "scan", SCRIPT)
    shutil.rmtree(folder / "plain")
    order = PRESCRIPTION.replace("PHANTOM-HEAD-1", f"{WORD}-{NUMBER}").replace("1979", "1970")
    (folder / "order.toml").write_text(order + WAIVED)
    (folder / "site").mkdir(mode=0o700)
    (folder / "anatofit.toml").write_text('[identity]\nvault = "site/vault"\n')
    return folder


def test_a_true_run_of_the_flow_keeps_no_canary_anywhere(case: Path) -> None:
    home, tmp = case / "prefect", case / "tmp"
    tmp.mkdir()
    environment = {**os.environ, "PREFECT_HOME": str(home), "PREFECT_LOGGING_LEVEL": "DEBUG", "TMPDIR": str(tmp)}
    command = [sys.executable, "-m", "pipelines.personalize", str(case / "order.toml")]
    command += ["--out", str(case / "pack"), "--store", str(case / "store")]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=550, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert _rows(home) > 20  # the database that was searched is the one that the flow wrote
    assert not traces([case / "pack", case / "store", home, tmp], SCRIPT, texts=[done.stdout, done.stderr])
    scan = json.loads((case / "pack" / "manifest.json").read_text(encoding="utf-8"))["scan"]
    assert list(json.loads((case / "site" / "vault").read_text())["patients"]) == [scan["patient_pseudonym"]]
    assert scan["patient_pseudonym"] in (case / "pack" / "report.html").read_text(encoding="utf-8")


def _rows(home: Path) -> int:
    total = 0
    for path in home.rglob("*.db"):
        with sqlite3.connect(path) as base:
            names = [n for (n,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            total += sum(base.execute(f'SELECT count(*) FROM "{n}"').fetchone()[0] for n in names if "run" in n)  # noqa: S608 - names out of the base itself
    return total


def test_check_of_that_pack_with_its_scan_says_no_canary(case: Path, capfd: pytest.CaptureFixture[str]) -> None:
    if not (case / "pack").is_dir():
        pytest.skip("the flow made no pack")
    code = run(["check", str(case / "pack"), "--scan", str(case / "scan")])
    said = capfd.readouterr()
    assert not traces([], SCRIPT, texts=[said.out, said.err])
    assert code == 0, said.out
