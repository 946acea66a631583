"""Counts a whole store of ballots in one pass, from their gists, in memory that does not grow with them.

Comes in: each ballot's gists, in any order. Goes out: what `ballots.count` says of the same pages, but for
what a question shows (ink, reasons, where the paper is), which `review` reads from the stored reading when
people ask for it. Plain ballots are summed thousands at a time (`plain`); the others go the long way, one by
one; those that look like another wait for the end.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from . import gist
from .ballots import CountedPage, Decisions, Printed
from .counted import Counted, Each, again, count_ballot
from .gist import HEAD, Head, Places
from .plain import Alike, Gists, alike
from .rescans import Twins, can_tell


def count_gists(
    ballots: Iterable[tuple[str, Gists]],
    whole: Callable[[str], Sequence[CountedPage]],
    printed: Mapping[str, Printed],
    decisions: Decisions,
    twins: Iterable[Twins],
    in_colour: frozenset[str],
    each: Each | None = None,
) -> Counted:
    """Return the questions and the votes of all ballots.

    Args:
        ballots: each ballot's key, with the key and gist of each of its pages.
        whole: gives the pages of a ballot with their whole readings, where a gist is missing.
        printed: form id to what was printed.
        decisions: the answers in force.
        twins: pairs of ballots that look like one sheet; those of ballots not among these are left out.
        in_colour: ids of the forms whose scans can show a seal; only those with a seal need be among them.
        each: called with each ballot's votes; then nothing is summed ahead.
    """
    with _nothing_collected():
        return _Counting(whole, printed, decisions, in_colour, each).all(ballots, tuple(twins))


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Keep Python from looking for cycles: none is made here, and looking takes half the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Counting:
    def __init__(
        self,
        whole: Callable[[str], Sequence[CountedPage]],
        printed: Mapping[str, Printed],
        decisions: Decisions,
        in_colour: frozenset[str],
        each: Each | None,
    ) -> None:
        self._whole = whole
        self._printed = printed
        self._decisions = decisions
        self._in_colour = in_colour
        self._each = each
        self._counted = Counted()
        self._heads: dict[str, Head] = {}
        self._alike: dict[tuple[str, ...], Alike | None] = {}
        self._places = {
            (one.form.id, page): Places(one.form, page)
            for one in printed.values()
            for page in range(1, one.form.pages + 1)
        }

    def all(self, ballots: Iterable[tuple[str, Gists]], twins: Sequence[Twins]) -> Counted:
        apart = {key for pair in twins for key in (pair.one, pair.other)}
        waiting: dict[str, list[CountedPage]] = {}
        for ballot, gists in ballots:
            if ballot in apart:
                if self._known(pages := self._pages(ballot, gists)):
                    waiting[ballot] = pages
            else:
                self._one(ballot, gists)
        for same in self._alike.values():
            if same is not None:
                self._sum_up(same)
        left_out = again(waiting, twins, self._printed, self._decisions, self._counted)
        for ballot, pages in waiting.items():
            if ballot not in left_out:
                self._count(pages)
        self._counted.questions.sort(key=lambda question: question.id)
        return self._counted

    def _one(self, ballot: str, gists: Gists) -> None:
        """Count a ballot now, or sum it up later with others like it."""
        make_up = tuple([line[:HEAD] for _key, line in gists])
        try:
            same = self._alike[make_up]
        except KeyError:
            same = self._alike[make_up] = self._make_up(make_up)
        if same is None or not same.take(ballot, gists):
            self._count(self._pages(ballot, gists))
        elif same.full:
            self._sum_up(same)

    def _make_up(self, heads: tuple[str, ...]) -> Alike | None:
        if self._each is not None or not all(heads):
            return None
        return alike(tuple(self._head(one) for one in heads), self._printed, self._places, self._in_colour)

    def _sum_up(self, same: Alike) -> None:
        done, others = same.sum_up()
        form, style = same.printed.form, same.printed.style
        key = same.printed.round.id, style.id
        counted = self._counted
        if done.ballots:
            counted.votes[key].add_valid(done.ballots, done.votes)
            counted.forms[key].add(form.id)
            counted.said_forms.add(form.id)
            if style.seal and form.id not in self._in_colour:
                counted.unsealed[key] += done.ballots
            if not can_tell(sum(one.rows for one in same.heads), any(one.serial for one in same.heads)):
                counted.untold[key] += done.ballots
        for ballot, gists in others:
            self._count(self._pages(ballot, gists))

    def _known(self, pages: Sequence[CountedPage]) -> bool:
        forms = {page.reading.form for page in pages if page.reading.form}
        self._counted.said_forms |= forms
        return forms <= self._printed.keys()

    def _count(self, pages: Sequence[CountedPage]) -> None:
        if self._known(pages):
            count_ballot(pages, self._printed, self._decisions, self._in_colour, self._counted, self._each)

    def _pages(self, ballot: str, gists: Gists) -> list[CountedPage]:
        """Return a ballot's pages as their gists tell them; as their readings do where one has no gist."""
        if not all(line for _key, line in gists):
            return list(self._whole(ballot))
        pages = []
        for key, line in gists:
            said = self._head(line)
            places = self._places.get((said.form or "", said.page or 0))
            pages.append(CountedPage(key, ballot, gist.lean(said, line, places), said.rows))
        return pages

    def _head(self, line: str) -> Head:
        text = line[:HEAD]
        if text not in self._heads:
            self._heads[text] = gist.head(text)
        return self._heads[text]
