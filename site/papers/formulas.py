"""Formulas of the summary table: shares and thresholds in whole numbers, as the tally works them out."""

from ...vote.rules import PercentRule, Rounding, Threshold
from .filled import clean


def percent_formula(count: str, of: str, rule: PercentRule) -> str:
    """Return the formula of a share, rounded as the rule has it, from whole numbers.

    Args:
        count: the cell of the count.
        of: the cell of the whole.
        rule: how many decimals, and how the last one comes about.
    """
    scale = 10 ** (rule.decimals + 2)
    down = f"QUOTIENT({count}*{scale},{of})"
    rest = f"MOD({count}*{scale},{of})"
    rounded = {
        Rounding.DOWN: down,
        Rounding.HALF_UP: f"QUOTIENT(2*{count}*{scale}+{of},2*{of})",
        Rounding.HALF_EVEN: f"({down}+IF(OR(2*{rest}>{of},AND(2*{rest}={of},MOD({down},2)=1)),1,0))",
    }[rule.rounding]
    return f'=IF(OR(COUNT({count})=0,COUNT({of})=0,N({of})=0),"",{rounded}/{scale})'


def reached(threshold: Threshold, count: str, of: str) -> str:
    """Return the condition that a count reaches a threshold, in whole numbers."""
    have, need = f"{count}*{threshold.share.denominator}", f"{of}*{threshold.share.numerator}"
    return f"{have}{'>' if threshold.strict else '>='}{need}"


def quoted(text: str) -> str:
    """Return a text as a formula holds it."""
    plain: str = clean(text).replace('"', '""')
    return f'"{plain}"'
