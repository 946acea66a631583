"""A closed round refuses answers in the browser as it does in the terminal."""

from phieu.count import review


def test_in_a_closed_round_no_answer_is_taken_and_none_taken_back(desk, browser):
    a_round = desk.plan.rounds[0].id
    for question in review.questions(desk):
        browser.post(f"/question/{question.id}/answer", answer="blank", seen="")
    for style, read in (("hdnd", 4), ("ubnd", 0)):
        desk.set_figures(a_round, style, "Nguyễn Thu Hà", issued=read, collected=read)
    desk.close(a_round, ["Nguyễn Thu Hà"])
    before = review.questions(desk)
    for question in before:
        for what, form in (("answer", {"answer": "high"}), ("undo", {})):
            response = browser.post(f"/question/{question.id}/{what}", seen=question.decision, **form)
            assert response.status_code == 400
            assert f"Round {a_round} is closed; nothing was changed." in response.text
            assert f"phieu reopen {a_round}" in response.text
    assert review.questions(desk) == before
    desk.reopen(a_round, "a reason", "Nguyễn Thu Hà")
    browser.post(f"/question/{before[0].id}/answer", answer="high", seen=before[0].decision)
    assert review.questions(desk)[0].answer == "high"
