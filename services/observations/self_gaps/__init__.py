"""How somebody sees her own lesson, beside how the observer saw it: the same framework, indicator by indicator."""
