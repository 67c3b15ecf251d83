"""How much of what somebody gets is there to support her, and how much to hold her accountable."""
