"""Endpoints that are told what happens, by Standard Webhooks 1.0: signed, thin, retried, and never lost.

An endpoint has a place in the district's event log. Ahead of it a small window of deliveries is made; an endpoint that
is down for a week leaves its events in the log, where they are anyway, and holds up nobody else.
"""
