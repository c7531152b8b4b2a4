"""What theory says of a setup, and its rates fitted to curves and decisions."""
