"""Learning walks: a team asks what is working, stops in classrooms, and tells what it saw of practices, not of people.

A stop knows a grade and a subject, never a teacher; there are no scores, and nothing of a walk can become evaluation.
"""
