"""The explorer and its skins: what one sees and does on a page, and the places it is put."""
