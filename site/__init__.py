"""RESULTS OUT: from the tally to a static MkDocs site."""
