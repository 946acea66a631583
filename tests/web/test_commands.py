"""The same questions from the terminal, and the server as it is really started."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from http.cookiejar import CookieJar

import pytest
from click.testing import CliRunner

from phieu import words
from phieu.cli.main import main
from phieu.count import review


def run(*arguments: str):
    with words.spoken("en"):
        return CliRunner().invoke(main, ["--lang", "en", *arguments])


def listed(workspace):
    return json.loads(run("review", "--list", "--json", "-w", str(workspace.root)).stdout)


def test_the_list_says_what_the_machine_saw_and_what_may_be_answered(workspace):
    questions = listed(workspace)
    assert len(questions) == 3
    one = next(one for one in questions if one["machine"] == "overvoted")
    assert one["contest"] == "le-quang-dinh"
    assert one["answers"] == ["high", "confidence", "low", "blank", "overvoted"]
    assert {seen["option"]: (seen["state"], seen["why"]) for seen in one["seen"]} == {
        "high": ("unclear", "several"),
        "confidence": ("empty", "clean"),
        "low": ("unclear", "several"),
    }
    assert one["answer"] is None


def test_the_list_names_no_file_and_no_place_in_the_stack(workspace):
    for arguments in (["--list"], ["--list", "--json"]):
        printed = run("review", *arguments, "-w", str(workspace.root)).stdout
        assert "Lê Quang Định" in printed
        assert "to-nhat-phieu-thu-ba" not in printed
        assert "tap-thu-nhat" not in printed


def test_a_decision_from_the_terminal_is_the_one_the_browser_shows(desk, workspace, browser):
    question = review.questions(desk)[0]
    result = run("decide", question.id, "low", "--by", "Lê Văn Phú", "-w", str(workspace.root))
    assert result.exit_code == 0, result.output
    assert "Lê Văn Phú" in result.output
    assert "by Lê Văn Phú" in browser.get(f"/question/{question.id}").text
    assert (
        run("decide", "--undo", question.id, "--by", "Lê Văn Phú", "-w", str(workspace.root)).exit_code == 0
    )
    assert review.questions(desk)[0].open


def test_several_questions_are_decided_in_one_command(desk, workspace):
    pairs = [word for one in review.questions(desk) for word in (one.id, "blank")]
    assert run("decide", *pairs, "--by", "Lê Văn Phú", "-w", str(workspace.root)).exit_code == 0
    assert [one.answer for one in review.questions(desk)] == ["blank"] * 3


@pytest.mark.parametrize(
    ("question", "answer", "by"),
    [("000000000000", "high", "Lê Văn Phú"), (None, "best", "Lê Văn Phú"), (None, "high", "  ")],
)
def test_what_does_not_fit_the_question_is_refused_in_a_sentence(desk, workspace, question, answer, by):
    asked = question or review.questions(desk)[0].id
    result = run("decide", asked, answer, "--by", by, "-w", str(workspace.root))
    assert result.exit_code == 23
    assert "Error:" in result.stderr
    assert all(one.open for one in review.questions(desk))


def test_an_id_without_an_answer_is_a_wrong_command_line(desk, workspace):
    result = run("decide", review.questions(desk)[0].id, "--by", "Lê Văn Phú", "-w", str(workspace.root))
    assert result.exit_code == 2


def test_a_folder_without_a_plan_is_refused(tmp_path):
    assert run("review", "--list", "-w", str(tmp_path)).exit_code == 25


def test_the_server_prints_its_address_answers_on_it_and_ends_with_ctrl_c(workspace):
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [
        sys.executable,
        "-m",
        "phieu",
        "--lang",
        "en",
        "review",
        "--no-browser",
        "-w",
        str(workspace.root),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as server:
        try:
            assert server.stdout is not None
            address = re.search(r"http://127\.0\.0\.1:\d+/open/\S+", server.stdout.readline())
            assert address is not None
            opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
            with opener.open(address.group(), timeout=30) as response:
                assert "Who decides?" in response.read().decode()
            server.send_signal(signal.SIGINT)
            out, err = server.communicate(timeout=30)
        finally:
            server.kill()
    assert server.returncode == 0
    assert "0 of 3 questions are answered." in out
    assert err == ""


def test_a_port_that_is_taken_is_said_in_a_sentence(workspace):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("review", "--no-browser", "--port", str(port), "-w", str(workspace.root))
    assert result.exit_code == 2
    assert f"Port {port} can't be used" in result.stderr
