"""What the roster says of a class and its course, since when: what an observation keeps of the class it was in.

Every version is kept, so that an observation that comes late has what was so on its day.
"""
