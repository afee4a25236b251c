from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from leaderboard.board.translations import catalogue
from leaderboard.settings import bundled_folder

pytestmark = pytest.mark.browser

PAGES = sorted(file.stem for file in (bundled_folder("app") / "pages").glob("*.py"))
GRAVE = {"serious", "critical"}
# What Streamlit draws by itself and no program can change.
STREAMLITS_OWN = ", ".join(
    f'[data-testid="{each}"]'
    for each in ("stDataFrame", "stHeader", "stSidebarCollapseButton", "stElementToolbar", "stMultiSelect", "stCode")
)
IS_OURS = """(node, streamlits) => !node.closest(streamlits)
    && !node.closest('[data-testid="stElementContainer"]')?.querySelector(':disabled, [aria-disabled="true"]')"""
"""Neither Streamlit's own nor the label of a control that is off, which may be faint."""
MAIN = '[data-testid="stMain"]'
ADDRESS = {"leaderboard": ""}
"""Of the pages that are not called by their name."""


def title(page: str, language: str) -> str:
    return catalogue()[f"board.pages.{page}"][language]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_by_its_address_and_has_no_grave_barrier(visit, page):
    opened = visit(ADDRESS.get(page, page))
    opened.sound()
    assert not barriers(opened.page)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_in_chinese_in_the_dark_on_a_narrow_screen(visit, page):
    opened = visit(f"{ADDRESS.get(page, page)}?lang=zh", color_scheme="dark", viewport={"width": 800, "height": 900})
    opened.sound()
    assert not barriers(opened.page)
    assert opened.page.locator(MAIN).evaluate("main => main.scrollWidth - main.clientWidth") <= 1


def test_the_first_page_is_found_by_its_name_too(visit):
    named, first = visit("leaderboard"), visit()
    named.sound()
    assert not named.page.get_by_role("dialog").count()
    assert named.page.locator(f"{MAIN} h1").inner_text() == first.page.locator(f"{MAIN} h1").inner_text()
    assert named.page.get_by_role("link", name=title("leaderboard", "en")).count() == 1


def test_every_page_is_reached_by_the_navigation(visit):
    opened = visit()
    for page in PAGES:
        opened.page.get_by_role("link", name=title(page, "en"), exact=False).first.click()
        opened.page.wait_for_url(lambda url, page=page: urlsplit(url).path == f"/{ADDRESS.get(page, page)}")
        opened.settle().sound()


def barriers(page) -> list[str]:
    """What axe calls serious or critical, of what is not Streamlit's own."""
    return [
        f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}"
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
        if page.locator(node["target"][0]).first.evaluate(IS_OURS, STREAMLITS_OWN)
    ]
