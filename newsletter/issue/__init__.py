"""A folder under ``issues/`` ↔ one issue: read, composed by rules, articles written back."""
