"""Who may talk to the desk: the browser that was opened with the printed address, and nobody else.

The desk listens on 127.0.0.1 only, but every program and user of this machine can call there, and so can
every page that the browser shows. Hence four locks, each for its own thief:

    the key in the address   another user or program on this machine
    the Host header          a foreign name that was made to point at 127.0.0.1 (DNS rebinding)
    a token in every form    a foreign page that sends a form here (SameSite=Strict guards the cookie, too)
    a content policy         words of a plan that would run as script, and any request to another host

No page or picture is kept by the browser (`no-store`), so no ballot stays in its cache.
"""

import secrets
from dataclasses import dataclass, field
from http import HTTPStatus

from flask import Flask, Response, abort, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from ...words import _

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: with it browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def _new_key() -> str:
    return secrets.token_urlsafe(24)


@dataclass(slots=True)
class Keys:
    """The secrets in the desk's address.

    Others can see the address that is handed to the browser program in the list of processes, so it opens
    once; the printed one opens as often as it is asked.
    """

    printed: str = field(default_factory=_new_key)
    handed: str | None = field(default_factory=_new_key)

    def opens(self, key: str) -> bool:
        """Whether the desk opens for this key; a key that opens once is spent by it."""
        if self.handed is not None and _same(key, self.handed):
            self.handed = None
            return True
        return _same(key, self.printed)


def protect(app: Flask, port: int, keys: Keys, by: str) -> None:
    """Put the four locks on an app.

    Args:
        app: the desk.
        port: where it listens; part of the only Host names that are answered.
        keys: what opens it.
        by: the name that decides, known beforehand; empty to ask for it.
    """
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        # Cookies know no ports: two desks side by side need two names.
        SESSION_COOKIE_NAME=f"phieu-{port}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        MAX_CONTENT_LENGTH=16 * 1024,
    )
    app.jinja_env.globals["form_token"] = lambda: session.get("token", "")
    ours = {f"127.0.0.1:{port}", f"localhost:{port}"}

    @app.before_request
    def only_our_own_browser() -> None:
        if request.headers.get("Host", "") not in ours:
            abort(
                HTTPStatus.FORBIDDEN,
                _("The desk answers only to the address that was printed in the terminal."),
            )
        if request.endpoint in ("open_with_key", "static", "font"):
            return
        if "token" not in session:
            abort(
                HTTPStatus.FORBIDDEN,
                _("This browser was not let in. Open the whole address that `phieu review` printed."),
            )
        if request.method == "POST":
            origin = request.headers.get("Origin")
            if origin is not None and origin.removeprefix("http://") not in ours:
                abort(HTTPStatus.FORBIDDEN, _("A form from another page is not taken."))
            if not _same(request.form.get("token", ""), session["token"]):
                abort(
                    HTTPStatus.FORBIDDEN,
                    _("This form is out of date. Go back, reload the page and try again."),
                )

    @app.get("/open/<key>")
    def open_with_key(key: str) -> ResponseReturnValue:
        if not keys.opens(key):
            abort(
                HTTPStatus.FORBIDDEN,
                _("This address opens no desk, or has been used. Use the one that `phieu review` printed."),
            )
        session.setdefault("token", _new_key())
        if by:
            session.setdefault("by", by)
        return redirect(url_for("start"))

    @app.after_request
    def say_what_is_allowed(response: Response) -> Response:
        response.headers.update(HEADERS)
        if request.endpoint in ("static", "font"):
            response.headers["Cache-Control"] = "private, max-age=3600"
        return response


def _same(given: str, wanted: str) -> bool:
    return secrets.compare_digest(given.encode(), wanted.encode())
