"""The removal of what a subject leaves behind."""

import os
import tempfile
import time
import unittest

from agent import removal


class Removal(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = folder.name

    def remove(self, seconds=60):
        return removal.remove_own(self.path, os.geteuid(), time.monotonic() + seconds)

    def assert_removed(self):
        self.assertTrue(self.remove())
        self.assertEqual(os.listdir(self.path), [])

    def test_files_folders_and_links_go(self):
        outside = tempfile.TemporaryDirectory()
        self.addCleanup(outside.cleanup)
        with open(outside.name + "/kept", "w"):
            pass
        os.makedirs(self.path + "/a/b/c")
        os.makedirs(self.path + "/a/d")
        os.symlink(outside.name, self.path + "/a/b/link")
        os.symlink("nowhere", self.path + "/broken")
        os.mkfifo(self.path + "/a/pipe")
        os.chmod(self.path + "/a/b", 0)
        self.assert_removed()
        self.assertEqual(os.listdir(outside.name), ["kept"])

    def test_deep_nests_go(self):
        fd = os.open(self.path, os.O_RDONLY)
        for _ in range(1200):
            os.mkdir("d", dir_fd=fd)
            child = os.open("d", os.O_RDONLY, dir_fd=fd)
            os.close(fd)
            fd = child
        os.close(fd)
        self.assert_removed()

    def test_each_folder_is_listed_once(self):
        for number in range(500):
            os.makedirs("%s/wide/%d/in" % (self.path, number))
        listed = []
        plain, removal._remove_entries = removal._remove_entries, lambda fd: listed.append(fd) or plain(fd)
        self.addCleanup(setattr, removal, "_remove_entries", plain)
        self.assert_removed()
        self.assertEqual(len(listed), 501)

    def test_a_removal_ends_at_its_deadline(self):
        os.makedirs(self.path + "/a/b/c")
        self.assertFalse(self.remove(seconds=-1))


if __name__ == "__main__":
    unittest.main()
