"""All SQL of the program, a module per noun; SQLite and PostgreSQL from one text."""
