"""What a district or a school wants to be true for its learners, and the domains that it speaks about."""
