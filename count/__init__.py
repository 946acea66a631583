"""THE COUNTING DESK: what has been counted so far, kept safe."""
