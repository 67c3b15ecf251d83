"""Professional learning that a district or school offers: what it is for, and which practices it is to bring about."""
