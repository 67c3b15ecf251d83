"""What is counted from the facts: each measure, and the statistics that all of them are made of."""
