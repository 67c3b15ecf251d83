"""Coaching cycles of a pair: phases by a model that is data, a goal with baseline and target, sessions, action steps.

That a cycle happens, and how much of it, others may see; what is said in it is for the pair.
"""
