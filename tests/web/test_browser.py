"""The desk in a real browser: by keyboard alone, with the mouse, and without JavaScript."""

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from phieu import words
from phieu.count import review
from phieu.count.web.serve import served


@pytest.fixture
def address(workspace) -> Iterator[str]:
    """Where the desk is really served, in English."""
    with words.spoken("en"), served(workspace) as desk_in_browser:
        thread = threading.Thread(target=desk_in_browser.run, daemon=True)
        thread.start()
        yield desk_in_browser.address


class Watched:
    """A browser's window, and everything it asked for or complained of."""

    def __init__(self, context: BrowserContext) -> None:
        self.page = context.new_page()
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda line: self.complaints.append(line.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))


@pytest.fixture
def window(chromium) -> Iterator[Watched]:
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    context.set_default_timeout(15_000)
    watched = Watched(context)
    yield watched
    context.close()


def settled(page: Page) -> None:
    """Wait until the page listens to keys."""
    page.wait_for_selector("body[data-ready]")


def enter(page: Page, address: str) -> None:
    page.goto(address)
    settled(page)
    page.keyboard.type("Nguyễn Thu Hà")
    page.keyboard.press("Enter")
    page.wait_for_url("**/question/*")
    settled(page)


def press(page: Page, key: str) -> None:
    """Press a key that leads to another page, and wait for that page."""
    with page.expect_navigation():
        page.keyboard.press(key)
    settled(page)


def test_all_questions_are_answered_by_keyboard_alone_with_undo(desk, address, window):
    page = window.page
    enter(page, address)
    first, second, third = (one.id for one in review.questions(desk))
    press(page, "1")
    assert page.url.endswith(second)
    assert review.questions(desk)[0].answer == "high"
    press(page, "u")
    assert page.url.endswith(first)
    assert review.questions(desk)[0].open
    press(page, "3")
    press(page, "0")
    press(page, "9")
    expect(page.locator("h1")).to_have_text("All questions are answered.")
    assert [one.answer for one in review.questions(desk)] == ["low", "blank", "overvoted"]
    assert {one.by for one in review.questions(desk)} == {"Nguyễn Thu Hà"}
    press(page, "ArrowLeft")
    assert page.url.endswith(third)
    press(page, "u")
    press(page, "2")
    assert review.questions(desk)[2].answer == "confidence"
    assert window.complaints == []


def test_tab_and_enter_are_enough_and_focus_is_seen(desk, address, window):
    page = window.page
    enter(page, address)
    button = page.get_by_role("button", name="Confidence", exact=False).nth(1)
    for _ in range(30):
        page.keyboard.press("Tab")
        if button.evaluate("one => one === document.activeElement"):
            break
    assert button.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    press(page, "Enter")
    assert review.questions(desk)[0].answer == "confidence"


def test_arrows_walk_through_the_questions_and_v_shows_the_whole_page(desk, address, window):
    page = window.page
    enter(page, address)
    first, second, _third = (one.id for one in review.questions(desk))
    press(page, "ArrowRight")
    assert page.url.endswith(second)
    press(page, "k")
    assert page.url.endswith(first)
    page.keyboard.press("v")
    expect(page.locator("#whole img")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("Escape")
    expect(page.locator("#whole img")).to_be_hidden()
    assert all(one.open for one in review.questions(desk)), "a key answered a question that could not be seen"


def test_two_taps_on_a_key_answer_one_question(desk, address, window):
    page = window.page
    enter(page, address)
    with page.expect_navigation():
        page.evaluate(
            "for (let i = 0; i < 2; i++) document.body.dispatchEvent("
            "new KeyboardEvent('keydown', { key: '1', bubbles: true }))"
        )
    settled(page)
    assert [one.answer for one in review.questions(desk)] == ["high", None, None]


def test_the_mouse_does_the_same(desk, address, window):
    page = window.page
    enter(page, address)
    page.get_by_role("button", name="No box marked").click()
    page.wait_for_url(f"**/{review.questions(desk)[1].id}")
    assert review.questions(desk)[0].answer == "blank"


def test_it_works_without_javascript(desk, address, chromium):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_role("textbox").fill("Lê Văn Phú")
    page.get_by_role("textbox").press("Enter")
    page.get_by_role("button", name="No box marked").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Several boxes marked").click()
    page.wait_for_url(f"**/{review.questions(desk)[1].id}")
    assert (review.questions(desk)[0].answer, review.questions(desk)[0].by) == ("overvoted", "Lê Văn Phú")
    context.close()


def test_no_request_leaves_for_another_host_and_the_console_stays_empty(desk, address, window):
    page = window.page
    enter(page, address)
    page.keyboard.press("v")
    page.wait_for_load_state("networkidle")
    page.goto(address.rpartition("/open/")[0] + "/questions")
    page.wait_for_load_state("networkidle")
    own = address.rpartition("/open/")[0] + "/"
    assert [url for url in window.asked if not url.startswith(own)] == []
    assert len(window.asked) > 5
    assert window.complaints == []


def test_html_in_a_name_is_seen_as_text_and_never_run(desk, address, window):
    page = window.page
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    enter(page, address)
    question = next(one for one in review.questions(desk) if "Ngọc Thủy" in one.name)
    page.goto(address.rpartition("/open/")[0] + f"/question/{question.id}")
    expect(page.locator("h1")).to_contain_text("<script>alert(1)</script> Ngọc Thủy")
    assert dialogs == []


def test_everything_about_a_question_is_in_sight_on_a_laptop(address, window):
    page = window.page
    page.set_viewport_size({"width": 1366, "height": 640})
    enter(page, address)
    for element in (page.locator("#picture"), page.locator("h1"), *page.locator("form.choices button").all()):
        expect(element).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [360, 600, 1024])
def test_nothing_is_cut_off_in_a_narrow_window(address, window, width):
    page = window.page
    page.set_viewport_size({"width": width, "height": 800})
    enter(page, address)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
