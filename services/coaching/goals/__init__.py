"""The goal tree: a vision's district goals, the schools' goals under them, and a person's own under those."""
