"""Whether this server can work, for load balancers and monitoring."""
