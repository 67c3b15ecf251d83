"""One service tells the others what has happened: the outbox that its writers fill is the feed that its peers read.

- `events`      what happened: as the caller says it, as the outbox keeps it, as a peer reads it
- `sequencer`   gives committed rows their place in the feed, and wakes those who listen
- `reading`     pages of the feed, as ready bytes; `routes` serves them to peers
- `subscriber`  applies a peer's feed here, moving the cursor in the effects' own transaction
- `compaction`  drops what a later event has replaced

Nothing is imported here: `shared.units` needs `events` alone, and must not pull the rest in.
"""
