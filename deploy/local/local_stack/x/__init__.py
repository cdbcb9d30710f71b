"""A stand-in for X on this machine, which follows the published X API v2."""
