"""What is kept for a while and then dropped, a few rows at a time: stored answers, and jobs that ended."""

from datetime import datetime, timedelta

from shared.database import Database

ANSWERS_KEPT = timedelta(hours=24)  # as shared/idempotency.py promises, which a worker does not load
FEW = 5000


async def forget_answers(database: Database, now: datetime) -> int:
    """Drop the stored answers of Idempotency-Keys whose day is over."""
    return await _drop(
        database, f"{database.schema}.idempotency_keys", "district_id, client_id, key", "created_at", now - ANSWERS_KEPT
    )


async def forget_jobs(database: Database, before: datetime) -> int:
    """Drop the jobs that ended before then. What waits or runs has no end, and stays."""
    return await _drop(database, f"{database.schema}.jobs", "district_id, id", "finished_at", before)


async def _drop(database: Database, table: str, key: str, column: str, before: datetime) -> int:
    dropped = 0
    while True:
        tag = await database.relay.execute(
            f"delete from {table} where ({key}) in (select {key} from {table} where {column} < $1 limit {FEW})", before
        )
        gone = int(tag.split()[-1])
        dropped += gone
        if gone < FEW:
            return dropped
