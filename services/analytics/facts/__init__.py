"""What happened, as rows to count: drawn from the feeds of the other services, never written by a request.

A fact is the latest state of what it stands for. Replaying a feed from zero makes the same rows again.
"""
