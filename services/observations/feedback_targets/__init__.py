"""How often somebody is to get feedback and from whom, and when the next is due."""
