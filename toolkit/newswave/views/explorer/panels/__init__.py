"""The panels of the lessons: one question, three controls at most, a picture, and its words."""
