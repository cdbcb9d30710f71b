"""intake-social: posts about the town become submissions."""
