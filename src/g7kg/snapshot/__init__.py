"""What is published: manifest, locks, publication, the index for search."""
