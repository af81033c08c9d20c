from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from vfx_ai.errors import OutputError
from vfx_ai.media.frame import Frame, Patch, Window
from vfx_ai.proof.pictures import save_pictures
from vfx_ai.proof.record import FrameRecord, Report, record_from_dict
from vfx_ai.proof.report import CONTACT_SHEET, PICTURE_BYTES, report_html, report_json, write_report
from vfx_ai.proof.review import chosen_frames, review
from vfx_ai.proof.wording import duration, percent, ranges


def record(frame=1001, hole=1000, unsure=0, never_seen=0, **others):
    values = {
        "plate": f"shot/plate.{frame}.exr",
        "result": f"out/clean.{frame}.exr",
        "key": "k",
        "engine": "temporal",
        "outside_data_window": 0,
        "confidence": 0.95 * (hole - never_seen) / max(hole, 1),
        "sources": {"1002": hole - unsure - never_seen},
        "gain": (1.0, 1.01, 0.99),
        "above_one": 7,
        "negative": 0,
        "not_finite": 0,
        "brightest": 61.5,
        "seconds": 0.5,
        "result_bytes": 1,
        "result_mtime_ns": 1,
    }
    real = hole - unsure - never_seen
    return FrameRecord(frame=frame, hole=hole, real=real, unsure=unsure, never_seen=never_seen, **{**values, **others})


def report_of(*records, **others):
    values = {
        "job": {"plate": "shot/plate.####.exr", "output": "out/clean.####.exr", "sample": 0, "frames": ""},
        "engine": "temporal",
        "why": "the camera stands still",
        "notes": ("Color was taken for scene-linear.",),
        "seconds": {"analyse": 1.0, "fill": 2.0, "report": 0.5},
        "versions": {"vfx_ai": "0.1.0"},
        "device": "cpu",
        "started": "2025-01-01T00:00:00Z",
        "verdict": "identical outside the matte",
        "passed": True,
    }
    return Report(frames=records, **{**values, **others})


def pictures_in(folder, frames, size=(48, 32)):
    width, height = size
    plate = np.full((height, width, 3), 0.2, np.float32)
    hole = np.zeros((height, width), bool)
    hole[8:24, 10:30] = True
    result = np.where(hole[..., None], np.float32(0.8), plate)
    window = Window(0, 0, width, height)
    frame = Frame(1, plate, np.ones_like(hole), window, window)
    patch = Patch(window, result, hole, hole.astype(np.uint8), hole.astype(np.float32))
    for number in frames:
        save_pictures(folder, number, frame, patch)
    return folder


class Page(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text, self._open = [], "", []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data

    def of(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def test_a_clean_run_is_ready_for_review(tmp_path):
    html = report_html(report_of(record(1001), record(1002)), pictures_in(tmp_path, [1001, 1002]))
    assert Page(html).text.index("Ready for review") < Page(html).text.index("Every frame")
    assert "100% of the hole is filled with real pixels" in Page(html).text


def test_frames_to_look_at_are_named_with_the_worst_and_the_reason():
    found = review(report_of(record(1001), record(1002, never_seen=300), record(1003, never_seen=500), record(1004)))
    assert (found.level, found.headline) == ("look", "Look at 3 frames before review")
    assert found.concerns[0].frames == (1002, 1003)
    assert found.concerns[0].worst == 1003
    assert "50%" in found.concerns[0].detail
    assert found.order[0] == 1003


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"differing": 1}, "differing"),
        ({"findings": ("attribute owner is missing",)}, "findings"),
        ({"never_seen": 300}, "never_seen"),
        ({"unsure": 300}, "unsure"),
        ({"confidence": 0.2}, "confidence"),
        ({"gain": (2.0, 1.0, 1.0)}, "gain"),
        ({"outside_data_window": 5}, "outside"),
        ({"not_finite": 5}, "not_finite"),
        ({"unknown": 5}, "unknown"),
        ({"hole": 0}, "empty"),
    ],
)
def test_each_check_names_the_frame_that_shows_it_and_no_other(change, kind):
    concerns = {c.kind: c for c in review(report_of(record(1001), record(1005, **change))).concerns}
    assert concerns[kind].frames == (1005,)


def test_a_sudden_change_between_neighbors_is_a_reason_to_look():
    kinds = [c.kind for c in review(report_of(record(1001), record(1002, unsure=400))).concerns]
    assert "jump" in kinds
    assert "jump" not in [c.kind for c in review(report_of(record(1001), record(1009, unsure=400))).concerns]


def test_a_frame_that_differs_outside_the_matte_stops_delivery():
    found = review(report_of(record(1001, differing=3), record(1002, never_seen=900), passed=False, verdict="3 pixels"))
    assert found.level == "stop"
    assert found.order[0] == 1001
    assert found.concerns[0].weight == "stop"


def test_a_run_that_was_not_verified_is_never_ready():
    assert review(report_of(record(), passed=False, verdict="")).level == "stop"
    assert review(report_of()).level == "stop"


