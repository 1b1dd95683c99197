"""Output reaches the worker as whole characters, in order, capped and joined."""

import unittest

from agent.output import OutputBudget, OutputStream


class Output(unittest.TestCase):
    def stream(self, bytes_max=1000, line_bytes_max=100):
        self.frames = []
        self.budget = OutputBudget(bytes_max)
        return OutputStream("stdout", self.budget, line_bytes_max, self.frames.append)

    def text(self):
        return "".join(frame["text"] for frame in self.frames)

    def test_characters_survive_any_split(self):
        data = "é€\U0001f600".encode()
        for at in range(len(data) + 1):
            stream = self.stream()
            stream.feed(data[:at], 0)
            stream.flush()
            stream.feed(data[at:], 0)
            stream.end_of_process(0)
            self.assertEqual(self.text(), "é€\U0001f600")

    def test_half_a_character_does_not_join_the_next_process(self):
        stream = self.stream()
        stream.feed(b"a\xe2\x82", 0)
        stream.end_of_process(0)
        stream.feed(b"\xacb", 0)
        stream.end_of_process(0)
        self.assertEqual(self.text(), "a\ufffd\ufffdb")

    def test_small_writes_are_joined_until_time_or_size(self):
        stream = self.stream(bytes_max=10_000)
        stream.feed(b"a\n", 5.0)
        self.assertEqual(self.frames, [])
        self.assertAlmostEqual(stream.flush_at, 5.03)
        stream.feed(b"b" * 99 + b"\n", 5.01)
        stream.feed((b"c" * 99 + b"\n") * 10, 5.01)
        self.assertEqual(len(self.frames), 1)

    def test_offsets_count_delivered_bytes(self):
        stream = self.stream()
        for part in ("é\n", "b\n"):
            stream.feed(part.encode(), 0)
            stream.flush()
        self.assertEqual([frame["offset"] for frame in self.frames], [0, 3])

    def test_long_lines_are_cut_and_marked_and_the_next_line_is_whole(self):
        stream = self.stream(line_bytes_max=10)
        stream.feed(b"x" * 50, 0)
        stream.feed(b"x" * 50 + b"\ny\n", 0)
        stream.flush()
        self.assertEqual(self.text(), "x" * 10 + "\ny\n")
        self.assertTrue(self.frames[0]["truncated"])

    def test_a_cut_line_is_said_to_be_cut_once_however_long_it_goes_on(self):
        stream = self.stream(line_bytes_max=10)
        for _ in range(50):
            stream.feed(b"x", 0)
            if stream.flush_at is not None:
                stream.flush()
        self.assertEqual([frame["truncated"] for frame in self.frames].count(True), 1)
        self.assertEqual(len(self.frames), 11)

    def test_a_line_is_not_cut_inside_a_character(self):
        stream = self.stream(line_bytes_max=10)
        stream.feed("€€€€€\n".encode(), 0)
        stream.flush()
        self.assertEqual(self.text(), "€€€\n")

    def test_the_total_is_capped_with_what_fits_delivered(self):
        stream = self.stream(bytes_max=20)
        stream.feed(b"12345678\n" * 10, 0)
        self.assertTrue(self.budget.exceeded)
        self.assertEqual(len(self.text()), 20)
        self.assertTrue(self.frames[-1]["truncated"])

    def test_replaced_bytes_do_not_grow_past_the_cap(self):
        stream = self.stream(bytes_max=99)
        stream.feed(b"\xff" * 99, 0)
        self.assertLessEqual(len(self.text().encode()), 99)

    def test_nul_is_replaced(self):
        stream = self.stream()
        stream.feed(b"a\0b", 0)
        stream.flush()
        self.assertEqual(self.text(), "a\ufffdb")


if __name__ == "__main__":
    unittest.main()
