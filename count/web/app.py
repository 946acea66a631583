"""The question list in the browser: one question at a time, its picture large, answered by key or mouse.

Every page works without JavaScript: an answer is a form that is sent, and after it comes the next open
question. The pages hold no file name, no batch and no order of scanning: questions stand in the order of
their ids, which are hashes.

What a person does here goes through `review.decide` and `review.undo`, as from the terminal. Each form says
which decision its page showed, so whoever answers what another has answered meanwhile is told instead of
overwriting it.
"""

from http import HTTPStatus
from pathlib import Path

from flask import (
    Flask,
    Response,
    abort,
    flash,
    redirect,
    render_template,
    request,
    send_from_directory,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from ... import words
from ...errors import PhieuError
from ...vote.plan import Plan
from ...words import _
from .. import review
from ..answer import AnsweredMeanwhile, AnswerError, signed
from ..desk import Desk
from ..question import Question
from .guard import Keys, protect
from .labels import Labels, labels_for
from .shown import Shown, shown

TEMPLATES = Path(__file__).parents[2] / "templates"


def create_app(
    desk: Desk,
    plan: Plan,
    *,
    port: int,
    keys: Keys,
    practice: bool = False,
    by: str = "",
    then: str = "phieu tally",
) -> Flask:
    """Return the desk in the browser.

    Args:
        desk: the count whose questions are asked.
        plan: what the questions are about.
        port: where the app listens; requests that name another host or port are refused.
        keys: what opens the app.
        practice: whether every page says that this is a rehearsal.
        by: who decides, known beforehand; otherwise each browser is asked once.
        then: the command that follows when all questions are answered, in words for the last page.
    """
    app = Flask(
        "phieu.count.web",
        template_folder=str(TEMPLATES / "web"),
        static_folder=str(TEMPLATES / "web" / "static"),
    )
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(words._, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(plan=plan, practice=practice, language=words.language)
    spoken = words.language()

    @app.before_request
    def speak() -> None:
        # The language is a variable of the thread that answers, so every request says it anew.
        words.use(session.get("language", spoken))

    protect(app, port, keys, by)

    @app.before_request
    def know_who_decides() -> ResponseReturnValue | None:
        nameless = ("open_with_key", "static", "font", "name", "speak_other")
        return None if "by" in session or request.endpoint in nameless else redirect(url_for("name"))

    @app.get("/")
    def start() -> ResponseReturnValue:
        return _to_next_open(_questions(), after="")

    @app.route("/name", methods=["GET", "POST"])
    def name() -> ResponseReturnValue:
        if request.method == "GET":
            return render_template("name.html", by=session.get("by", ""))
        try:
            session["by"] = signed(request.form.get("by", ""))
        except AnswerError as error:
            flash(error.message)
            return render_template("name.html", by=""), HTTPStatus.BAD_REQUEST
        return redirect(url_for("start"))

    @app.post("/language")
    def speak_other() -> ResponseReturnValue:
        session["language"] = "en" if words.language() == "vi" else "vi"
        return redirect(url_for("start"))

    @app.get("/questions")
    def every_question() -> str:
        return render_template("list.html", questions=_questions())

    @app.get("/question/<question_id>")
    def question(question_id: str) -> str:
        asked = review.questions(desk)
        questions = tuple(shown(one, plan) for one in asked)
        here = _place(questions, question_id)
        last = next((one for one in questions if one.id == session.get("last")), None)
        return render_template(
            "question.html",
            question=questions[here],
            labels=_labels(asked[here], questions[here]),
            questions=questions,
            before=questions[here - 1] if here else None,
            after=questions[here + 1] if here + 1 < len(questions) else None,
            last=last if last is not None and last.answered else None,
        )

    @app.post("/question/<question_id>/answer")
    def answer(question_id: str) -> ResponseReturnValue:
        chosen, seen = request.form.get("answer", ""), request.form.get("seen", "")
        try:
            review.decide(desk, question_id, chosen, session["by"], seen=seen)
        except AnsweredMeanwhile:
            return _look_again(question_id)
        session["last"] = question_id
        return _to_next_open(_questions(), after=question_id)

    @app.post("/question/<question_id>/undo")
    def undo(question_id: str) -> ResponseReturnValue:
        try:
            review.undo(desk, question_id, session["by"], seen=request.form.get("seen", ""))
        except AnsweredMeanwhile:
            return _look_again(question_id)
        session.pop("last", None)
        flash(_("Taken back. The question is open again."))
        return redirect(url_for("question", question_id=question_id))

    @app.get("/question/<question_id>/<any(crop, page):what>.png")
    def picture(question_id: str, what: str) -> Response:
        pictures = review.picture(desk, question_id)
        return Response(pictures.crop_png if what == "crop" else pictures.page_png, mimetype="image/png")

    @app.get("/done")
    def done() -> ResponseReturnValue:
        questions = _questions()
        if any(not one.answered for one in questions):
            return _to_next_open(questions, after="")
        last = next((one for one in questions if one.id == session.get("last")), None)
        return render_template("done.html", questions=questions, last=last, then=then)

    @app.get("/fonts/<name>.ttf")
    def font(name: str) -> Response:
        return send_from_directory(TEMPLATES / "fonts", f"{name}.ttf", mimetype="font/ttf")

    @app.errorhandler(PhieuError)
    def refused(error: PhieuError) -> ResponseReturnValue:
        return render_template("message.html", message=error.message, hint=error.hint), HTTPStatus.BAD_REQUEST

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> ResponseReturnValue:
        said = {
            HTTPStatus.NOT_FOUND: _("There is no such page, or this question is no longer asked."),
            HTTPStatus.INTERNAL_SERVER_ERROR: _(
                "The program made a mistake. All decisions made so far are kept."
            ),
        }
        status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
        message = said.get(status) or error.description or status.phrase
        return render_template("message.html", message=message, hint=""), status

    def _labels(question: Question, as_shown: Shown) -> Labels | None:
        picture = review.shown_box(desk, question)
        if picture is None or question.form is None:
            return None
        return labels_for(question, as_shown, desk.printed()[question.form].form, picture)

    def _look_again(question_id: str) -> ResponseReturnValue:
        questions = _questions()
        now = questions[_place(questions, question_id)]
        if now.answered:
            flash(
                _("Meanwhile {by} decided: {answer}. What you sent was not taken.").format(
                    by=now.by, answer=now.answer_words
                )
            )
        else:
            flash(_("Meanwhile the answer was taken back. What you sent was not taken."))
        return redirect(url_for("question", question_id=question_id))

    def _questions() -> tuple[Shown, ...]:
        return tuple(shown(one, plan) for one in review.questions(desk))

    return app


def _place(questions: tuple[Shown, ...], question_id: str) -> int:
    for place, one in enumerate(questions):
        if one.id == question_id:
            return place
    abort(HTTPStatus.NOT_FOUND)


def _to_next_open(questions: tuple[Shown, ...], after: str) -> ResponseReturnValue:
    """Lead to the next open question after the id `after`, else to the first, else to the last page."""
    still_open = [one.id for one in questions if not one.answered]
    if not still_open:
        return redirect(url_for("done"))
    behind = [one for one in still_open if one > after]
    return redirect(url_for("question", question_id=(behind or still_open)[0]))
