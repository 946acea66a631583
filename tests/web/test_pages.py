from itertools import pairwise

import pytest

from phieu.count import review


def questions(desk):
    return review.questions(desk)


def test_each_unsettled_row_is_a_question_and_the_list_shows_them_all(desk, browser):
    assert len(questions(desk)) == 3
    page = browser.get("/questions").text
    for question in questions(desk):
        assert f"/question/{question.id}" in page


def test_an_answer_is_kept_with_the_name_of_who_gave_it(desk, browser):
    first = questions(desk)[0]
    response = browser.post(f"/question/{first.id}/answer", answer="confidence", seen="")
    assert response.status_code == 200
    after = questions(desk)[0]
    assert (after.answer, after.by) == ("confidence", "Nguyễn Thu Hà")


def test_after_an_answer_comes_the_next_open_question_and_after_the_last_the_closing_page(desk, browser):
    asked = [one.id for one in questions(desk)]
    for question_id, following in pairwise(asked):
        response = browser.post(f"/question/{question_id}/answer", answer="blank", seen="")
        assert response.request.path == f"/question/{following}"
    response = browser.post(f"/question/{asked[-1]}/answer", answer="blank", seen="")
    assert response.request.path == "/done"
    assert "phieu tally" in response.text


def test_an_answered_question_shows_who_answered_what_beside_what_the_machine_said(desk, browser):
    question = next(one for one in questions(desk) if one.machine == "overvoted")
    browser.post(f"/question/{question.id}/answer", answer="low", seen="")
    page = browser.get(f"/question/{question.id}").text
    assert "Decided: <b>Tín nhiệm thấp</b>, by Nguyễn Thu Hà" in page or "Decided: <b>Low" in page
    assert "The machine alone: <b>Several boxes marked</b>" in page


def test_an_undone_question_is_open_again(desk, browser):
    question = questions(desk)[0]
    browser.post(f"/question/{question.id}/answer", answer="high", seen="")
    decided = questions(desk)[0]
    response = browser.post(f"/question/{question.id}/undo", seen=decided.decision)
    assert response.request.path == f"/question/{question.id}"
    assert questions(desk)[0].open


def test_an_answer_to_a_question_that_another_has_answered_meanwhile_changes_nothing(
    desk, browser, other_browser
):
    question = questions(desk)[0]
    browser.get(f"/question/{question.id}")
    other_browser.post(f"/question/{question.id}/answer", answer="high", seen="")
    response = browser.post(f"/question/{question.id}/answer", answer="low", seen="")
    assert response.request.path == f"/question/{question.id}"
    assert "Lê Văn Phú" in response.text
    assert (questions(desk)[0].answer, questions(desk)[0].by) == ("high", "Lê Văn Phú")


def test_an_undo_of_a_decision_that_was_not_seen_changes_nothing(desk, browser, other_browser):
    question = questions(desk)[0]
    browser.post(f"/question/{question.id}/answer", answer="high", seen="")
    seen = questions(desk)[0].decision
    other_browser.post(f"/question/{question.id}/undo", seen=seen)
    other_browser.post(f"/question/{question.id}/answer", answer="low", seen="")
    browser.post(f"/question/{question.id}/undo", seen=seen)
    assert (questions(desk)[0].answer, questions(desk)[0].by) == ("low", "Lê Văn Phú")


@pytest.mark.parametrize("answer", ["", "best", "HIGH", "<b>high</b>"])
def test_an_answer_that_is_not_offered_is_refused_in_a_sentence(desk, browser, answer):
    question = questions(desk)[0]
    response = browser.post(f"/question/{question.id}/answer", answer=answer, seen="")
    assert response.status_code == 400
    assert "<b>high" not in response.text
    assert questions(desk)[0].open


@pytest.mark.parametrize(
    "path", ["/question/000000000000", "/question/..%2f..%2fplan.yaml", "/question/000000000000/crop.png"]
)
def test_a_question_that_is_not_asked_is_answered_with_a_sentence(browser, path):
    response = browser.get(path)
    assert response.status_code in (400, 404)
    assert "<h1>" in response.text
    assert "Traceback" not in response.text


def test_html_in_a_name_is_shown_as_text(desk, browser):
    question = next(one for one in questions(desk) if "Ngọc Thủy" in one.name)
    for path in ("/questions", f"/question/{question.id}"):
        page = browser.get(path).text
        assert "&lt;script&gt;alert(1)&lt;/script&gt; Ngọc Thủy" in page
        assert "<script>alert" not in page


def test_no_page_says_from_which_file_batch_or_place_in_the_stack_a_ballot_came(desk, browser):
    for path in ("/questions", "/done", *(f"/question/{one.id}" for one in questions(desk))):
        page = browser.get(path).text
        assert "to-nhat-phieu-thu-ba" not in page
        assert "scan-" not in page
        assert "tap-thu-nhat" not in page
        for one in questions(desk):
            assert one.page_key not in page


def test_the_pictures_are_of_the_ballot(desk, browser):
    question = questions(desk)[0]
    for what in ("crop", "page"):
        response = browser.get(f"/question/{question.id}/{what}.png")
        assert response.mimetype == "image/png"
        assert response.data.startswith(b"\x89PNG")


def test_who_decides_is_asked_before_the_first_question(desk, stranger):
    stranger.enter()
    question = questions(desk)[0]
    assert stranger.get(f"/question/{question.id}").request.path == "/name"
    stranger.post(f"/question/{question.id}/answer", answer="high", seen="")
    assert questions(desk)[0].open
    stranger.post("/name", by="  Vũ  Thị Lan ")
    stranger.post(f"/question/{question.id}/answer", answer="high", seen="")
    assert questions(desk)[0].by == "Vũ Thị Lan"


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "\x00"])
def test_a_name_that_is_none_is_asked_again(stranger, name):
    stranger.enter()
    response = stranger.post("/name", by=name)
    assert response.status_code == 400
    assert stranger.get("/").request.path == "/name"


def test_the_page_speaks_the_other_language_when_asked(browser):
    assert '<html lang="en">' in browser.get("/questions").text
    browser.post("/language")
    assert '<html lang="vi">' in browser.get("/questions").text


def test_nothing_that_a_page_loads_lies_on_another_host(desk, browser):
    for path in ("/questions", f"/question/{questions(desk)[0].id}", "/name"):
        page = browser.get(path).text
        assert "http://" not in page.replace(browser.host, "")
        assert "https://" not in page
        assert "<style" not in page
        assert "onclick" not in page


def test_ink_in_a_name_cell_is_asked_about_with_what_each_answer_makes_invalid(desk, browser, struck_name):
    page = browser.get(f"/question/{struck_name.id}").text
    assert "What does the ink in the name&#39;s cell mean?" in page
    assert "the whole ballot is invalid" in page
    for answer in struck_name.answers:
        assert f'value="{answer}"' in page
    browser.post(f"/question/{struck_name.id}/answer", answer=struck_name.answers[-1], seen="")
    settled = next(one for one in review.questions(desk) if one.id == struck_name.id)
    assert settled.answer == struck_name.answers[-1]
