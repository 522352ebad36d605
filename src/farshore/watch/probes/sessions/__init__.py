"""A session for each protocol that can be logged in to, by the name that a route's `protocol` has."""
