"""What a failing assert of a check tells, and that a passing one does what Python says."""

import importlib.util
import types
import unittest

from agent.judge import asserts


class Asserts(unittest.TestCase):
    def run_code(self, source, **names):
        module = types.ModuleType("test_it")
        module.__dict__.update(names)
        module.__dict__[asserts.TOLD] = asserts.told
        exec(asserts.compiled(source.encode(), "test_it.py"), module.__dict__)
        return module

    def failure(self, source, **names):
        """(message, what was compared) of the assert that fails."""
        with self.assertRaises(AssertionError) as caught:
            self.run_code(source, **names)
        self.assertIs(type(caught.exception), AssertionError)
        said = caught.exception.args[0]
        self.assertIs(type(said), asserts.Told)
        return str(said), said.compared

    # What is told

    def test_a_message_and_the_two_sides(self):
        self.assertEqual(self.failure("assert 1 + 1 == 3, 'no'"), ("no", ("==", 2, 3)))
        for operator in asserts.SYMBOLS.values():
            left, right = (3, 3) if operator in ("!=", "<", ">", "is not") else (3, [4]) if operator == "in" else (3, [3])
            if operator in ("<=", ">="):
                left, right = (3, 2) if operator == "<=" else (2, 3)
            self.assertEqual(self.failure("assert left %s right, 'no'" % operator, left=left, right=right) if operator != "not in"
                             else self.failure("assert left not in right, 'no'", left=left, right=right),
                             ("no", (operator, left, right)))

    def test_no_comparison_shows_no_values(self):
        self.assertEqual(self.failure("assert False, 'no'"), ("no", None))
        self.assertEqual(self.failure("assert len([]), 'no'"), ("no", None))
        self.assertEqual(self.failure("assert not (1 if 2 == 2 else 0), 'no'"), ("no", None))

    def test_the_last_comparison_that_was_evaluated_is_shown(self):
        self.assertEqual(self.failure("assert 1 == 1 and 2 == 3 and 4 == 5, 'no'")[1], ("==", 2, 3))
        self.assertEqual(self.failure("assert 1 == 2 or 3 in []")[1], ("in", 3, []))
        self.assertEqual(self.failure("assert not (1 < 2 or 2 == 2)")[1], ("<", 1, 2))
        self.assertEqual(self.failure("assert isinstance(1, int) and not 7 < 8")[1], ("<", 7, 8))
        self.assertEqual(self.failure("assert 1 == 1 and [], 'no'")[1], ("==", 1, 1))

    def test_a_chain_shows_the_link_that_broke(self):
        self.assertEqual(self.failure("assert 0 <= 151 <= 150")[1], ("<=", 151, 150))
        self.assertEqual(self.failure("assert 0 <= -1 <= 150")[1], ("<=", 0, -1))
        self.assertEqual(self.failure("assert 1 and 0 < 1 < 2 > 3 and 5")[1], (">", 2, 3))
        self.run_code("assert 0 <= 1 <= 150 and not 1 < 0 < 1")

    def test_no_comparison_of_an_earlier_assert_is_shown(self):
        self.assertEqual(self.failure("assert 1 == 1\nassert not 5, 'no'"), ("no", None))
        self.assertEqual(self.failure("for x in (1, ''):\n    assert isinstance(x, int) and x == 1, 'no'"), ("no", None))
        inner = "def close(a, b):\n    assert a == a\n    return a == b\nassert close(1, 2), 'no'"
        self.assertEqual(self.failure(inner), ("no", None))
        caught = "try:\n    assert 1 == 2\nexcept AssertionError:\n    pass\nassert 0, 'no'"
        self.assertEqual(self.failure(caught), ("no", None))

    def test_an_assert_of_a_function_below_counts(self):
        source = "def same(a, b):\n    assert a == b, 'differs'\ndef test():\n    with open('/dev/null'):\n        same(1, 2)\ntest()"
        self.assertEqual(self.failure(source), ("differs", ("==", 1, 2)))

    def test_every_kind_of_block_is_searched(self):
        for block in ("if 1:\n    pass\nX", "if 0:\n    pass\nelse:\n  X", "try:\n    1/0\nexcept ZeroDivisionError:\n  X",
                      "try:\n    pass\nfinally:\n  X", "match 1:\n  case 1:\n   X", "while 1:\n  X", "class A:\n  X",
                      "import asyncio\nasync def f():\n  X\nasyncio.run(f())"):
            self.assertEqual(self.failure(block.replace("X", "assert 1 == 2, 'no'")), ("no", ("==", 1, 2)))

    def test_an_assert_without_a_message_is_told_by_its_source(self):
        self.assertEqual(self.failure("assert (1 +\n        1) == 3"), ("assert (1 + 1) == 3", ("==", 2, 3)))
        self.assertEqual(self.failure("assert  not 'ü'  # why"), ("assert not 'ü'", None))

    @unittest.skipIf(importlib.util.find_spec("_pytest") is None, "values are shown as pytest shows them")
    def test_messages_that_are_no_text(self):
        self.assertEqual(self.failure("assert 0, ['a\\nb']")[0], "['a\n  b']")

    def test_messages_of_many_lines(self):
        self.assertEqual(self.failure("assert 0, 'a\\nb%s'")[0], "a\n  b%s")
        self.assertEqual(self.failure("assert 0, ''")[0], "")

    # What stays Python's

    def test_a_message_is_made_of_a_failing_assert_only(self):
        self.run_code("assert 1 == 1, 1 / 0\nassert 1 and 0 < 1 < 2, 1 / 0\nassert 1, 1 / 0")
        with self.assertRaises(ZeroDivisionError):
            self.run_code("assert 1 == 2, 1 / 0")

    def test_operands_are_evaluated_once_in_their_order(self):
        cases = ["n(1) == n(1)", "n(0) < n(1) < n(2)", "n(1) < n(0) < n(2)", "n(0) or n(1) == n(1) and not n(2) > n(3)",
                 "n(0) == n(1) or n(2) < n(3) < n(4)", "not (n(1) and n(1) == n(2))", "n(5) == (n(1) == n(2))"]
        for case in cases:
            expected, seen = [], []
            value = eval(case, {"n": lambda x: expected.append(x) or x})
            try:
                self.run_code("assert " + case, n=lambda x: seen.append(x) or x)
                held = True
            except AssertionError:
                held = False
            self.assertEqual((seen, held), (expected, bool(value)), case)

    def test_truth_is_asked_as_often_as_python_asks(self):
        class Answer:
            asked = 0

            def __eq__(self, other):
                return self

            def __bool__(self):
                self.asked += 1
                return True
        for case, times in (("a == 1", 1), ("a == 1 == 1", 1), ("a == 1 and a == 2", 2), ("not (a == 1) or a == 2", 2)):
            answer = Answer()
            self.run_code("assert " + case, a=answer)
            self.assertEqual(answer.asked, times, case)

    def test_names_of_authors_are_their_own(self):
        module = self.run_code("def test():\n    assert (x := 5) == 5\n    assert 1 < (y := 2) < 3\n    return x, y, sorted(locals())\n"
                               "left = right = told = 1\nfound = test()")
        self.assertEqual(module.found[:2], (5, 2))
        self.assertEqual([name for name in module.found[2] if name.isidentifier()], ["x", "y"])
        self.assertEqual((module.left, module.right, module.told), (1, 1, 1))

    def test_what_is_no_python_is_refused(self):
        with self.assertRaises(SyntaxError):
            asserts.compiled(b"assert (", "test_it.py")


if __name__ == "__main__":
    unittest.main()
