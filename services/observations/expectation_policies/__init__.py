"""Who is to be observed, how often, by whom and by when: what a district declares. Its rows are in expectations."""
