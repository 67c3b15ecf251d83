"""Staff confirm that they have read what is expected of them: each published framework version once."""
