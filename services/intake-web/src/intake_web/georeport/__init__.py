"""Open311 GeoReport v2 at the edge: creating requests here, everything else passed through to the tracker."""
