"""Papers to sign or read out: minutes, zero report, announcement, corrigendum, summary table."""
