"""How a district observes: for each type how it is completed and which conferences it has, and when feedback is due."""