def test_a_matte_that_is_empty_everywhere_is_said():
    assert "matte is empty" in review(report_of(record(1001, hole=0), record(1002, hole=0))).headline


def test_the_contact_sheet_holds_the_worst_frames_and_the_ends(tmp_path):
    records = [
        record(frame, never_seen=600 if frame == 1047 else 0, unsure=300 * (frame == 1048))
        for frame in range(1001, 1101)
    ]
    html = report_html(report_of(*records), pictures_in(tmp_path, range(1001, 1101)))
    shown = [int(article["data-frame"]) for article in Page(html).of("article")]
    assert len(shown) == CONTACT_SHEET
    assert {1001, 1047, 1048, 1100} <= set(shown)
    assert max(np.diff(shown)) < 25


def test_chosen_frames_are_those_that_have_pictures():
    assert chosen_frames(range(100), (), {3, 5}, 12) == [3, 5]
    assert chosen_frames([], (), set(), 12) == []


def test_pictures_past_the_budget_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("vfx_ai.proof.report.PICTURE_BYTES", 6000)
    html = report_html(report_of(*map(record, range(1, 13))), pictures_in(tmp_path, range(1, 13)))
    assert 1 <= len(Page(html).of("article")) < CONTACT_SHEET
    assert PICTURE_BYTES > 1_000_000


def test_a_frame_whose_pictures_are_gone_costs_no_more_than_its_pictures(tmp_path):
    pictures_in(tmp_path, [1001, 1002])
    (tmp_path / "1001.origin.png").unlink()
    page = Page(report_html(report_of(record(1001), record(1002)), tmp_path))
    assert [article["data-frame"] for article in page.of("article")] == ["1002"]
    assert "no pictures" in Page(report_html(report_of(record()), tmp_path / "none")).text


def test_names_from_files_and_users_are_escaped(tmp_path):
    evil = "<script>alert(1)</script>\"'&.exr"
    job = {"plate": evil, "output": evil, evil: evil, "sample": 0, "frames": evil}
    bad = record(1001, engine=evil, findings=(evil,), differing=1)
    named = dict.fromkeys(("why", "engine", "device", "verdict", "started"), evil)
    whole = report_of(bad, job=job, notes=(evil,), versions={evil: evil}, seconds={evil: 1.0}, passed=False, **named)
    html = report_html(whole, pictures_in(tmp_path, [1001]))
    page = Page(html)
    assert len(page.of("script")) == 1
    assert evil in page.text
    assert "<script>alert" not in html


def test_the_page_asks_nothing_of_the_network(tmp_path):
    html = report_html(report_of(record()), pictures_in(tmp_path, [1001]))
    for _, attributes in Page(html).tags:
        for name in ("src", "href", "action", "data", "poster"):
            value = attributes.get(name) or "#"
            assert value.startswith(("#", "data:image/")), (name, value)
    assert "default-src 'none'" in html
    assert not re.search(r"@import|url\(|https?://", html)


def test_all_that_the_job_asks_to_be_shown_is_on_the_page(tmp_path):
    odd = record(1001, brightest=61.5, negative=12345, gain=(1.25, 1.0, 1.0), sources={"1017": 600, "-3": 400})
    found = record(1002, findings=("attribute timeCode is missing",))
    text = Page(report_html(report_of(odd, found, skipped=(1001,), passed=False), pictures_in(tmp_path, [1001]))).text
    numbers = ("61.5", "12,345", "1.250 1.000 1.000", "1017 (60%)", "-3 (40%)", "analyse 1.0 s", "vfx_ai 0.1.0")
    sentences = ("attribute timeCode is missing", "Color was taken", "the camera stands still", "Finished before")
    for words in (*numbers, *sentences, "shot/plate.####.exr"):
        assert words in text, words


def test_the_page_says_what_to_expect_of_each_engine(tmp_path):
    trials = (
        {"engine": "project", "psnr": 31.2, "stops": 0.1, "reached": 0.5, "claimed": 0.1, "true": 0.1, "pixels": 4000},
        {"engine": "smooth", "psnr": 19.6, "stops": 0.5, "reached": 0.0, "claimed": 0.0, "true": 0.0, "pixels": 4000},
    )
    page = report_html(replace(report_of(record()), trials=trials), tmp_path)
    assert "What to expect" in page and "31.2" in page and "19.6" in page and "4,000" in page
    assert "What to expect" not in report_html(report_of(record()), tmp_path)


def test_a_sample_is_not_mistaken_for_the_shot(tmp_path):
    job = {"plate": "p", "output": "o", "sample": 5, "frames": ""}
    assert "not the whole shot" in report_html(report_of(record(), job=job), tmp_path)


def test_a_thousand_frames_stay_a_page_of_a_few_megabytes(tmp_path):
    many = [record(f, sources={str(s): 10 for s in range(f, f + 30)}, unsure=f % 90) for f in range(-10, 990)]
    html = report_html(report_of(*many), tmp_path)
    assert len(html) < 3_000_000
    assert html.count("<i data-frame=") == 1000


