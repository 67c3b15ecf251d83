"""How consistently a school does what it agreed on: looks that saw it, and how far classes differ."""
