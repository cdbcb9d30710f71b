"""intake-email's MongoDB database; motor is imported nowhere else in this service.

A module for each noun: what it keeps, its indexes (``INDEXES``), its calls. ``connection`` is what they share.
"""
