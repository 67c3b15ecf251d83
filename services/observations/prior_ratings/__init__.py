"""The band in which somebody was rated for a school year, as the district's evaluation said: a fact, made elsewhere."""
