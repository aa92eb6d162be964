"""Markdown and HTML on their way into a mail: convert, sanitise, cut into passages, read as plain text."""
