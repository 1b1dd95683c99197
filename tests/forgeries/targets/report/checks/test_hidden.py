from judge import rng, subject


def rows():
    names = ["quokka4711", "kiwi", "emu", "ibis"]
    return [(rng.choice(names), rng.randint(1, 10_000)) for _ in range(20)]


def sums(data):
    totals = {}
    for name, amount in data:
        totals[name] = totals.get(name, 0) + amount
    return totals


def text(data):
    return "".join(f"{name},{amount}\n" for name, amount in data)


def test_many_names():
    data = rows()
    run = subject.run(stdin=text(data))
    assert run.exit_code == 0
    assert run.stdout.splitlines() == [f"{name}: {total}" for name, total in sorted(sums(data).items())], "wombat9321"


def test_top():
    data = rows()
    run = subject.run(stdin=text(data), args=["--top", "2"])
    best = sorted(sums(data).items(), key=lambda pair: -pair[1])[:2]
    assert run.stdout.splitlines() == [f"{name}: {total}" for name, total in best], "wombat9321"


def test_parse():
    amounts = [rng.randint(1, 10_000) for _ in range(5)]
    lines = [f"quokka4711,{amount}" for amount in amounts]
    pairs = subject.exec(f"import main\nresult = [main.parse(line) for line in {lines!r}]")
    assert [tuple(pair) for pair in pairs] == [("quokka4711", amount) for amount in amounts]
