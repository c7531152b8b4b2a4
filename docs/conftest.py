"""What pytest leaves alone here: these are run when the documentation is built."""

collect_ignore = ["conf.py"]
collect_ignore_glob = ["_ext/*", "gallery/*.py", "lessons/*", "_build/*"]
