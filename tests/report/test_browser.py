"""In a real browser, from a file and without a network, the 3D view draws and the print has its pages."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from anatofit.report.depict import depict
from anatofit.report.page import build_report

CHROMIUM = shutil.which("chromium") or ""
pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM, reason="needs a chromium on the machine")]

# a second script of the test's own, allowed by its own copy of the policy, that reads the canvas back
PROBE = """<script>setTimeout(function () {
var c = document.getElementById('canvas'), g = c.getContext('webgl'), p = new Uint8Array(4 * c.width * c.height), n = 0;
g.readPixels(0, 0, c.width, c.height, g.RGBA, g.UNSIGNED_BYTE, p);
var edge = 0, at;
for (var i = 0; i < p.length; i += 4) if (p[i] !== 255 || p[i + 2] !== 255) {
n++; at = i / 4; if (at < c.width || at >= p.length / 4 - c.width || at % c.width === 0 || at % c.width === c.width - 1) edge++; }
document.title = 'drawn ' + n / (c.width * c.height) + ' ' + edge + ' ' +
document.getElementById('mark-north').textContent; }, 300);</script>"""


def browse(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Chromium without a window, a network or a memory of earlier runs."""
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--use-gl=angle", "--use-angle=swiftshader"]
    command += [
        "--enable-unsafe-swiftshader",
        f"--user-data-dir={folder / 'profile'}",
        "--disable-background-networking",
    ]
    command += ["--enable-logging=stderr", "--virtual-time-budget=8000", *options, (folder / "report.html").as_uri()]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=180, check=False)


@pytest.fixture(scope="module")
def page(data):
    return build_report(data, depict(data))["report.html"].decode()


def test_the_viewer_draws_the_bodies_with_the_head_up(page, tmp_path):
    open_policy = re.sub(r"script-src 'sha256-[^']+'", "script-src 'unsafe-inline'", page)
    (tmp_path / "report.html").write_text(open_policy.replace("</body>", PROBE + "</body>"), encoding="utf-8")
    done = browse(tmp_path, "--dump-dom")
    title = re.search(r"<title>drawn ([\d.]+) (\d+) (\w+)</title>", done.stdout)
    assert title, done.stderr[-2000:]
    assert 0.05 < float(title[1]) < 0.95 and title[3].startswith("H")
    assert title[2] == "0", "the bodies are cut off at the edge of the frame"


def test_the_pages_own_policy_lets_its_script_run(page, tmp_path):
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    done = browse(tmp_path, "--dump-dom")
    assert re.search(r'<b id="mark-north">H', done.stdout)
    assert "Content Security Policy" not in done.stderr and "Uncaught" not in done.stderr


def test_it_prints(page, tmp_path):
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    browse(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'report.pdf'}")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
