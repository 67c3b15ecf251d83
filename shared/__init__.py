"""The kernel: what every service stands on. It knows no business noun (but access and contracts) and imports no service."""
