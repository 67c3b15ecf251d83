"""Who did what to which row, kept so that nobody can change it afterwards without being found out.

- `routes`     the log over HTTP, for machines
- `chain`      lays a chain of hashes over the rows, in the worker, off the path of requests
- `verifying`  walks the chain and says where it is broken

Rows are written by the unit of work (shared/units.py). The application's role adds and reads them, no more; it cannot
set a position or a hash. Nothing is imported here: a worker must not pull HTTP in.
"""
