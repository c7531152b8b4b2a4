"""The Explore page: a setup, its runs, and the equations over them."""
