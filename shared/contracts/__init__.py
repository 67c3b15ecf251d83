"""What each service promises to the others: frozen wire models and event payloads. Additive changes only."""
