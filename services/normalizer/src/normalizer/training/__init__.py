"""Makes the classifier's model and measures it: for a developer's or an operator's terminal, never in the running service."""
