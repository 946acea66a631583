from dataclasses import replace

import pytest

from phieu.count import review
from phieu.count.question import QuestionKind
from phieu.count.web.labels import labels_for
from phieu.count.web.shown import shown


@pytest.fixture
def asked(desk):
    return next(one for one in review.questions(desk) if one.contest == "le-quang-dinh")


def labels_of(desk, question):
    form = desk.printed()[question.form].form
    return labels_for(question, shown(question, desk.plan), form, review.shown_box(desk, question)), form


def test_each_option_stands_with_its_key_over_the_middle_of_its_box(desk, asked):
    labels, form = labels_of(desk, asked)
    assert [(one.words, one.key) for one in labels.labels] == [
        ("Tín nhiệm cao", "1"),
        ("Tín nhiệm", "2"),
        ("Tín nhiệm thấp", "3"),
    ]
    picture = review.shown_box(desk, asked)
    for label, option in zip(labels.labels, ("high", "confidence", "low"), strict=True):
        box = next(one.box_mm for one in form.fields if (one.contest, one.option) == (asked.contest, option))
        assert picture.x + label.middle == pytest.approx(box.x + box.w / 2)


def test_nothing_is_written_or_dimmed_over_the_boxes_of_the_row(desk, asked):
    labels, form = labels_of(desk, asked)
    picture = review.shown_box(desk, asked)
    boxes = [one.box_mm for one in form.fields if one.contest == asked.contest]
    assert picture.y + labels.row_top < min(box.y for box in boxes)
    assert picture.y + labels.row_bottom > max(box.y + box.h for box in boxes)


def test_a_question_about_a_whole_page_has_no_labels(desk, asked):
    assert review.shown_box(desk, replace(asked, kind=QuestionKind.PAGE)) is None
