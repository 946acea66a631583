"""Marked ballots with known answers, as paper and as simulated scans: rehearse the count before the day."""
