import pytest

from phieu.count import review
from phieu.count.web.guard import Keys


def a_question(desk):
    return review.questions(desk)[0]


def test_without_the_address_nobody_sees_a_question(desk, stranger):
    for path in ("/", "/questions", "/name", f"/question/{a_question(desk).id}", "/done"):
        response = stranger.get(path)
        assert response.status_code == 403
        assert a_question(desk).name not in response.text


def test_without_the_address_nobody_sees_a_picture(desk, stranger):
    response = stranger.get(f"/question/{a_question(desk).id}/crop.png")
    assert response.status_code == 403
    assert response.mimetype != "image/png"


def test_a_wrong_key_lets_nobody_in(stranger):
    assert stranger.get("/open/guessed").status_code == 403
    assert stranger.get("/questions").status_code == 403


def test_the_address_handed_to_the_browser_program_opens_once():
    keys = Keys()
    handed = keys.handed
    assert handed != keys.printed
    assert keys.opens(handed)
    assert not keys.opens(handed)
    assert keys.opens(keys.printed)
    assert keys.opens(keys.printed)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:5151", "127.0.0.1:5152", "127.0.0.1", "localhost", ""]
)
def test_a_request_under_another_name_is_refused(browser, host):
    response = browser.get("/questions", headers={"Host": host})
    assert response.status_code == 403
    assert "Trần Thị Mai Hương" not in response.text


def test_localhost_is_the_same_desk(stranger):
    assert stranger.get(f"/open/{stranger.keys.printed}", base_url="http://localhost:5151").status_code == 200


@pytest.mark.parametrize("token", ["", "x", "ư"])
def test_a_form_without_its_token_decides_nothing(desk, browser, token):
    question = a_question(desk)
    response = browser.post(f"/question/{question.id}/answer", token=token, answer="blank", seen="")
    assert response.status_code == 403
    assert a_question(desk).open


def test_a_form_with_the_token_of_another_session_decides_nothing(desk, browser, other_browser):
    question = a_question(desk)
    response = browser.post(
        f"/question/{question.id}/answer", token=other_browser.token, answer="blank", seen=""
    )
    assert response.status_code == 403
    assert a_question(desk).open


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:5151", "http://127.0.0.1:5152"]
)
def test_a_form_that_another_page_sends_decides_nothing(desk, browser, origin):
    question = a_question(desk)
    response = browser.post(
        f"/question/{question.id}/answer", headers={"Origin": origin}, answer="blank", seen=""
    )
    assert response.status_code == 403
    assert a_question(desk).open


def test_nothing_is_decided_by_merely_opening_an_address(desk, browser):
    question = a_question(desk)
    for act in ("answer", "undo"):
        assert browser.get(f"/question/{question.id}/{act}?answer=blank&seen=").status_code == 405
    assert a_question(desk).open


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(stranger):
    response = stranger.get(f"/open/{stranger.keys.printed}", follow_redirects=False)
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert cookie.startswith("phieu-5151=")


def test_every_page_forbids_foreign_content_scripts_in_the_page_and_caching(desk, browser):
    question = a_question(desk)
    paths = (
        "/questions",
        f"/question/{question.id}",
        f"/question/{question.id}/crop.png",
        "/name",
        "/nowhere",
    )
    for path in paths:
        headers = browser.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_form_larger_than_any_answer_is_refused(desk, browser):
    question = a_question(desk)
    response = browser.post(f"/question/{question.id}/answer", answer="x" * 100_000, seen="")
    assert response.status_code == 413
    assert a_question(desk).open
