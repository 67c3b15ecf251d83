"""Who vouches for a district's people: OIDC providers whose ID tokens are exchanged for tokens of ours."""
