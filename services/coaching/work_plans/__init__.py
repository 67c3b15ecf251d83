"""The annual work plan of a school or the district, and its actions, each tied to a goal."""
