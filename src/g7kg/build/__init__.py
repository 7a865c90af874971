"""The stages of a build, each of which takes a document at a time and never holds the whole graph in memory."""
