"""Issue → edition → one reader's message."""
