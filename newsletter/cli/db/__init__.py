"""Check, copy, move, prune and upgrade the database of readers."""
