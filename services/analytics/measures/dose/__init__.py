"""How much coaching a cycle is: sessions, minutes and weeks. Never what is said in it, and nobody's own."""
