"""That feedback is due, and that it is overdue: each told once for each deadline, by a clock that may run twice."""
