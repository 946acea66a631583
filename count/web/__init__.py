"""The counting desk in the browser."""
