"""The OpenAPI 3.1 document of everything that the tracker answers, held against the real answers by tests."""
