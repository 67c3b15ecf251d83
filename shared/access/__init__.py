"""Who may see what: principals, scopes, the policy, and the local copies of the roster that all four services use."""
