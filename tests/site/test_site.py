"""The built site, opened from its folder in a real browser."""

import json
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from phieu.workspace import Workspace

from .conftest import COUNCIL, HOSTILE, STRANGE


class Watched:
    """A page whose complaints, dialogs and requests are written down."""

    def __init__(self, chromium: Browser, *, javascript: bool = True, width: int = 1366) -> None:
        self.trouble: list[str] = []
        context = chromium.new_context(
            java_script_enabled=javascript, viewport={"width": width, "height": 900}
        )
        self.page: Page = context.new_page()
        self.page.on(
            "console", lambda message: self.trouble.append(f"console {message.type}: {message.text}")
        )
        self.page.on("pageerror", lambda error: self.trouble.append(f"error: {error}"))
        self.page.on(
            "dialog", lambda dialog: (self.trouble.append(f"dialog: {dialog.message}"), dialog.dismiss())
        )
        self.page.on("requestfailed", lambda request: self.trouble.append(f"failed: {request.url}"))
        context.on(
            "request",
            lambda request: (
                None
                if request.url.startswith(("file:", "data:"))
                else self.trouble.append(f"asked elsewhere: {request.url}")
            ),
        )

    def open(self, workspace: Workspace, page: str) -> Page:
        """Go to a page of the built site."""
        self.page.goto((workspace.public / page).as_uri())
        return self.page

    def search(self, words: str) -> list[str]:
        """Type into the search field and return the titles found."""
        field = self.page.locator("input.md-search__input")
        field.click()
        field.press_sequentially(words)
        self.page.locator(".md-search-result__item").first.wait_for()
        return self.page.locator(".md-search-result__article h1").all_inner_texts()


@pytest.fixture
def watched(chromium: Browser) -> Watched:
    return Watched(chromium)


def pages_of(workspace: Workspace) -> list[str]:
    return sorted(str(path.relative_to(workspace.public)) for path in workspace.public.rglob("*.html"))


def test_every_link_leads_somewhere_without_a_complaint_or_a_request_to_another_host(
    site: Workspace, watched: Watched
) -> None:
    to_visit, seen, elsewhere = [(site.public / "index.html").as_uri()], set(), set()
    while to_visit:
        address = to_visit.pop()
        seen.add(address)
        watched.page.goto(address)
        watched.page.wait_for_load_state("load")
        for link in watched.page.locator("a[href]").evaluate_all("links => links.map(link => link.href)"):
            target, _, anchor = link.partition("#")
            if not target.startswith("file:"):
                elsewhere.add(link)
                continue
            path = Path(unquote(urlsplit(target).path))
            assert path.is_file(), f"{address} links to {link}"
            if anchor:
                assert f'id="{unquote(anchor)}"' in path.read_text(encoding="utf-8"), (
                    f"{address} links to {link}"
                )
            if path.suffix == ".html" and target not in seen and target not in to_visit:
                to_visit.append(target)
    assert seen == {(site.public / page).as_uri() for page in pages_of(site)}
    assert {urlsplit(link).hostname for link in elsewhere} == {"example.vn", "thuvienphapluat.vn"}
    assert watched.trouble == []


def test_every_picture_is_shown(site: Workspace, watched: Watched) -> None:
    page = watched.open(site, "rounds/ky-hop-12/index.html")
    widths = page.locator("img").evaluate_all("images => images.map(image => image.naturalWidth)")
    assert len(widths) >= 2 and all(widths)


def test_markup_in_names_is_shown_as_text(site: Workspace, watched: Watched) -> None:
    page = watched.open(site, "rounds/dot-la/index.html")
    cells = page.locator(".results tbody td:nth-child(2)").all_inner_texts()
    assert cells == [f"{contest.name}\n{contest.position}" for contest in STRANGE.contests]
    assert page.locator("h1").inner_text() == '"Đợt" <i>lạ</i> & [a]'
    assert page.locator("h2").first.inner_text() == STRANGE.title
    assert page.title() == "\"Đợt\" <i>lạ</i> & [a] - <u>Năm</u> 2026 & 'sau'"
    for number, name in enumerate(HOSTILE):
        person = watched.open(site, f"rounds/dot-la/la/p{number}.html")
        assert person.locator("h1").inner_text() == name
        assert person.title().startswith(name)
        assert person.locator("[onerror], [onclick], [onmouseover], a[href^='javascript:']").count() == 0
    assert watched.trouble == []


def test_markup_in_names_is_text_in_search_results_too(site: Workspace, watched: Watched) -> None:
    page = watched.open(site, "index.html")
    assert HOSTILE[0] in watched.search("onerror")
    assert page.locator(".md-search-result img, .md-search-result script").count() == 0
    assert watched.trouble == []


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Nguyen", "Nguyễn Hữu Tường"),
        ("nguyen huu tuong", "Nguyễn Hữu Tường"),
        ("Do Thi Kim", "Đỗ Thị Kim Ánh"),
        ("Ánh", "Đỗ Thị Kim Ánh"),
    ],
)
def test_search_finds_a_name_with_and_without_its_marks(
    site: Workspace, watched: Watched, typed: str, name: str
) -> None:
    watched.open(site, "index.html")
    assert name in watched.search(typed)
    assert watched.trouble == []


