"""A visit that several observers rate: each by herself and blind until all have submitted, then in consensus."""
