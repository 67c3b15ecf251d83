"""What is kept about people: how each table's rows leave with a download, and what erasing makes of them.

- `rules`      says it of a table, once; each service lists its tables in `services/<service>/personal.py`
- `exporting`  gives a person's rows
- `erasing`    erases them, or what is older than its time, in one transaction; a second time changes nothing
- `routes`     both for the one service that runs downloads and erasures (districts), under /internal

A test holds the lists against the tables: one with a column that may name a person is on a list, or has an excuse.
"""
