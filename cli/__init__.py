"""The commands, one file a stage: parse, call one function, print. No logic."""
