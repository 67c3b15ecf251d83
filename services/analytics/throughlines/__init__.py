"""One goal followed from the vision to the classroom and back, and what is missing on the way.

It counts and describes. Nobody's name and nobody's own numbers are in it, and it never says what brought what about.
"""
