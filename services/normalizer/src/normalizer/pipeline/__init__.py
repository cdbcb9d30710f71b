"""What is made of a submission: pure steps, and ``normalize``, which tells their story."""
