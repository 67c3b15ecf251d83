"""Everything of one machine: the embedded PostgreSQL and Redis, the environment their clients share, the supervisor.

Standard library only, so that the supervisor stays small and has no application code that could take it down.
"""
