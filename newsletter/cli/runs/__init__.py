"""See what became of every reader of an issue that was sent, and say how it goes on."""
