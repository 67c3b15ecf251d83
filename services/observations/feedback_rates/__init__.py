"""How much feedback for growth the staff of a school get in a month, and how much of it from a content expert."""
