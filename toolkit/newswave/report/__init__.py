"""Results in words and figures."""
