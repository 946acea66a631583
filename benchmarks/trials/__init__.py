"""What `benchmarks/accuracy.py` is made of: papers, voters, pens, damage, and the judge of what was read."""