def test_json_is_the_report_with_its_schema_and_without_nan(tmp_path):
    whole = report_of(record(1001, brightest=float("nan"), gain=(float("inf"), 1.0, 1.0)), record(1002))
    page, data = write_report(whole, tmp_path, tmp_path / "out")
    assert (page.name, data.name) == ("report.html", "report.json")

    def refuse(name):
        raise AssertionError(name)

    read = json.loads(data.read_text("utf-8"), parse_constant=refuse)
    assert read["schema"] == 1
    assert read["frames"][0]["brightest"] is None
    assert record_from_dict(read["frames"][1]) == whole.frames[1]


def test_a_file_name_that_is_no_text_does_not_cost_the_report(tmp_path):
    page, data = write_report(report_of(record(), notes=("plate \udcff.exr",)), tmp_path, tmp_path)
    assert "plate ?.exr" in page.read_text("utf-8")
    assert json.loads(data.read_text("utf-8"))["notes"] == ["plate \udcff.exr"]


def test_a_report_that_cannot_be_written_keeps_the_old_one(tmp_path, monkeypatch):
    write_report(report_of(record()), tmp_path, tmp_path)
    old = (tmp_path / "report.html").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OutputError):
        write_report(report_of(record(), engine="other"), tmp_path, tmp_path)
    monkeypatch.undo()
    assert (tmp_path / "report.html").read_bytes() == old


def test_the_same_report_gives_the_same_bytes(tmp_path):
    whole = report_of(record(1001), record(1002, never_seen=99))
    pictures_in(tmp_path, [1001, 1002])
    assert report_html(whole, tmp_path) == report_html(replace(whole), tmp_path)
    assert report_json(whole) == report_json(replace(whole))


def test_numbers_are_worded_without_hiding_a_remainder():
    assert [percent(n, 100_000) for n in (0, 1, 50_000, 99_999, 100_000)] == ["0%", "<0.1%", "50%", ">99.9%", "100%"]
    assert percent(0, 0) == "–"
    assert ranges([5, 1, 2, 3, -2, -1]) == "-2--1, 1-3, 5"
    assert [duration(s) for s in (0.44, 59.6, 103, 7500)] == ["0.4 s", "1 min 0 s", "1 min 43 s", "2 h 5 min"]


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = next((found for found in map(shutil.which, BROWSERS) if found), None)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --enable-logging=stderr --dump-dom --virtual-time-budget=2000"
)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH to open the page with")


def opened(page, tmp_path):
    """The page as a browser has it once its script has run; the console must have stayed empty."""
    done = subprocess.run(
        [CHROMIUM, *FLAGS.split(), f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    )
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    return Page(done.stdout)


def of_class(page, tag, name):
    return next(attributes for attributes in page.of(tag) if name in (attributes.get("class") or "").split())


def written(tmp_path):
    report = report_of(record(1001), record(1002, never_seen=500))
    return write_report(report, pictures_in(tmp_path / "pictures", [1001, 1002]), tmp_path)[0]


@needs_browser
def test_a_browser_opens_the_page_without_errors_and_wipes_across_the_worst_frame(tmp_path):
    page = opened(written(tmp_path), tmp_path)
    assert page.of("html")[0]["class"] == "js"
    cut = float(re.search(r"--cut:\s*([\d.]+)%", of_class(page, "div", "wipe")["style"])[1])
    assert cut == pytest.approx(100 * 20 / 48, abs=3)
    assert of_class(page, "img", "over")["src"].startswith("data:image/jpeg")
    assert of_class(page, "img", "under")["src"] != of_class(page, "img", "over")["src"]
    assert "Before and after, frame 1002" in page.text


@needs_browser
def test_slider_views_and_keys_do_what_they_say(tmp_path):
    page = written(tmp_path)
    hands = """<script>
      document.querySelector('[data-show="origin"]').click();
      document.dispatchEvent(new KeyboardEvent("keydown", {key: "."}));
      const slider = document.querySelector(".wipe input");
      slider.value = 80; slider.dispatchEvent(new Event("input"));
    </script></body>"""
    html = re.sub(r"<meta http-equiv[^>]*>", "", page.read_text("utf-8")).replace("</body>", hands)
    page.write_text(html, "utf-8")
    moved = opened(page, tmp_path)
    assert "80%" in of_class(moved, "div", "wipe")["style"]
    assert "Before and origin, frame 1001" in moved.text
    assert of_class(moved, "img", "under")["src"].startswith("data:image/png")


@needs_browser
def test_the_pages_own_rules_keep_out_any_other_script(tmp_path):
    page = written(tmp_path)
    foreign = "<script>document.documentElement.id = 'foreign'</script></body>"
    page.write_text(page.read_text("utf-8").replace("</body>", foreign), "utf-8")
    with pytest.raises(AssertionError, match="violates"):
        opened(page, tmp_path)
