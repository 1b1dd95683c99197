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
