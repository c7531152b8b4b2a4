"""What a run is, and the law by which news spreads in it."""
