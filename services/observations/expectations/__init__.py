"""What is expected of whom, as rows: so that "not observed" is one too.

They follow the policies, the facts of the staff and the observations; nobody writes them.
"""
