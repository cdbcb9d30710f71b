"""The tracker's MongoDB database; motor is imported nowhere else in this service."""
