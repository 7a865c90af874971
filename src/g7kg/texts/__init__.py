"""Source documents: as received, normalised, cut into units and sentences.

Nothing of a text is kept by the project; this package lets a build verify the mappings' pointers against the words.
"""
