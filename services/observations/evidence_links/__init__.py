"""What evidence informed: a PL activity, a coaching cycle, a work-plan action or, of its own kind, an evaluation."""
