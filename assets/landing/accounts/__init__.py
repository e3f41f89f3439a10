"""Who is who: accounts and their links land as objects, what identifies a person lands apart.

Names, birth dates and every column that is not known go to `private.sqlite` in the home, where
they can be erased. A device's id goes there too; elsewhere stands its pseudonym, a keyed hash.
"""
