"""The meetings of a PL activity: planned, delivered, and who was there for how long."""
