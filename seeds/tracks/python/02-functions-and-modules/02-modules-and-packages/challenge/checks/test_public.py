from math import isclose

from judge import mutable, raises, subject

import mathkit
import mathkit.averages
import mathkit.integers


def close(actual, expected):
    """A number within a billionth of the expected one; text, None and truth values are no numbers."""
    return type(actual) in (int, float) and isclose(actual, expected, rel_tol=1e-9, abs_tol=1e-9)


def test_gcd():
    for a, b, expected in [(12, 18, 6), (18, 12, 6), (7, 13, 1), (5, 5, 5), (1, 9, 1)]:
        actual = mathkit.integers.gcd(a, b)
        assert actual == expected, (
            f"gcd({a}, {b}) gave {actual!r} instead of {expected}: the greatest number that divides both"
        )


def test_gcd_with_zero_and_negative_numbers():
    for a, b, expected in [(-12, 18, 6), (12, -18, 6), (-12, -18, 6), (9, 0, 9), (0, 9, 9), (-9, 0, 9), (0, 0, 0)]:
        actual = mathkit.integers.gcd(a, b)
        assert actual == expected, (
            f"gcd({a}, {b}) gave {actual!r} instead of {expected}. The result is never negative, and zero is divisible by everything."
        )


def test_lcm():
    for a, b, expected in [(4, 6, 12), (5, 7, 35), (6, 6, 6), (0, 5, 0), (5, 0, 0), (0, 0, 0), (-4, 6, 12)]:
        actual = mathkit.integers.lcm(a, b)
        assert actual == expected, (
            f"lcm({a}, {b}) gave {actual!r} instead of {expected}. The product counts the common divisor twice; and what when one of the two is 0?"
        )


def test_small_primes():
    primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]
    for n in range(-3, 31):
        actual = mathkit.integers.is_prime(n)
        assert actual is (n in primes), (
            f"is_prime({n}) gave {actual!r} instead of {n in primes}. A prime is greater than 1 and divisible by nothing but 1 and itself."
        )


def test_squares_of_primes_are_not_prime():
    for root in [2, 3, 5, 7, 11, 13, 101]:
        actual = mathkit.integers.is_prime(root * root)
        assert actual is False, (
            f"is_prime({root * root}) gave {actual!r}, but {root * root} is {root} times {root}. Does your search include the square root itself?"
        )


def test_mean_and_median():
    for values, mean, median in [
        ([7, 1, 3], 11 / 3, 3),
        ([4, 1, 3, 2], 2.5, 2.5),
        ([5], 5, 5),
        ([10, 0], 5, 5),
        ([1, 1, 10], 4, 1),
    ]:
        actual = mathkit.averages.mean(values)
        assert close(actual, mean), f"mean({values}) gave {actual!r} instead of {mean!r}"
        actual = mathkit.averages.median(values)
        assert close(actual, median), (
            f"median({values}) gave {actual!r} instead of {median!r}: the middle of the values in order, or the mean of the two in the middle"
        )


def test_median_leaves_the_list_alone():
    values = [7, 1, 3]
    actual = mathkit.averages.median(mutable(values))
    assert close(actual, 3), f"median([7, 1, 3]) gave {actual!r} instead of 3"
    assert values == [7, 1, 3], (
        f"after median(values) the caller's list [7, 1, 3] had become {values!r}. sort changes the list itself; sorted makes a new one."
    )


def test_averages_of_nothing_raise():
    for name in ["mean", "median"]:
        with raises(ValueError):
            actual = getattr(mathkit.averages, name)([])
            assert False, (
                f"{name}([]) returned {actual!r}, but there is no average of nothing: raise a ValueError that says so"
            )


def test_front_door():
    for name, arguments, expected in [
        ("gcd", (12, 18), 6),
        ("lcm", (4, 6), 12),
        ("is_prime", (7,), True),
        ("mean", ([1, 3],), 2),
        ("median", ([5, 1, 3],), 3),
    ]:
        actual = getattr(mathkit, name)(*arguments)
        assert actual == expected, (
            f"mathkit.{name}{arguments} gave {actual!r} instead of {expected!r}: import it in mathkit/__init__.py"
        )
    names = subject.exec("import mathkit\nresult = [str(name) for name in mathkit.__all__]")
    assert sorted(names) == ["gcd", "is_prime", "lcm", "mean", "median"], (
        f"mathkit.__all__ lists {names!r}; it should hold exactly the five names that are meant for others"
    )


def test_imports_are_silent():
    printed = subject.exec(
        "import contextlib, io\n"
        "shown = io.StringIO()\n"
        "with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):\n"
        "    try:\n"
        "        import mathkit, mathkit.integers, mathkit.averages, main\n"
        "    except SystemExit:\n"
        "        shown.write('and ended the program')\n"
        "result = shown.getvalue()\n"
    )
    assert printed == "", (
        f'importing mathkit and main wrote {printed!r}. An import runs the file: put the program\'s own lines under if __name__ == "__main__".'
    )


def test_program_prints_both():
    for a, b, expected in [(12, 18, "gcd 6\nlcm 36\n"), (7, 5, "gcd 1\nlcm 35\n")]:
        run = subject.run(args=[str(a), str(b)], entry="main.py")
        assert run.exit_code == 0, (
            f"main.py {a} {b} ended with exit code {run.exit_code} instead of 0; it wrote: {run.stderr}"
        )
        assert run.stdout == expected, (
            f"main.py {a} {b} printed {run.stdout!r} instead of {expected!r}: use the arguments in sys.argv"
        )


def test_program_explains_its_use():
    for arguments in [[], ["12"], ["12", "18", "24"]]:
        run = subject.run(args=arguments, entry="main.py")
        shown = " ".join(["main.py", *arguments])
        assert run.exit_code == 2, (
            f"{shown} ended with exit code {run.exit_code} instead of 2, the custom for being called the wrong way"
        )
        assert run.stdout == "", f"{shown} printed {run.stdout!r} to the standard output, where only results belong"
        assert run.stderr.startswith("usage:"), (
            f"{shown} wrote {run.stderr!r} to the standard error output; it should begin with usage:"
        )
