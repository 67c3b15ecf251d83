"""Fixtures: the real PostgreSQL and Redis with the real migrations, the real apps, fresh districts."""
