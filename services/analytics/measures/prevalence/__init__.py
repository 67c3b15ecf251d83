"""How often a learning walk saw what it looked for: stops, never people."""
