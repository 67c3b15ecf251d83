"""Where an upload and what was stored meanwhile say different things: both are kept, and somebody chooses."""
