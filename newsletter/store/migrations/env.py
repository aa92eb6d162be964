"""What alembic runs to get at the database: the transaction that the upgrade has begun."""

from alembic import context

from newsletter.store.schema import metadata

context.configure(connection=context.config.attributes["transaction"], target_metadata=metadata)
context.run_migrations()
