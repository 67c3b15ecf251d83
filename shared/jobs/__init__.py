"""Long work: a row says what is asked and how far it is, a worker leases it, Redis only wakes.

- `records`    the row and its moves; `leases` what a worker does to it; both are plain SQL
- `starting`   `start_job` writes the row in the caller's transaction
- `running`    one job: lease, pulse, outcome; `JobContext` is what its function gets
- `slots`      which jobs this process takes, and how it lets go of them
- `outages`    what passes by itself, and loops that outlive it
- `queue`      the wake-up calls through Redis; the only file that knows arq
- `worker`     `Work` of a service, and `work()`, which does it for several services in one loop
- `routes`     jobs over HTTP, with their progress as server-sent events
- `heartbeat`  a sign of life for whoever reports readiness

State lives in PostgreSQL, so Redis may be flushed, be away, or lose a call: a worker also looks by itself.
Nothing is imported here, so that a worker does not load FastAPI and an API process does not load the worker.
"""