def test_without_javascript_tables_and_charts_are_there(site: Workspace, chromium: Browser) -> None:
    watched = Watched(chromium, javascript=False)
    page = watched.open(site, "rounds/ky-hop-12/index.html")
    row = " ".join(page.locator(".results tbody tr").nth(1).inner_text().split())
    assert row == "2 Nguyễn Hữu Tường Trưởng Ban Pháp chế 20 24.69% 18 22.22% 43 53.09% 0"
    assert page.locator(".chart img").first.is_visible()
    page.get_by_role("link", name="Nguyễn Hữu Tường").click()
    assert page.locator("h1").inner_text() == "Nguyễn Hữu Tường"
    assert watched.trouble == []


def test_a_table_is_sorted_by_mouse_and_by_keyboard(site: Workspace, watched: Watched) -> None:
    page = watched.open(site, "rounds/ky-hop-12/index.html")

    def order() -> list[str]:
        return [text.split()[0] for text in page.locator(".results tbody td:first-child").all_inner_texts()]

    head = page.locator(".results th").nth(4)
    head.get_by_role("button").click()
    assert order() == ["3", "2", "1"]
    head.get_by_role("button").press("Enter")
    assert order() == ["1", "2", "3"]
    assert head.get_attribute("aria-sort") == "ascending"


@pytest.mark.parametrize("width", [390, 1366])
def test_no_page_is_wider_than_the_screen(site: Workspace, chromium: Browser, width: int) -> None:
    watched = Watched(chromium, width=width)
    for address in pages_of(site):
        page = watched.open(site, address)
        wide = page.evaluate("document.scrollingElement.scrollWidth")
        assert wide <= width, f"{address} is {wide} px wide"


def test_a_draft_of_a_rehearsal_says_so_on_every_page_and_picture(draft: Workspace, watched: Watched) -> None:
    for address in pages_of(draft):
        page = watched.open(draft, address)
        assert page.locator(".banner--practice").is_visible(), address
        assert page.locator(".banner--draft").is_visible(), address
        assert page.title().count(" – ") == 2
    for path in draft.public.glob("rounds/**/*.svg"):
        head = path.read_text(encoding="utf-8").split("<g", 2)[0]
        assert "<desc" in head
        assert re.search(
            r"(PRACTICE|DIỄN TẬP).*(NOT FINAL|CHƯA CHÍNH THỨC)", path.read_text(encoding="utf-8")
        )
    assert watched.trouble == []


def test_a_final_site_bears_no_banner(site: Workspace) -> None:
    for address in pages_of(site):
        assert "banner" not in (site.public / address).read_text(encoding="utf-8")


def test_percentages_have_a_comma_in_vietnamese(draft: Workspace, watched: Watched) -> None:
    page = watched.open(draft, "rounds/ky-hop-12/hdnd/nguyen-huu-tuong.html")
    assert "53,09%" in page.locator(".person").inner_text()
    assert page.locator("html").get_attribute("lang") == "vi"


def test_the_note_and_the_source_stand_beside_the_results(site: Workspace, watched: Watched) -> None:
    for address in (
        "index.html",
        "how-it-was-counted.html",
        "rounds/ky-hop-12/index.html",
        "rounds/ky-hop-12/hdnd/do-thi-kim-anh.html",
    ):
        box = watched.open(site, address).locator(".provenance").first
        assert "Ballots reconstructed & <i>totals</i> published." in box.inner_text()
        assert box.get_by_role("link").get_attribute("href") == "https://example.vn/?a=1&b=2"


def test_what_follows_names_the_article_and_that_it_was_not_checked(
    site: Workspace, watched: Watched
) -> None:
    page = watched.open(site, "rounds/ky-hop-12/hdnd/nguyen-huu-tuong.html")
    told = page.locator("article").inner_text()
    assert "More than half" in told
    assert "Điều 12, not checked against the signed text" in told


def test_how_it_was_counted_has_full_hashes_and_adds_up(site: Workspace, watched: Watched) -> None:
    told = watched.open(site, "how-it-was-counted.html").locator("article").inner_text()
    assert "ab12" * 16 in told and "K7QJ2M4X" in told
    assert "c0ffee" * 10 + "beef" in told
    assert "hop-1" in told and "82" in told


def test_the_data_on_the_site_are_the_bundle(site: Workspace) -> None:
    for name in ("ky-hop-12.json", "ky-hop-12.csv", "dot-la.json", "dot-la.csv"):
        assert (site.public / "data" / name).read_bytes() == (site.results / name).read_bytes()
    told = json.loads((site.results / "ky-hop-12.json").read_text(encoding="utf-8"))
    assert [c["votes"] for c in told["rounds"][0]["ballots"][0]["contests"]] == [
        c.votes for c in COUNCIL.contests
    ]


def test_the_project_is_an_ordinary_one(site: Workspace) -> None:
    config = (site.site / "mkdocs.yml").read_text(encoding="utf-8")
    assert not {"hooks:", "custom_dir:", "site_dir:"} & set(config.split())
    assert not list(site.site.rglob("*.py")) and not list(site.site.rglob("*.jinja"))
    shim = (site.public / "assets" / "iframe-worker.LICENSE.txt").read_text(encoding="utf-8")
    assert "Permission is hereby granted" in shim
