"""Look after the list of readers: who is on it, by what right, and how it changes."""
