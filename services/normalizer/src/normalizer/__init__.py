"""Turns raw submissions into canonical service requests with tracking numbers. Pure, without a database."""
