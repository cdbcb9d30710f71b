"""The residents' portal, the intake API and the GeoReport endpoint."""
