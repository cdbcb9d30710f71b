"""GeoReport v2 (Open311) at the edge: parameters, both formats, errors. Inside, a request has the names of ``state``."""
