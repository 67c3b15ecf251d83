"""What happened in a district, from all services in one order, as integrators read it: thin, and without state."""
