"""What the REST resources of all rooms share: blueprint, fields, the shape of a problem, the OpenAPI document."""
