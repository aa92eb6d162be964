"""How the schema came to be, a revision per file; alembic runs them."""
