"""How a total came about: the weights, the values, and what has no value, each by itself, to be replayed."""
