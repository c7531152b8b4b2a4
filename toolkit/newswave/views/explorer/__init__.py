"""What the explorer knows and can do: frozen state, pure updates, pages and pictures as data."""
