"""The JSON API: public and staff views, staff changes, problems, the OpenAPI document."""
