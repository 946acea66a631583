"""What is refused as a form, and what freezing keeps and takes away."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name

from phieu.forms.compose import compose, lay_out
from phieu.forms.fillable import freeze
from phieu.forms.form import FieldKind, Form, FormError, FrozenForm, form_hash

BOX = "position: absolute; width: 6mm; height: 6mm; margin: 0; padding: 0; border: 0"


def fillable(body: str, page: str = "size: A4; margin: 0") -> bytes:
    """A fillable PDF made from a bare page."""
    html = f"<html lang=vi><title>x</title><style>@page {{ {page} }}</style><body style='margin: 0'>{body}"
    pdf: bytes = lay_out(html, fillable=True).write_pdf(pdf_forms=True)
    return pdf


def box(name: str, x: float, y: float, kind: str = "checkbox", more: str = "") -> str:
    return f'<input type="{kind}" name="{name}" style="{BOX}; left: {x}mm; top: {y}mm" {more}>'


def refusal(pdf: bytes) -> str:
    with pytest.raises(FormError) as caught:
        freeze(pdf, practice=False)
    return f"{caught.value.message} {caught.value.hint}"


def test_a_field_is_where_the_pdf_says() -> None:
    form = freeze(fillable(box("an.high", 100, 80)), practice=False).form
    (field,) = form.fields
    assert (field.contest, field.option, field.page, field.kind) == ("an", "high", 1, FieldKind.CHECK)
    assert field.box_mm == pytest.approx((100, 80, 6, 6), abs=0.005)


def test_radio_buttons_and_text_fields_are_told_apart() -> None:
    body = box("an", 100, 80, "radio", 'value="yes"') + box("an", 110, 80, "radio", 'value="no"')
    form = freeze(fillable(f"<form>{body}</form>" + box("an.comment", 100, 100, "text")), practice=False).form
    assert {(f.contest, f.option, f.kind) for f in form.fields} == {
        ("an", "yes", FieldKind.RADIO),
        ("an", "no", FieldKind.RADIO),
        ("an", "comment", FieldKind.TEXT),
    }


def test_each_thing_that_is_wrong_with_a_form_is_named() -> None:
    assert "không có ô nào" in refusal(fillable("<p>x"))
    assert "“an”" in refusal(fillable(box("an", 100, 80)))
    assert "AN.high" in refusal(fillable(box("AN.high", 100, 80)))
    assert "an.high" in refusal(fillable(box("an.high", 100, 268)))
    assert "an.high" in refusal(fillable(box("an.high", 12, 12)))
    assert "đóng dấu" in refusal(fillable(box("an.high", 40, 30)))
    assert "an.high" in refusal(fillable(box("an.high", 208, 100)))
    overlapping = refusal(fillable(box("an.high", 100, 80) + box("an.low", 104, 84)))
    assert "an.high" in overlapping and "an.low" in overlapping
    assert "an.high" in refusal(fillable(box("an.high", 100, 80) + box("an.high", 100, 120)))
    assert "3" in refusal(fillable(box("an.high", 100, 80) + "<p style='break-before: page'>x" * 3))


def test_what_is_no_pdf_or_locked_or_broken_is_refused(a_vote: Callable[..., Any]) -> None:
    assert refusal(b"")
    assert refusal(b"hello")
    pdf = compose(*a_vote(2), False)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        locked = io.BytesIO()
        document.save(locked, encryption=pikepdf.Encryption(owner="x", user="y"))
        assert "mật khẩu" in refusal(locked.getvalue())
        document.pages[0].obj.Annots[0].Rect = Array([1, 2])
        broken = io.BytesIO()
        document.save(broken)
        assert refusal(broken.getvalue())


@given(data=st.data())
def test_a_form_with_bytes_changed_is_refused_or_frozen_but_never_a_crash(data: st.DataObject) -> None:
    pdf = bytearray(fillable(box("an.high", 100, 80)))
    for _change in range(data.draw(st.integers(1, 6))):
        pdf[data.draw(st.integers(0, len(pdf) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert isinstance(freeze(bytes(pdf), practice=False), FrozenForm)
    except FormError as error:
        assert error.message


def test_the_blank_form_has_tags_but_no_fields_links_structure_code_or_scripts(
    a_vote: Callable[..., Any], text_of: Callable[..., Any]
) -> None:
    pdf = compose(*a_vote(31), False)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        script = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
        document.Root.OpenAction = script
        document.pages[0].obj.AA = Dictionary(O=script)
        out = io.BytesIO()
        document.save(out)
    frozen = freeze(out.getvalue(), practice=False)
    with pikepdf.open(io.BytesIO(frozen.blank_pdf)) as blank:
        assert set(blank.Root.keys()) == {"/Type", "/Pages"}
        for page in blank.pages:
            assert set(page.obj.keys()) == {"/Type", "/Parent", "/MediaBox", "/Resources", "/Contents"}
    assert b"JavaScript" not in frozen.blank_pdf
    assert frozen.form.id not in "".join(text_of(frozen.blank_pdf)).replace(" ", "")


def test_freezing_the_same_pdf_twice_makes_the_same_bytes(a_vote: Callable[..., Any]) -> None:
    pdf = compose(*a_vote(31), False)
    one, other = freeze(pdf, practice=False), freeze(pdf, practice=False)
    assert one == other
    assert one.form.id != freeze(pdf, practice=True).form.id


def test_a_form_is_read_back_as_it_was_saved(a_form: Callable[..., Any], tmp_path: Path) -> None:
    frozen = a_form(31)
    path = frozen.save(tmp_path)
    assert path.name == f"{frozen.form.id}.json"
    assert FrozenForm.load(path) == frozen


def test_the_hash_is_what_the_manual_says(a_form: Callable[..., Any], tmp_path: Path) -> None:
    frozen = a_form(3)
    data = json.loads(frozen.save(tmp_path).read_text("utf-8"))
    assert data["sha256"] == form_hash(data, frozen.blank_pdf)
    assert Form.from_json(data) == frozen.form


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["fields"][0].update(option="low"),
        lambda data: data["fields"][0]["box_mm"].__setitem__(0, 1.0),
        lambda data: data["zones"].pop(),
        lambda data: data.update(practice=True),
        lambda data: data.update(form="AAAAAAAA"),
        lambda data: data.update(sha256="0" * 64),
        lambda data: data["frame"].update(code=[0, 0, 15, 15]),
    ],
)
def test_a_form_changed_after_freezing_is_refused(
    change: Callable[[Any], Any], a_form: Callable[..., Any], tmp_path: Path
) -> None:
    path = a_form(3).save(tmp_path)
    data = json.loads(path.read_text("utf-8"))
    change(data)
    path.write_text(json.dumps(data), "utf-8")
    with pytest.raises(FormError, match="mã băm"):
        FrozenForm.load(path)


def test_a_blank_form_changed_by_one_byte_is_refused(a_form: Callable[..., Any], tmp_path: Path) -> None:
    path = a_form(3).save(tmp_path)
    pdf = path.with_suffix(".pdf")
    content = bytearray(pdf.read_bytes())
    content[-20] ^= 1
    pdf.write_bytes(content)
    with pytest.raises(FormError, match="mã băm"):
        FrozenForm.load(path)


@pytest.mark.parametrize("content", ["", "[]", "{}", "null", '{"form": 1, "sha256": 2}', "\udcff"])
def test_a_file_that_is_no_form_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(FormError):
        FrozenForm.load(path)
    path.with_suffix(".pdf").write_bytes(b"")
    with pytest.raises(FormError):
        FrozenForm.load(path)
