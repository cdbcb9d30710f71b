"""What our public replies say: ``texts.yaml``."""
