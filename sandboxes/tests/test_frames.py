"""Frames and file names: what comes from outside is cut and refused as the contract says."""

import os
import struct
import unittest

from agent import frames, naming


class Frames(unittest.TestCase):
    def test_frames_come_out_whole_however_the_bytes_arrive(self):
        data = frames.encode_frame({"type": "a"}) + frames.encode_frame({"type": "b", "text": "é\ud800"})
        reader = frames.FrameReader()
        got = [frame for byte in data for frame in reader.feed(bytes([byte]))]
        self.assertEqual(got, [{"type": "a"}, {"type": "b", "text": "é?"}])

    def test_what_is_no_frame_ends_the_cell(self):
        for body in (b"{", b"[]", b"{}", b'{"type":1}', b"\xff"):
            with self.assertRaises(frames.BrokenFrame):
                frames.FrameReader().feed(struct.pack(">I", len(body)) + body)
        with self.assertRaises(frames.BrokenFrame):
            frames.FrameReader().feed(struct.pack(">I", frames.FRAME_BYTES_MAX + 1))

    def test_a_full_pipe_never_blocks(self):
        read_end, write_end = os.pipe()
        writer = frames.FrameWriter(write_end)
        for _ in range(20):
            writer.send({"type": "x", "text": "y" * 30_000})
        self.assertTrue(writer.congested)
        received = 0
        while writer.pending:
            received += len(os.read(read_end, 65536))
            writer.flush()
        self.assertGreater(received, 500_000)


class Names(unittest.TestCase):
    def test_refused_paths(self):
        for path in ("../a.py", "/a.py", "a/../b.py", "", "a//b.py", "a\0.py", "conftest.py", "x/conftest.py", "json.py",
                     "judge.py", "pytest/__init__.py", "-x.py", "a/" * 10 + "b.py", ".hidden"):
            self.assertIsNotNone(naming.refused_path(path, learner=True), path)

    def test_accepted_paths(self):
        for path in ("converter.py", "pkg/mod.py", "data/students.csv", "Dockerfile", "a b.txt"):
            self.assertIsNone(naming.refused_path(path, learner=True), path)

    def test_modules_of_files(self):
        self.assertEqual(naming.module_names(["a.py", "p/__init__.py", "p/q.py", "x.txt", "no-module.py"]), {"a", "p", "p.q"})


if __name__ == "__main__":
    unittest.main()
