# SPDX-License-Identifier: GPL-3.0-or-later
"""Every state, every row of the failure table and every question of statelist.py is in the window in words, in a workspace that the
engine brought there."""
import pathlib
import re
import sys
import unittest

import statelist
import states
import windowcase
from tongue import Tongue
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

    def test_words(self):
        """What scenes and pictures wait for is still said by the window, so they run to the end in every language."""
        tongue = Tongue("es")
        wanted = re.findall(r'\bsay\("([^"]+)"', pathlib.Path(states.__file__).with_name("screenshots.py").read_text(encoding="utf-8"))
        for table in (statelist.STATES, statelist.FAILURES, statelist.QUESTIONS):
            for words in table.values():
                wanted += [piece for each in ([words] if isinstance(words, str) else words) for piece in states.pieces_of(each)[::2] if piece]
        self.assertEqual([words for words in wanted if not any(words in text for text in tongue.texts)], [])


if __name__ == "__main__":
    sys.argv.append("--verbose")
    unittest.main()
