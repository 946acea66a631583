"""`verify` finds every changed byte and names it."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from phieu.count import review
from phieu.count.desk import Desk
from phieu.count.verify import verify
from phieu.workspace import Workspace

ROUND = "ky-hop-12"
SCAN = hashlib.sha256(b"an image").hexdigest() + ".jpg"


@pytest.fixture
def desk(either_database: str, vote: Path, fake_page: Any) -> Iterator[Desk]:
    """A count with something of everything in it."""
    workspace = Workspace.open(vote)
    with Desk.open(workspace, workspace.plan()) as desk:
        folder = workspace.scans / "b1"
        folder.mkdir(parents=True)
        (folder / SCAN).write_bytes(b"an image")
        pages = [fake_page("p0"), fake_page("p1", {"le-quang-dinh": "none"})]
        desk.commit_batch("b1", 2, pages, {SCAN: SCAN.removesuffix(".jpg")})
        desk.commit_batch("b2", 9, [fake_page("p2")], {})
        desk.commit_batch("b3", 1, [fake_page("p3")], {})
        desk.withdraw("b3", "the wrong box", "Lê Văn Tám")
        desk.set_figures(ROUND, "hdnd", "Lê Văn Tám", issued=2, collected=2)
        (question,) = review.questions(desk)
        review.decide(desk, question.id, "low", "Lê Văn Tám")
        review.undo(desk, question.id, "Hồ Thị Chín")
        review.decide(desk, question.id, "high", "Hồ Thị Chín")
        assert verify(desk) == []
        yield desk


def change(desk: Desk, sql: str) -> None:
    schema = "phieu_real." if desk.store.postgresql else ""
    with desk.store.writing() as connection:
        assert connection.execute(text(sql.replace("@", schema))).rowcount > 0


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("UPDATE @decisions SET answer = 'low' WHERE n = 3", "Decision 3"),
        ("UPDATE @decisions SET \"by\" = 'Le Van Tam' WHERE n = 1", "Decision 1"),
        ("UPDATE @decisions SET machine = 'high' WHERE n = 1", "Decision 1"),
        ("UPDATE @decisions SET answer = 'low' WHERE n = 2", "Decision 2"),
        ("DELETE FROM @decisions WHERE n = 2", "Decision 2"),
        ("INSERT INTO @decisions VALUES (4, 'made-up', 'low', 'high', 'x')", "Decision 4"),
        ("UPDATE @figures SET figures = replace(figures, '2', '3')", "Figures 1"),
        ("DELETE FROM @figures", "Figures 1"),
        ("UPDATE @batches SET declared = 3 WHERE name = 'b1'", "Batch b1"),
        ("UPDATE @batches SET state = 'taken' WHERE name = 'b2'", "Batch b2"),
        ("UPDATE @batches SET state = 'taken' WHERE name = 'b3'", "Batch b3"),
        ("UPDATE @batches SET reason = 'another' WHERE name = 'b3'", "Batch b3"),
        ("UPDATE @pages SET reading = replace(reading, '0.3', '0.4')", "A reading in batch b1"),
        ("UPDATE @pages SET reading = replace(reading, '\"empty\"', '\"marked\"')", "A reading in batch b1"),
        ("UPDATE @pages SET outcome = 'not_ours'", "A reading in batch b1"),
        ("UPDATE @pages SET ballot = 'x'", "A reading in batch b1"),
        ("DELETE FROM @pages WHERE ballot <> ''", "A reading in batch b1"),
        ("UPDATE @journal SET entry = replace(entry, 'wrong box', 'right box')", "The journal was changed"),
        ("UPDATE @journal SET hash = 'x' || substr(hash, 2) WHERE n = 2", "entry 2"),
        ("DELETE FROM @journal WHERE n = 3", "entry 3"),
        ("DELETE FROM @journal WHERE n = (SELECT max(n) FROM @journal)", "Decision 3"),
    ],
)
def test_a_changed_row_is_found_and_named(desk: Desk, sql: str, named: str) -> None:
    change(desk, sql)
    problems = verify(desk)
    assert problems and named in problems[0]


def test_every_single_changed_character_of_the_journal_is_found(desk: Desk) -> None:
    with desk.store.reading() as connection:
        schema = "phieu_real." if desk.store.postgresql else ""
        entries = list(connection.execute(text(f"SELECT n, entry FROM {schema}journal ORDER BY n")))
    for n, entry in entries[-3:]:
        for place in range(0, len(entry), 17):
            other = "y" if entry[place] == "x" else "x"
            changed = entry[:place] + other + entry[place + 1 :]
            with desk.store.writing() as connection:
                connection.execute(
                    text(f"UPDATE {schema}journal SET entry = :e WHERE n = :n"), {"e": changed, "n": n}
                )
            assert any(f"entry {n} " in problem for problem in verify(desk)), (n, place)
        with desk.store.writing() as connection:
            connection.execute(
                text(f"UPDATE {schema}journal SET entry = :e WHERE n = :n"), {"e": entry, "n": n}
            )
    assert verify(desk) == []


def test_a_changed_form_is_found_and_named(desk: Desk) -> None:
    form = next(one.form for one in desk.printed().values())
    for suffix in (".json", ".pdf"):
        path = desk.workspace.forms / f"{form.id}{suffix}"
        data = path.read_bytes()
        path.write_bytes(data.replace(b"1", b"2", 1))
        (problem,) = verify(desk)
        assert form.id in problem
        path.write_bytes(data)
    assert verify(desk) == []


def test_a_form_that_was_frozen_anew_in_its_place_is_found(desk: Desk) -> None:
    form = next(one.form for one in desk.printed().values())
    path = desk.workspace.forms / f"{form.id}.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["fields"][0]["box_mm"][0] += 1
    path.write_text(json.dumps(data), encoding="utf-8")
    assert any(form.id in problem for problem in verify(desk))


def test_a_changed_or_missing_scan_is_found_and_named(desk: Desk) -> None:
    path = desk.workspace.scans / "b1" / SCAN
    path.write_bytes(b"an imagE")
    assert any(f"{SCAN} was changed" in problem for problem in verify(desk))
    path.unlink()
    assert any(f"{SCAN[:64]} is missing" in problem for problem in verify(desk))


def test_a_damaged_database_file_is_a_sentence_and_no_traceback(
    vote: Path, fake_page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PHIEU_DATABASE", raising=False)
    workspace = Workspace.open(vote)
    with Desk.open(workspace, workspace.plan()) as desk:
        desk.commit_batch("b1", 2, [fake_page("p0"), fake_page("p1")], {})
        data = bytearray(workspace.database.read_bytes())
        page = 4096
        for start in range(page, len(data), page):
            data[start : start + 8] = b"\xff" * 8
        workspace.database.write_bytes(bytes(data))
        assert verify(desk)


def test_every_changed_name_in_the_bytes_of_the_file_is_found(
    vote: Path, fake_page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PHIEU_DATABASE", raising=False)
    workspace = Workspace.open(vote)
    with Desk.open(workspace, workspace.plan()) as desk:
        desk.commit_batch("b1", 1, [fake_page("p0", {"le-quang-dinh": "none"})], {})
        review.decide(desk, review.questions(desk)[0].id, "low", "Ho Thi Chin")
        data, name = workspace.database.read_bytes(), b"Ho Thi Chin"
        places = [place for place in range(len(data)) if data.startswith(name, place)]
        assert len(places) == 2  # the decision and its entry in the journal
        for place in places:
            workspace.database.write_bytes(data[:place] + b"h" + data[place + 1 :])
            assert verify(desk), place
        workspace.database.write_bytes(data)
        assert verify(desk) == []


def test_an_emptied_database_beside_kept_scans_is_found(vote: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PHIEU_DATABASE", raising=False)
    workspace = Workspace.open(vote)
    with Desk.open(workspace, workspace.plan()) as desk:
        assert verify(desk) == []
        (workspace.scans / "hall-1").mkdir(parents=True)
        (problem,) = verify(desk)
    assert "emptied or replaced" in problem
