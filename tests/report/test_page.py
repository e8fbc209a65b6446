"""The report says the verdict first, escapes everything, needs no network and carries its pictures."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from anatofit.model.finding import Requirement
from anatofit.model.grid import Grid
from anatofit.model.pictures import Pictures
from anatofit.model.volume import Volume
from anatofit.report.depict import depict
from anatofit.report.page import _context, build_report, render
from anatofit.report.slices import look

BLANK = Pictures((), {}, {"meshes": None, "toward": [0.0, 0.0, 1.0], "buttons": {}})


@pytest.fixture(scope="module")
def good(data):
    return build_report(data, depict(data))


@pytest.fixture(scope="module")
def page(good):
    return good["report.html"].decode()


@pytest.fixture(scope="module")
def failed_page(failed_data):
    return build_report(failed_data, depict(failed_data))["report.html"].decode()


def test_the_page_opens_with_the_verdict(page, failed_page):
    assert page.index("Every requirement holds") < page.index("A-0001</h1>")
    assert failed_page.index("NOT FOR USE") < failed_page.index("A-0001</h1>")


def test_a_target_that_a_prediction_misses_stands_in_the_line_of_the_verdict(data):
    missed = replace(data, unmet="the pressure target of 200 kPa is NOT met")
    first = render("report.html", **_context(missed, BLANK)).decode().split("</header>")[0]
    assert (
        "waived, but the pressure target of 200 kPa is NOT met</strong>" in first and 'class="verdict partly"' in first
    )


def test_a_failed_requirement_is_named_on_the_first_page_and_marks_every_page(failed_page, page):
    first = failed_page[: failed_page.index('id="scan"')]
    assert "CR-WALL-1" in first and "1.02" in first and "<strong>To try:</strong> another edge_radius_mm" in first
    assert "To try" not in page and failed_page.count("another edge_radius_mm") == 2
    assert 'class="watermark"' in failed_page and 'class="watermark"' not in page


def test_unknown_side_waiver_and_override_are_said_before_the_scan(page):
    first = page[: page.index('id="scan"')]
    assert "does not state a side" in first
    assert "pixel-size: measured 1.2 mm, wanted ≤ 1 mm; waived by Clinical Engineering: only scan" in first
    assert "Every requirement holds, 1 limit on the scan waived" in first
    assert "defect = 1" in first


def test_an_order_without_a_side_is_told_where_the_defect_was_found(data):
    known = replace(data, anatomy=replace(data.anatomy, figures={**data.anatomy.figures, "defect_right_share": 0.97}))
    first = render("report.html", **_context(known, BLANK)).decode().split('id="scan"')[0]
    assert "does not state a side (U).</strong> The defect was found on the patient&#39;s right. The side" in first


def test_a_waived_limit_is_not_shown_as_passed(page):
    row = page[page.index('<td class="id">pixel-size') :]
    assert "△ WAIVED" in row[: row.index("</tr>")] and "passed" not in row[: row.index("</tr>")]


def test_what_is_less_than_asked_or_not_judged_is_said_on_the_first_page(page):
    first = page[: page.index('id="scan"')]
    assert "4 tabs were placed, 8 were asked" in first.lower() and "no medical device" in first


def test_nothing_a_person_wrote_becomes_markup(failed_page, page):
    assert "<script>alert" not in failed_page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in failed_page
    assert "HEAD &lt;b&gt;bone&lt;/b&gt;" in page


def test_the_page_names_no_other_host_and_forbids_itself_to_call_one(page):
    assert not re.findall(r"(?:src|href)=\"(?!data:|#)", page)
    assert "http:" not in page and "https:" not in page
    assert "default-src 'none'" in page and "script-src 'sha256-" in page


def test_the_page_is_small_enough_to_send(good):
    assert len(good["report.html"]) < 6_000_000


def test_the_implant_section_opens_with_the_way_in_and_what_nobody_looked_at(page):
    section = page[page.index('id="implant"') : page.index('id="findings"')]
    said = section[: section.index("<figure")]
    assert "Put in from " in said and "the part moves along (" in said and "were not looked at" in said


def test_the_part_alone_comes_before_the_slices_and_its_engraving_last(data):
    volume = Volume(Grid((50, 50, 50), np.full(3, -100.0), np.full(3, 4.0)), np.zeros((50, 50, 50), np.int16))
    page = build_report(data, depict(data, look(volume, data.anatomy.surfaces["missing_bone"])))["report.html"].decode()
    shown = re.findall(r'<figure class="(part-plate|slices|view-front|engraving)">', page)
    assert shown == ["part-plate", "slices", "view-front", "engraving"]


def test_the_grooves_of_the_whole_skull_are_explained(page):
    caption = re.search(r'<figure class="restored">.*?<figcaption>(.*?)</figcaption>', page, re.DOTALL)[1]
    assert all(word in caption for word in ("seam around the restored piece", "sutures", "slice to slice"))


def test_every_figure_is_a_png_of_its_own(good):
    names = {name for name in good if name.startswith("figures/")}
    wanted = {"view-front", "view-right", "view-left", "view-top", "view-inside", "view-three-quarter", "defect"}
    wanted |= {"restoration", "restored", "part-plate", "engraving", "clearance-plate", "thickness-plate"}
    assert {f"figures/{name}.png" for name in wanted} == names
    assert all(good[name].startswith(b"\x89PNG") for name in names)


def test_a_requirement_without_a_finding_is_shown_and_makes_the_part_not_for_use(data):
    lonely = Requirement(id="CR-X-1", what="x", check="x", part="plate", unit="mm")
    asked = replace(data, requirements=[lonely, *data.requirements])
    page = render("report.html", **_context(asked, BLANK)).decode()
    first = page[: page.index('id="scan"')]
    assert "NOT FOR USE" in first and "CR-X-1" in first and "1 of 2 requirements was not measured" in first


def test_the_same_data_make_the_same_page(data, good):
    assert build_report(data, depict(data)) == good


def test_the_scan_section_tells_what_was_read_of_the_scan_and_what_became_of_it(data):
    told = replace(data, attributes=[("compared, <then> dropped", ["PatientID", "PatientName"]), ("kept", ["Rows"])])
    page = render("report.html", **_context(told, BLANK)).decode()
    section = page[page.index('id="scan"') : page.index('id="defect"')]
    assert "<td>PatientID, PatientName</td><td>Compared, &lt;then&gt; dropped</td>" in section and "Not read" in section


def test_a_pseudonym_is_on_the_first_page_where_the_site_keeps_a_vault(data):
    known = replace(data, facts=data.facts.model_copy(update={"patient_pseudonym": "P-0123"}))
    first = render("report.html", **_context(known, BLANK)).decode().split('id="scan"')[0]
    assert (
        "P-0123" in first
        and "pseudonym" not in render("report.html", **_context(data, BLANK)).decode().split('id="scan"')[0]
    )
