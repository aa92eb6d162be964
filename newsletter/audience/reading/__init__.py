"""A list of readers in any file → rows: bytes to tables, headers to columns, cells to values."""
