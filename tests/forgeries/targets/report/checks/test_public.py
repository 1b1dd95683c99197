import ast

from judge import subject


def test_one_name():
    run = subject.run(stdin="ann,2\nann,3\n")
    assert run.exit_code == 0
    assert "ann" in run.stdout
    assert run.stdout == "ann: 5\n"


def test_bad_line():
    run = subject.run(stdin="ann,two\n")
    assert run.exit_code == 2, "a bad line gives exit code 2"
    assert run.stdout == ""
    assert run.stderr


def test_silence():
    run = subject.run(stdin="")
    assert run.exit_code == 0
    assert run.stdout.strip() == ""


def test_two_runs():
    first = subject.run(stdin="bob,1\nann,2\n")
    second = subject.run(stdin="bob,1\n")
    assert first.stdout == "ann: 2\nbob: 1\n"
    assert second.stdout == "bob: 1\n", "each run starts anew"


def test_data():
    run = subject.run(stdin="ann,2\n", args=["--data"])
    assert ast.literal_eval(run.stdout) == {"ann": 2}, "--data prints the sums as a dict"
