"""The kernel: what every service stands on. It knows no business noun (access and contracts aside) and no service."""
