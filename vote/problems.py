"""What is wrong with a plan or a list of people: each problem names file, line and what to write instead."""

from dataclasses import dataclass

from ..errors import ExitCode, PhieuError
from ..words import _, ngettext

MOST_TOLD = 200
"""Of problems in one message; more than a screen or two is read by nobody."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that must be mended."""

    file: str
    line: int | None
    what: str
    """A sentence: what is wrong."""
    instead: str = ""
    """A sentence: what to write or do instead."""
    of_people: bool = False
    """Whether it lies in the list of people, not in the plan."""

    def where(self) -> str:
        """Return the place in words, as `plan.yaml, line 12`."""
        if self.line is None:
            return self.file
        return _("{file}, line {line}").format(file=self.file, line=self.line)

    def sentence(self) -> str:
        """Return place and problem as one sentence."""
        return f"{self.where()}: {self.what}"


class ProblemsFound(Exception):
    """Carries problems up to `load_plan` or `load_rules`, which reports all of them at once."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*(problem.sentence() for problem in problems))
        self.problems = problems


class PlanError(PhieuError):
    """The plan can't be used as it is written; holds every problem that was found."""

    exit_code = ExitCode.BAD_PLAN

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        if all(problem.of_people for problem in problems):
            self.exit_code = ExitCode.BAD_PEOPLE
        if len(problems) == 1:
            super().__init__(problems[0].sentence(), problems[0].instead)
            return
        heading = ngettext(
            "The plan can't be used: there is {count} problem.",
            "The plan can't be used: there are {count} problems.",
            len(problems),
        ).format(count=len(problems))
        told = problems[:MOST_TOLD]
        entries = [f"  {p.sentence()}" + (f"\n      {p.instead}" if p.instead else "") for p in told]
        if len(problems) > len(told):
            entries.append("  " + _("… and {count} more.").format(count=len(problems) - len(told)))
        super().__init__("\n".join([heading, *entries]))
