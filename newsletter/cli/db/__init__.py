"""Check, copy and upgrade the database of readers."""
