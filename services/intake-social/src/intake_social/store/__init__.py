"""intake-social's MongoDB database; a module for each noun: what it keeps, its indexes (``INDEXES``), its calls."""
