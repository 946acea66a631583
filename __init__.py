"""Phiếu: print paper ballots, read the scans of the completed ones, count them, publish the results."""

__version__ = "0.1.0"
