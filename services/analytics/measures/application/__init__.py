"""Whether what a PL activity aims at is seen in classrooms: before its first and after its last delivered session.

It describes; it does not say why. Who came was not drawn by lot, and much else happens between two visits.
"""
