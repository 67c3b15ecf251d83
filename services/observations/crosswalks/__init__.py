"""Crosswalks: which indicator of one framework version corresponds to which of another, and how (SKOS, CASE)."""
