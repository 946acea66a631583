"""PAPER IN: from scans to what stands on each page. Knows fields and ink, not officials."""
