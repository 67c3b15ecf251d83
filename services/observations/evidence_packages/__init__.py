"""Evidence that stands together for one claim: that a level's descriptor, or a span of it, was met. It is no score."""
