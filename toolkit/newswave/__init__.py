"""newswave."""
