"""CSV of what OneRoster does not carry: every noun exports what it imports, by one implementation, from its own shape.

A file has the column `id` and those of the noun's PUT: a member of a nested object as `enrollment.total`, a list as
JSON. Each row is a PUT of its own; a bad one is reported and spoils no other.
"""
