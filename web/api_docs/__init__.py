"""The reference of the REST API, for people and for programs. It holds no data, so it is open."""
