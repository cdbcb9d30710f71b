"""What a text is about: rules, words and word vectors, mixed and calibrated. No clock, no chance, no network."""
