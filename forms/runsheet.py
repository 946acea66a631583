"""The run sheet: a page that goes to the printer's with a print run and comes back with the ballots.

It says what was to be printed and on what paper, names the form by its full hash for the committee's
minutes, and bears a ruler that shows at once whether the printer shrank the page.
"""

from ..vote.plan import BallotStyle, Round
from .code import in_print
from .compose import lay_out, render
from .form import FrozenForm
from .frame import code_text, paper_name
from .pictures import Picture, set_in


def run_sheet(frozen: FrozenForm, a_round: Round, style: BallotStyle, name: str, copies: int) -> bytes:
    """Return the run sheet of a print run as a PDF of one A4 page, in the language in force."""
    form = frozen.form
    html = render(
        "run-sheet.html",
        name=name,
        round=a_round,
        style=style,
        copies=copies,
        form=form,
        paper=paper_name(form.paper_mm),
        code=in_print(code_text(form, 1)),
        hash_lines=hash_lines(form.sha256),
        first=style.contests[0],
        last=style.contests[-1],
        thumbnail_mm=(62, 62 * form.paper_mm[1] / form.paper_mm[0]),
    )
    # Without their code, so that a run sheet among the scans is never taken for a ballot.
    pictures = {f"page-{page}": Picture(frozen.blank_pdf, page) for page in range(1, form.pages + 1)}
    sheet: bytes = lay_out(html).write_pdf()
    return set_in(sheet, pictures)


def hash_lines(sha256: str) -> list[str]:
    """Return a hash in groups of four, eight groups a line, to be read out and compared."""
    groups = [sha256[i : i + 4] for i in range(0, 64, 4)]
    return [" ".join(groups[:8]), " ".join(groups[8:])]
