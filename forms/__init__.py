"""PAPER OUT: from a plan to printed ballots whose geometry is known."""
