"""What evidence informed: from a walk or an observation to a PL activity, a coaching cycle or a work-plan action."""
