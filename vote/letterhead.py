"""How official documents write an organ's name, an office and a date."""

from collections.abc import Sequence
from datetime import date
from itertools import combinations, pairwise

import babel.dates

# Words that stay together when an organ's name is broken into lines, and words that like to begin a line.
_TOGETHER = frozenset({
    "hội đồng", "nhân dân", "ủy ban", "thường vụ", "chấp hành", "mặt trận", "tổ quốc", "việt nam",
    "thành phố", "tỉnh ủy", "thành ủy", "huyện ủy", "quận ủy", "thị ủy", "đảng ủy", "đảng bộ", "chi bộ",
    "công đoàn", "liên đoàn", "thị xã", "thị trấn", "đặc khu",
})  # fmt: skip
_BEGINNING = frozenset({"tỉnh", "thành", "huyện", "quận", "thị", "xã", "phường", "đặc", "đảng"})
_MOST_LINES = 4


def balanced(name: str, limit: int) -> str:
    """Return an organ's name in as few lines of at most `limit` letters as it takes.

    A no-break space in the name keeps two words together.
    """
    words = name.split(" ")
    for lines in range(1, min(len(words), _MOST_LINES) + 1):
        ways = [_lines(words, breaks) for breaks in combinations(range(1, len(words)), lines - 1)]
        fitting = [way for way in ways if max(len(line) for line in way) <= limit]
        if fitting:
            best = min(fitting, key=_awkwardness)
            return "\n".join(best)
    return name


def kept_together(office: str) -> str:
    """Return an office with no-break spaces: its last line holds two words, and no term is torn apart."""
    words = office.split(" ")
    out = words[0]
    for number, (before, word) in enumerate(pairwise(words), start=2):
        last = number == len(words) > 3
        out += ("\u00a0" if last or f"{before} {word}".casefold() in _TOGETHER else " ") + word
    return out


def date_in_words(day: date, language: str) -> str:
    """Return a date as official documents write it: days under 10 and the months 1 and 2 with a zero."""
    if language == "vi":
        month = f"{day.month:02}" if day.month < 3 else str(day.month)
        return f"ngày {day.day:02} tháng {month} năm {day.year}"
    return babel.dates.format_date(day, "long", locale=language)


def _lines(words: list[str], breaks: Sequence[int]) -> list[str]:
    return [" ".join(words[i:j]) for i, j in pairwise((0, *breaks, len(words)))]


def _awkwardness(lines: list[str]) -> int:
    """How badly a name is broken: the letters its lines differ by, and words torn apart."""
    cost = max(map(len, lines)) - min(map(len, lines))
    for above, below in pairwise(line.casefold().split(" ") for line in lines):
        if f"{above[-1]} {below[0]}" in _TOGETHER:
            cost += 40
        elif below[0] not in _BEGINNING:
            cost += 10
    return cost
