import sys


def parse(line):
    name, amount = line.strip().split(",")
    return name, int(amount)


def main():
    totals = {}
    for line in sys.stdin:
        try:
            name, amount = parse(line)
        except ValueError:
            print(f"bad line: {line!r}", file=sys.stderr)
            sys.exit(2)
        totals[name] = totals.get(name, 0) + amount
    if sys.argv[1:] == ["--data"]:
        print(totals)
        return
    pairs = sorted(totals.items())
    if sys.argv[1:2] == ["--top"]:
        pairs = sorted(totals.items(), key=lambda pair: -pair[1])[: int(sys.argv[2])]
    for name, total in pairs:
        print(f"{name}: {total}")


if __name__ == "__main__":
    main()
