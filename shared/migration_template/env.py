"""Alembic's entry point, the same for every service; the work is in shared/migrate.py."""

from alembic import context

from shared.migrate import run

run(context.config)
