"""What is published: manifest, locks, publication, releases, the index for search."""
