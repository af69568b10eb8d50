# SPDX-License-Identifier: GPL-3.0-or-later
"""Every state, every row of the failure table and every question of statelist.py is in the window in words, in a workspace that the
engine brought there."""
import sys
import unittest

import statelist
import states
import windowcase
from windowcase import setUpModule  # noqa: F401  (the runner calls it)


class States(unittest.TestCase):
    def test_all(self):
        album = states.Album()
        states.run_all(album, windowcase.demo)
        unseen = set(album.left()) - set(album.missing)
        self.assertEqual(unseen, set())

    def test_list(self):
        """What the model has the list has: a new state needs its words on a screen."""
        self.assertEqual(states.missing_from_list(), set())
        self.assertEqual(len(statelist.FAILURES), 4)
        self.assertEqual(len(statelist.QUESTIONS), 5)


if __name__ == "__main__":
    sys.argv.append("--verbose")
    unittest.main()
