"""Keeps the state of every request in MongoDB (role ``project``) and serves it over HTTP (role ``serve``)."""
