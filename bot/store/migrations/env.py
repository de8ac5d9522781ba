"""What alembic executes to apply migrations: on the connection that ``bot.store.migrate`` gives."""

from alembic import context

# The transaction is the caller's, so a migration and the record that it was applied are committed
# together or not at all. SQLite's DDL is transactional (sqlite.org/lang_transaction.html).
context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
