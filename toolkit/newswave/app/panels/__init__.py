"""The panels of the lessons."""
