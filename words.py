"""The two languages: gettext messages, Vietnamese and English.

Code writes `_("English sentence")`; the catalogue in `locale/vi` holds the Vietnamese. The language is a
context variable, so that the desk in the browser can answer two people in two languages at once.

Never mark a sentence that was built with an f-string: write `_("{count} pages").format(count=n)`.
"""

import gettext as _gettext
import locale
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES = ("vi", "en")
DEFAULT = "vi"

CATALOGUES = Path(__file__).parent / "locale"
_language: ContextVar[str] = ContextVar("language", default=DEFAULT)


def _(message: str) -> str:
    """Return `message` in the language in force."""
    return _catalogue(_language.get()).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """Return the form of a counted message for `n`, in the language in force."""
    return _catalogue(_language.get()).ngettext(singular, plural, n)


def N_(message: str) -> str:
    """Mark a message for the catalogue that is translated only when it is shown."""
    return message


def language() -> str:
    """Return the language in force, `vi` or `en`."""
    return _language.get()


def use(code: str) -> None:
    """Set the language for the rest of this context."""
    if code not in LANGUAGES:
        raise ValueError(f"no such language: {code}")
    _language.set(code)


@contextmanager
def spoken(code: str) -> Iterator[None]:
    """Speak another language inside a `with` block, as a ballot in Vietnamese for an English user."""
    before = _language.set(code)
    try:
        yield
    finally:
        _language.reset(before)


def preferred() -> str:
    """Return the user's language: `PHIEU_LANG`, else the system's if it is one of ours, else Vietnamese."""
    wishes = [os.environ.get(name, "") for name in ("PHIEU_LANG", "LC_ALL", "LC_MESSAGES", "LANG")]
    if os.name == "nt":
        wishes.append(locale.getlocale()[0] or "")
    for wish in wishes:
        code = wish[:2].lower()
        if code in LANGUAGES:
            return code
    return DEFAULT


@cache
def _catalogue(code: str) -> _gettext.NullTranslations:
    # English is the language of the source, so it needs no catalogue.
    return _gettext.translation("phieu", CATALOGUES, [code], fallback=code == "en")
