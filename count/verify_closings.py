"""Checks every closing in the journal, and its files: what was closed, reopened, and made into papers."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from ..errors import PhieuError
from ..words import _
from . import bundle_files, rounds
from .bundle import Bundle
from .journal import Act, Entry


def closings(entries: list[Entry], results: Path, practice: bool) -> Iterator[str]:
    """Say in sentences what of the closings does not hold; the chain is checked already.

    Args:
        entries: the whole journal.
        results: the folder of results.
        practice: which count it is.
    """
    stored: dict[str, tuple[Bundle, str]] = {}
    in_force: dict[str, Bundle] = {}
    gone: dict[str, tuple[str, str]] = {}
    before = "0" * 64
    for entry in entries:
        data = entry.data
        if entry.act is Act.BUNDLE:
            try:
                bundle = Bundle.from_bytes(rounds.bundle_bytes(data))
            except PhieuError as error:
                yield error.message
            else:
                stored[data["sha256"]] = (bundle, before)
        elif entry.act is Act.CLOSED:
            yield from _closed(entry, stored, in_force, gone, practice)
        elif entry.act is Act.REOPENED:
            was = in_force.pop(data["round"], None)
            gone[data["round"]] = (data["sha256"], data["reason"])
            if was is None or was.sha256 != data["sha256"]:
                yield _("Entry {n} reopens round {name}, which was not closed so.").format(
                    n=entry.n, name=data["round"]
                )
        before = entry.hash
    for bundle in in_force.values():
        yield from _files(bundle, results)
    closed = {bundle_files.bundle_path(results, round_id) for round_id in in_force}
    for path in sorted({*results.glob(f"*{bundle_files.SUFFIX}")} - closed):
        yield _("{file} holds results, but by the journal its round is not closed: they are void.").format(
            file=path
        )
    yield from _papers(entries, in_force, results)


def _closed(
    entry: Entry,
    stored: dict[str, tuple[Bundle, str]],
    in_force: dict[str, Bundle],
    gone: dict[str, tuple[str, str]],
    practice: bool,
) -> Iterator[str]:
    round_id, sha256 = entry.data["round"], entry.data["sha256"]
    bundle, head = stored.get(sha256, (None, ""))
    if bundle is None or (
        bundle.sha256 != sha256
        or bundle.round != round_id
        or bundle.practice != practice
        or bundle.journal_head != head
        or list(bundle.closed_by) != entry.data["by"]
        or (bundle.corrects, bundle.reason) != gone.get(round_id, ("", ""))
        or round_id in in_force
    ):
        yield _("Entry {n} closes round {name} with results that are not those the journal holds.").format(
            n=entry.n, name=round_id
        )
        return
    in_force[round_id] = bundle


def _files(bundle: Bundle, results: Path) -> Iterator[str]:
    for path, expected in bundle_files.files_of(results, bundle).items():
        try:
            found = path.read_bytes()
        except OSError:
            yield _("{file} is missing; `phieu close {name}` writes it again.").format(
                file=path, name=bundle.round
            )
            continue
        if found != expected:
            yield _("{file} is not what was closed; `phieu close {name}` writes it again.").format(
                file=path, name=bundle.round
            )


def _papers(entries: list[Entry], in_force: dict[str, Bundle], results: Path) -> Iterator[str]:
    made: dict[tuple[str, str], str] = {}
    for data in (entry.data for entry in entries if entry.act is Act.PAPERS):
        bundle = in_force.get(data["round"])
        if data["bundle"] in ("", bundle.sha256 if bundle else ""):
            made |= {(data["round"], name): sha256 for name, sha256 in data["papers"].items()}
    for (round_id, name), sha256 in sorted(made.items()):
        path = results / round_id / name
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            yield _("The paper {file} is missing.").format(file=path)
            continue
        if found != sha256:
            yield _("The paper {file} was changed after it was made.").format(file=path)
