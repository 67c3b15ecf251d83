"""Which share of the learning walks informed something within thirty days: walks that still wait are not dropped."""
