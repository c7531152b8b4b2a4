"""The two parts that every skin places: the sheet of items and the stage of pictures."""
