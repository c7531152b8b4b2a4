"""The page Your data: files of one's own, read, shown, fitted, and handed on."""
