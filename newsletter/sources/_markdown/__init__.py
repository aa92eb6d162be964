"""Markdown as the world writes it: the names and shapes of front matter, shortcodes, the body."""
