"""A Django site with the shipped approval on django-viewflow. Only the interpreter of `.venv-bench` can import it."""
