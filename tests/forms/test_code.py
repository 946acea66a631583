import pytest
from hypothesis import given
from hypothesis import strategies as st

from phieu.forms.code import Code, CodeError, CodeProblem, Kind, decode, encode, in_print

BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

codes = st.builds(
    Code,
    kind=st.sampled_from(Kind),
    form=st.text(BASE32, min_size=8, max_size=8),
    page=st.integers(1, 9),
    serial=st.none() | st.text(DIGITS, min_size=7, max_size=7),
)


@given(codes)
def test_a_code_says_what_was_written_in_it(code: Code) -> None:
    text = encode(code)
    assert decode(text) == code
    assert len(text) == (13 if code.serial is None else 20)
    assert in_print(text).replace(" ", "") == text


@given(codes, st.data())
def test_a_code_with_any_character_changed_is_refused(code: Code, data: st.DataObject) -> None:
    text = encode(code)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(sorted(set(DIGITS) - {text[place]})))
    with pytest.raises(CodeError):
        decode(text[:place] + other + text[place + 1 :])


@given(codes, st.data())
def test_a_code_with_two_neighbours_exchanged_is_refused(code: Code, data: st.DataObject) -> None:
    text = encode(code)
    place = data.draw(st.integers(0, len(text) - 2))
    swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if swapped != text:
        with pytest.raises(CodeError):
            decode(swapped)


@given(st.text(max_size=30))
def test_any_other_text_is_a_code_error_and_nothing_worse(text: str) -> None:
    try:
        decode(text)
    except CodeError as error:
        assert error.problem in CodeProblem


def test_another_programs_code_is_called_foreign() -> None:
    with pytest.raises(CodeError) as caught:
        decode("HTTPS EXAMPLE")
    assert caught.value.problem is CodeProblem.FOREIGN
