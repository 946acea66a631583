"""Whatever a text holds, Markdown and HTML show it as text."""

import html
import re

import markdown
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from phieu.site.escaping import as_text

EXTENSIONS = ["attr_list", "md_in_html", "tables"]


def shown(source: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markdown.markdown(source, extensions=EXTENSIONS))).strip()


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Zs", "Zl", "Zp", "Cn", "Co")),
        min_size=1,
    )
)
def test_any_word_comes_out_of_markdown_as_it_went_in(word: str) -> None:
    made = markdown.markdown(str(as_text(word)), extensions=EXTENSIONS)
    assert made.startswith("<p>")
    assert html.unescape(made[3:-4]) == word


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](http://example.vn/x.png)",
        "# not a heading",
        "- not a list",
        "1. not a list",
        "--- not a rule",
        "a {: onclick=alert(1) }",
        "&lt;b&gt;",
        "Sở Văn hóa - Thể thao (cũ), tổ 1. A/B",
    ],
)
def test_markup_in_a_text_is_shown_not_followed(text: str) -> None:
    made = markdown.markdown(str(as_text(text)), extensions=EXTENSIONS)
    assert re.findall(r"</?(\w+)", made) == ["p", "p"]
    assert shown(str(as_text(text))) == text


def test_a_pipe_does_not_open_another_cell() -> None:
    table = markdown.markdown(f"| a |\n|---|\n| {as_text('x | y')} |", extensions=EXTENSIONS)
    assert table.count("<td>") == 1
    assert "x &#124; y" in table


def test_a_text_leaves_the_quotes_of_an_attribute_closed() -> None:
    tag = f'<img alt="{as_text(chr(34) + " onload=" + chr(39) + "x")}">'
    assert tag.count('"') == 2 and "'" not in tag


def test_line_breaks_and_signs_that_turn_the_text_do_not_pass() -> None:
    assert as_text("a\n\n# b\u202ec\x00") == "a &#35; bc"


def test_names_stay_readable_in_the_source() -> None:
    assert as_text("Nguyễn Phước Bảo, Phó Chủ tịch (kiêm)") == "Nguyễn Phước Bảo, Phó Chủ tịch (kiêm)"


def test_our_own_markup_passes() -> None:
    assert as_text(Markup("<b>1</b>")) == "<b>1</b>"
