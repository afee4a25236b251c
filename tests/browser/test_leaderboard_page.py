import re

import pandas as pd
import pytest
from playwright.sync_api import expect

from leaderboard.axes.axis import Axis
from leaderboard.board.translations import catalogue
from tests.synthetic.shown import SUBJECTS

pytestmark = pytest.mark.browser

NAMES = [f"{name}/zero_shot" for name in SUBJECTS]
SUBJECT = 2
"""Column of the table; before it are the boxes that choose a row, and the place."""


def translation(key: str, language: str = "en") -> str:
    return catalogue()[key][language]


@pytest.fixture
def shown(visit, made_up):
    def opened(query: str = "", **options):
        return visit(query, of=made_up, **options)

    return opened


def weight(visit, axis: str):
    return visit.page.get_by_test_id("stMain").get_by_role("slider", name=Axis(axis).title_in("en"))


def press(visit, axis: str, key: str) -> None:
    weight(visit, axis).press(key)


def test_a_weight_moved_by_a_key_ranks_again_and_stands_in_the_address(shown):
    visit = shown()
    before = visit.column(SUBJECT)
    press(visit, "latency", "End")
    expect(visit.page).to_have_url(re.compile(r"[?&]latency=4\b"))
    after = visit.settle().column(SUBJECT)
    visit.sound()
    assert sorted(before) == sorted(after) == sorted(NAMES)
    lacking = {"small/zero_shot", "tiny/zero_shot"}  # without every axis no weight ranks them
    assert set(before[-2:]) == set(after[-2:]) == lacking


def test_a_weight_moved_by_the_mouse_stands_in_the_address(shown):
    visit = shown()
    slider = visit.page.get_by_test_id("stMain").get_by_test_id("stSlider").filter(has_text=Axis.LATENCY.title_in("en"))
    area, thumb = slider.bounding_box(), weight(visit, "latency").locator("xpath=../..").bounding_box()
    at = thumb["x"] + thumb["width"] / 2, thumb["y"] + thumb["height"] / 2
    visit.page.mouse.move(*at)
    visit.page.mouse.down()
    visit.page.mouse.move(area["x"] + area["width"] + 20, at[1], steps=5)
    visit.page.mouse.up()
    expect(visit.page).to_have_url(re.compile(r"[?&]latency=4\b"))
    visit.settle().sound()


def test_a_shared_address_shows_the_same_view_to_somebody_else(shown):
    mine = shown("?latency=4&privacy=0&q=l")
    theirs = shown(mine.page.url.removeprefix(mine.address).lstrip("/"), color_scheme="dark")
    theirs.sound()
    assert theirs.column(SUBJECT) == mine.column(SUBJECT) != []
    assert float(weight(theirs, "latency").input_value()) == 4


def test_an_address_that_makes_no_sense_is_ignored_with_a_word(shown):
    visit = shown("?latency=many")
    visit.sound()
    assert sorted(visit.column(SUBJECT)) == sorted(NAMES)
    assert "many" in visit.page.locator('[data-testid="stToast"]').inner_text()


def test_words_narrow_the_table(shown):
    visit = shown()
    words = visit.page.get_by_role("textbox", name=translation("leaderboard.words"))
    words.fill("tiny")
    words.press("Enter")
    expect(visit.page).to_have_url(re.compile(r"[?&]q=tiny\b"))
    assert visit.settle().column(SUBJECT) == ["tiny/zero_shot"]
    visit.sound()


def test_conditions_narrow_the_table_and_what_is_none_is_reported(shown):
    visit = shown()
    conditions = visit.page.get_by_role("textbox", name=translation("leaderboard.where"))
    conditions.fill("accuracy.movies.accuracy >= 0.9")
    conditions.press("Control+Enter")
    expect(visit.page).to_have_url(re.compile(r"[?&]where="))
    left = visit.settle().column(SUBJECT)
    assert "large/zero_shot" in left
    assert "tiny/zero_shot" not in left
    conditions.fill("accuracy is high")
    conditions.press("Control+Enter")
    visit.until_shown(translation("leaderboard.unreadable")).sound()
    assert sorted(visit.column(SUBJECT)) == sorted(NAMES)


def test_what_is_downloaded_is_what_is_shown(shown, tmp_path):
    visit = shown("?latency=4")
    files = {}
    for kind, read in (("csv", pd.read_csv), ("parquet", pd.read_parquet)):
        with visit.page.expect_download() as coming:
            visit.page.get_by_role("button", name=translation(f"leaderboard.{kind}"), exact=True).click()
        coming.value.save_as(tmp_path / coming.value.suggested_filename)
        files[kind] = read(tmp_path / f"leaderboard.{kind}")
    visit.sound()
    assert files["csv"]["subject"].tolist() == files["parquet"]["subject"].tolist() == visit.column(SUBJECT)
    assert files["csv"]["score"].tolist() == pytest.approx(files["parquet"]["score"].tolist(), nan_ok=True)


def test_the_language_changes_and_stays_on_the_next_page(shown):
    visit = shown()
    visit.page.get_by_text("中文", exact=True).click()
    visit.until_shown(translation("leaderboard.title", "zh"))
    expect(visit.page).to_have_url(re.compile(r"[?&]lang=zh\b"))
    visit.page.get_by_role("link", name=translation("board.pages.tasks", "zh")).first.click()
    visit.until_shown(translation("tasks.title", "zh")).sound()


def test_the_theme_changes_from_light_to_dark(shown):
    visit = shown()
    colour = "app => getComputedStyle(app).backgroundColor"
    light = visit.page.get_by_test_id("stApp").evaluate(colour)
    visit.page.get_by_test_id("stMainMenuButton").click()
    visit.page.get_by_test_id("stMainMenuItem-theme-Dark").click()
    visit.page.keyboard.press("Escape")
    expect(visit.page.get_by_test_id("stApp")).not_to_have_css("background-color", light)
    visit.page.evaluate("localStorage.clear()")
    visit.settle().sound()
    assert sum(map(int, re.findall(r"\d+", light)[:3])) > 600


def test_every_main_control_is_reached_by_the_tab_key(shown):
    visit = shown()
    wanted = {Axis(axis).title_in("en") for axis in ("accuracy", "latency")}
    wanted |= {
        translation("leaderboard.words"),
        translation("leaderboard.csv"),
        translation("board.pages.compare"),
        "English",
    }
    reached = set()
    named = """() => { const at = document.activeElement;
        return [at.getAttribute('aria-label'), at.innerText, ...[...at.labels || []].map(each => each.innerText)]; }"""
    for _ in range(80):
        visit.page.keyboard.press("Tab")
        labels = " ".join(filter(None, visit.page.evaluate(named)))
        reached |= {each for each in wanted if each in labels}
        if reached == wanted:
            return
    assert reached == wanted
