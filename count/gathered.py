"""The folder `gathered/`: the units' results bundles that a province has taken back.

One file a bundle, named by its round and hash, with its `.sha256` beside it; none is ever changed or written
over. A correction is one more file, and which result is in force follows from what each bundle says it
corrects. So the program may be killed at any moment: a file is there whole, or not at all.
"""

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import ExitCode, PhieuError
from ..vote.plan import Plan, Round
from ..words import _
from .bundle import Bundle, BundleError, read_bundle
from .gather import Came, Given, Taken, against, sort_in

ENDING = ".bundle.json"
_MOST_FILES = 20_000
_MOST_ENTRIES = 1_000_000
_HASH_LINE = re.compile(r"([0-9a-f]{64})(?:[ ][ *][^\r\n]*)?\r?\n?")


class GatherError(PhieuError):
    """What is gathered, or is to be, can't be relied on."""

    exit_code = ExitCode.RESULTS_DIFFER


@dataclass(frozen=True, slots=True)
class Refused:
    """A file of which nothing was taken."""

    file: str
    why: str
    exit_code: ExitCode


@dataclass(frozen=True, slots=True)
class Gathering:
    """What came of the files given."""

    taken: tuple[Taken, ...]
    """Those that are what the plan asks for; contradictions among them are refused."""
    refused: tuple[Refused, ...]

    @property
    def exit_code(self) -> ExitCode:
        """The gravest of what was met."""
        codes = [one.exit_code for one in self.refused]
        codes += [GatherError.exit_code for one in self.taken if one.came is Came.REFUSED]
        return max(codes, default=ExitCode.OK)


def load(folder: Path, plan: Plan, practice: bool) -> Mapping[str, tuple[Bundle, ...]]:
    """Return what was gathered, round by round: the oldest first, the result in force last.

    Raises:
        GatherError: a file there was changed, is not what the plan asks for, or contradicts another.
    """
    by_round: dict[str, list[Given]] = defaultdict(list)
    for path in sorted(folder.glob(f"*{ENDING}")) if folder.is_dir() else ():
        given = _given(path)
        if path.name != _name(given):
            raise _changed(path, _("its name is not that of its contents"))
        if wrong := against(plan, given.bundle, practice):
            raise _changed(path, " ".join(wrong))
        by_round[given.bundle.round].append(given)
    chains = {}
    for round_id, of_round in by_round.items():
        chain, taken = sort_in((), of_round)
        for one in taken:
            if one.came is Came.REFUSED:
                raise _changed(folder / one.given.file, one.why)
        chains[round_id] = chain
    return chains


def gather(folder: Path, plan: Plan, practice: bool, sources: Iterable[Path]) -> Gathering:
    """Take bundles back: each file whole or not at all, and nothing gathered before is changed.

    Args:
        folder: `gathered/` of the province's workspace.
        plan: the province's.
        practice: whether a rehearsal is gathered.
        sources: bundle files, and folders to look for them in.

    Raises:
        GatherError: what was gathered before can't be relied on, or a folder holds no bundle.
        OSError: the folder can't be written to.
    """
    chains = dict(load(folder, plan, practice))
    refused: list[Refused] = []
    by_round: dict[str, list[Given]] = defaultdict(list)
    for path in _files(sources, practice):
        try:
            given = _given(path)
        except (BundleError, GatherError) as error:
            refused.append(Refused(str(path), error.message, error.exit_code))
            continue
        if wrong := against(plan, given.bundle, practice):
            refused.append(Refused(str(path), " ".join(wrong), GatherError.exit_code))
        else:
            by_round[given.bundle.round].append(given)
    taken: list[Taken] = []
    for round_id, of_round in by_round.items():
        _chain, came = sort_in(chains.get(round_id, ()), of_round)
        taken += came
    for one in taken:
        if one.came in (Came.NEW, Came.CORRECTION, Came.OLDER):
            _keep(folder, one.given)
    return Gathering(tuple(taken), tuple(refused))


def missing(plan: Plan, chains: Mapping[str, Sequence[Bundle]]) -> tuple[Round, ...]:
    """Return the rounds of which nothing was gathered, in the plan's order."""
    return tuple(a_round for a_round in plan.rounds if a_round.id not in chains)


def _files(sources: Iterable[Path], practice: bool) -> Iterator[Path]:
    """Yield each bundle once: files as they are named, folders searched in the order of their names."""
    seen: set[Path] = set()
    for source in sources:
        found = _within(source, practice) if source.is_dir() else [source]
        for path in found:
            if path.resolve() not in seen:
                seen.add(path.resolve())
                yield path
        if len(seen) > _MOST_FILES:
            raise GatherError(_("More than {most} results bundles were given.").format(most=_MOST_FILES))


def _within(folder: Path, practice: bool) -> list[Path]:
    found: list[Path] = []
    entries = 0
    for at, folders, files in os.walk(folder):
        entries += len(folders) + len(files)
        if entries > _MOST_ENTRIES:
            raise GatherError(
                _("{folder} holds too many files to look for results in.").format(folder=folder),
                hint=_("Name the units' folders, or their files *.bundle.json."),
            )
        if not practice:
            # A unit may hand over its whole workspace, where its rehearsals lie too.
            folders[:] = [name for name in folders if name != "practice"]
        found += [Path(at) / name for name in files if name.endswith(ENDING) and (Path(at) / name).is_file()]
    if practice:
        rehearsed = [path for path in found if "practice" in path.relative_to(folder).parts[:-1]]
        found = rehearsed or found
    if not found:
        raise GatherError(
            _("There is no results bundle in {folder}.").format(folder=folder),
            hint=_("`phieu close ROUND` writes one, as results/ROUND.bundle.json."),
        )
    return sorted(found)


def _given(path: Path) -> Given:
    """Return the bundle in a file, and its hash, which stands in the file beside it too.

    Raises:
        BundleError: it is none, or contradicts itself.
        GatherError: there is no hash beside it, or another one.
    """
    beside = path.with_name(f"{path.name}.sha256")
    if not path.is_file() or (beside.exists() and not beside.is_file()):
        # A pipe or a device might never end.
        raise GatherError(_("{file} is no ordinary file.").format(file=path.name))
    bundle = read_bundle(path)
    # The bundle was read once; its bytes are canonical, so these are the file's.
    sha256 = hashlib.sha256(bundle.to_bytes()).hexdigest()
    try:
        with beside.open("rb") as file:
            line = file.read(4096).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise GatherError(
            _("{file}: its hash is not beside it, as {beside}.").format(file=path.name, beside=beside.name),
            hint=_("Take both files as `phieu close` wrote them."),
        ) from error
    told = _HASH_LINE.fullmatch(line)
    if told is None or told[1] != sha256:
        raise GatherError(
            _("{file}: its SHA-256 is not the one that stands in {beside}.").format(
                file=path.name, beside=beside.name
            ),
            hint=_("One of the two was changed or damaged on the way. Take both again from the unit."),
        )
    return Given(path.name, bundle, sha256)


def _name(given: Given) -> str:
    return f"{given.bundle.round}.{given.sha256[:16]}{ENDING}"


def _keep(folder: Path, given: Given) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = _name(given)
    # The hash first: a bundle is never there without it.
    _write(folder / f"{name}.sha256", f"{given.sha256}  {name}\n".encode())
    _write(folder / name, given.bundle.to_bytes())


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _changed(path: Path, why: str) -> GatherError:
    return GatherError(
        _("What was gathered before can't be relied on: {file}: {why}").format(file=path, why=why),
        hint=_("Put the plan or the file back as it was, or move the file away and gather it again."),
    )
