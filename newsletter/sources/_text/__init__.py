"""Text pasted from an article page, in the order of reading: lines, head, body, furniture, refusals."""
