"""What staff are where, and when they are away, as districts says it, kept here by the feed."""
