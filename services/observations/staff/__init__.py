"""What staff are where, which roles they hold, and when they are away, as districts says it, kept here by the feed."""
