#!/usr/bin/env python3
"""Drives one cell from the host, as the worker does: for developing images, checks and attack corpora.

    drive.py challenge DIR [solution|starter|wrong/<name>|FOLDER] [--json] [--only-visible]
    drive.py program FILE [ARGS..] [--stdin TEXT] [--json]
    drive.py self-check

As a module: `with Cell() as cell: cell.run(frame)`, `challenge_frame(dir, files_dir)`, `program_frame(path, args)`,
`run_once(frame)` and `run_many(frames, parallel=2)`.
"""

import argparse
import base64
import concurrent.futures
import functools
import json
import os
import pathlib
import queue
import random
import struct
import subprocess
import sys
import threading
import time
import uuid

HERE = pathlib.Path(__file__).resolve().parent
CELL_MODE = os.environ.get("WTS_CELL_MODE", "reusable")
IMAGE_PREFIX = os.environ.get("WTS_IMAGE_PREFIX", "weak-to-strong")
APPARMOR_PROFILE = os.environ.get("WTS_APPARMOR_PROFILE", "weak-to-strong-cell")
# What the worker's table of runtimes says: the subject's limits; the cell's own are these and a margin.
RUNTIMES = {
    "python": {"memory_mib": 256, "cpu_ms": 10_000, "pids": 64, "file_mib": 32},
    "data": {"memory_mib": 768, "cpu_ms": 30_000, "pids": 128, "file_mib": 64},
    "web": {"memory_mib": 1024, "cpu_ms": 30_000, "pids": 256, "file_mib": 64},
    "cloud": {"memory_mib": 768, "cpu_ms": 60_000, "pids": 256, "file_mib": 64},
}
READY_SECONDS = 30


def limits_of(runtime):
    table = RUNTIMES[runtime]
    return dict(table, wall_ms=table["cpu_ms"] * 3, output_bytes_max=1_048_576, line_bytes_max=65_536,
                call_timeout_ms=2_000, round_trips_max=100_000, judge_cpu_ms=table["cpu_ms"] * 2, judge_memory_mib=256)


@functools.cache
def engine_has_apparmor():
    told = subprocess.run(["docker", "info", "--format", "{{.SecurityOptions}}"], capture_output=True, text=True, check=True)
    return "name=apparmor" in told.stdout


def docker_command(runtime, name, self_check=False, mode="single"):
    """Exactly the walls of the worker."""
    table = RUNTIMES[runtime]
    memory = "%dm" % (table["memory_mib"] + 96 + table["file_mib"])
    # Several drivers may run on one host; the worker keeps a list, chance does for us.
    subject_uid = 100_000 + 2 * random.randrange(1 << 28)
    tmpfs = "size=%dm,nr_inodes=%d,mode=1777,nosuid,nodev"
    return ["docker", "run", "-i", "--rm", "--name", name, "--network", "none", "--read-only",
            "--cap-drop", "ALL", "--cap-add", "SETUID", "--cap-add", "SETGID", "--cap-add", "KILL",
            "--security-opt", "no-new-privileges", "--security-opt", "seccomp=%s" % (HERE / "seccomp.json"),
            "--pids-limit", str(table["pids"] + 32), "--memory", memory, "--memory-swap", memory, "--cpus", str(min(1.5, os.cpu_count())),
            "--tmpfs", "/work:" + tmpfs % (table["file_mib"], 4096), "--tmpfs", "/tmp:" + tmpfs % (8, 1024),
            "--tmpfs", "/dev/shm:" + tmpfs % (1, 64), "--ipc", "private", "--log-driver", "none", "--hostname", "cell",
            "--ulimit", "core=0", "--ulimit", "nofile=1024", "--ulimit", "fsize=%d" % (table["file_mib"] << 20),
            # The kernel lets a run of a reusable cell mount a /proc of its own only where none of the cell's is covered.
            *(["--security-opt", "systempaths=unconfined"] if mode == "reusable" else []),
            *(["--security-opt", "apparmor=" + APPARMOR_PROFILE] if mode == "reusable" and engine_has_apparmor() else []),
            "%s/%s:latest" % (IMAGE_PREFIX, runtime), "--subject-uid", str(subject_uid), "--judge-uid", str(subject_uid + 1),
            "--mode", mode] + (["--self-check"] if self_check else [])


class Cell:
    """One container, for one run or, in the mode `reusable`, for one run after the other."""

    def __init__(self, runtime="python", self_check=False, mode=None):
        mode = mode or CELL_MODE
        self.runtime = runtime
        self.name = "cell-" + uuid.uuid4().hex[:12]
        self._began = time.monotonic()
        self._process = subprocess.Popen(docker_command(runtime, self.name, self_check, mode),
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._frames = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.ready = self.next_frame(READY_SECONDS)
        self.ready_ms = (time.monotonic() - self._began) * 1000
        if self.ready.get("type") != "ready":
            raise RuntimeError("the cell did not get ready: %s" % self.ready)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def _read(self):
        stream = self._process.stdout
        while True:
            head = stream.read(4)
            if len(head) < 4:
                break
            self._frames.put(json.loads(stream.read(struct.unpack(">I", head)[0])))
        self._frames.put({"type": "gone"})

    def next_frame(self, timeout):
        try:
            return self._frames.get(timeout=timeout)
        except queue.Empty:
            return {"type": "silence"}

    def send(self, frame):
        body = json.dumps(frame).encode()
        self._process.stdin.write(struct.pack(">I", len(body)) + body)
        self._process.stdin.flush()

    def run(self, frame, on_frame=None, cancel_after=None):
        """Sends a run and returns its frames up to `finished`, each with `at_ms` since the run was sent."""
        began = time.monotonic()
        self.send(frame)
        if cancel_after is not None:
            threading.Timer(cancel_after, self.send, [{"type": "cancel"}]).start()
        frames = []
        patience = frame["limits"]["wall_ms"] / 1000 + 20
        while True:
            got = self.next_frame(max(0.1, began + patience - time.monotonic()))
            got["at_ms"] = round((time.monotonic() - began) * 1000, 1)
            frames.append(got)
            if on_frame is not None:
                on_frame(got)
            if got["type"] in ("finished", "gone", "silence"):
                return frames

    def again(self):
        """Waits until the cell is ready for its next run; False when it is not."""
        return self.next_frame(READY_SECONDS).get("type") == "ready"

    def close(self):
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            subprocess.run(["docker", "kill", self.name], capture_output=True, check=False)
            self._process.wait(10)


def packed(path, name):
    return {"path": name, "content_b64": base64.b64encode(pathlib.Path(path).read_bytes()).decode()}


def front_matter(challenge):
    import tomllib
    text = (pathlib.Path(challenge) / "challenge.md").read_text()
    if not text.startswith("+++"):
        raise SystemExit("challenge.md has no front matter between +++ lines")
    return tomllib.loads(text.split("+++", 2)[1])


def challenge_frame(challenge, answer="solution", only_visible=False, seed=1):
    """(runtime, run frame) for a challenge's folder and one answer to it: a folder inside it, or any folder."""
    challenge = pathlib.Path(challenge)
    matter = front_matter(challenge)
    folder = challenge / answer if (challenge / answer).is_dir() else pathlib.Path(answer)
    runtime = matter.get("runtime", "python")
    files = [packed(folder / name, name) for name in matter["files"] if (folder / name).exists()]
    declared = [dict({"visibility": "public", "title": check["id"], "points": 0}, **{
        key: check[key] for key in ("id", "title", "points", "visibility") if key in check})
        for task in matter["tasks"] for check in task["checks"]]
    checks = []
    for path in sorted((challenge / "checks").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            checks.append(packed(path, str(path.relative_to(challenge / "checks"))))
    if (challenge / "data").is_dir():
        checks += [packed(path, "data/" + str(path.relative_to(challenge / "data")))
                   for path in sorted((challenge / "data").rglob("*")) if path.is_file()]
    if only_visible:
        declared = [check for check in declared if check["visibility"] != "hidden"]
        checks = [check for check in checks if check["path"] != "test_hidden.py"]
    return runtime, {"type": "run", "run_id": str(uuid.uuid4()), "mode": "checks", "files": files, "seed": seed,
                     "checks": checks, "declared": declared, "limits": limits_of(runtime)}


def program_frame(path, args=(), stdin="", stdin_open=False, runtime="python"):
    return {"type": "run", "run_id": str(uuid.uuid4()), "mode": "program", "files": [packed(path, "main.py")],
            "entry": "main.py", "args": list(args), "stdin_b64": base64.b64encode(stdin.encode()).decode(),
            "stdin_open": stdin_open, "limits": limits_of(runtime)}


SEVERITY = ["INFRASTRUCTURE", "CONTENT_ERROR", "CANCELLED", "FORBIDDEN", "MEMORY_LIMIT", "OUTPUT_LIMIT", "TIME_LIMIT",
            "NOT_GRADABLE"]


def verdict(frames):
    """The worker's verdict for a run's frames."""
    last = frames[-1]
    if last["type"] != "finished":
        return "INFRASTRUCTURE"
    if last["outcome"] in SEVERITY:
        return last["outcome"]
    if last["runtime_error"]:
        return "RUNTIME_ERROR"
    failed = [frame for frame in frames if frame["type"] == "check_finished" and frame["status"] != "PASSED"]
    return "WRONG_ANSWER" if failed else "ACCEPTED"


def run_once(frame, runtime="python", **how):
    """One run in a cell of its own: {"verdict", "frames", "ready_ms"}."""
    with Cell(runtime) as cell:
        frames = cell.run(frame, **how)
        return {"verdict": verdict(frames), "frames": frames, "ready_ms": cell.ready_ms}


def run_many(frames, runtime="python", parallel=2):
    """Runs many, each in its own cell, in the order given."""
    with concurrent.futures.ThreadPoolExecutor(parallel) as pool:
        return list(pool.map(lambda frame: run_once(frame, runtime), frames))


def show(frame):
    kind = frame["type"]
    if kind == "output":
        sys.stdout.write(frame["text"] + ("[truncated]" if frame["truncated"] else ""))
    elif kind == "check_finished":
        figures = "hidden" if frame["cpu_ms"] is None else "%d ms CPU, %d ms, %d KiB" % (
            frame["cpu_ms"], frame["wall_ms"], frame["peak_memory_kib"])
        print("%-16s %-40s %s" % (frame["status"], frame["id"], figures))
        for name in ("message", "expected", "actual"):
            if frame[name] is not None:
                print("    %s: %s" % (name, frame[name]))
    elif kind not in ("check_started", "started"):
        print(json.dumps(frame))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    commands = parser.add_subparsers(dest="command", required=True)
    challenge = commands.add_parser("challenge")
    challenge.add_argument("dir")
    challenge.add_argument("answer", nargs="?", default="solution")
    challenge.add_argument("--only-visible", action="store_true")
    challenge.add_argument("--seed", type=int, default=1)
    program = commands.add_parser("program")
    program.add_argument("file")
    program.add_argument("args", nargs="*")
    program.add_argument("--stdin", default="")
    commands.add_parser("self-check")
    for command in commands.choices.values():
        command.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.command == "self-check":
        with Cell(self_check=True) as cell:
            print(json.dumps(cell.ready, indent=None if options.json else 2))
        return 0 if all(value == "ok" for value in cell.ready["self_check"].values()) else 1
    if options.command == "challenge":
        runtime, frame = challenge_frame(options.dir, options.answer, options.only_visible, options.seed)
    else:
        runtime, frame = "python", program_frame(options.file, options.args, options.stdin)
    with Cell(runtime) as cell:
        frames = cell.run(frame, None if options.json else show)
        result = {"verdict": verdict(frames), "ready_ms": round(cell.ready_ms), "frames": frames}
    print(json.dumps(result) if options.json else "%s (ready after %d ms)" % (result["verdict"], result["ready_ms"]))
    return 0 if result["verdict"] == "ACCEPTED" or options.command == "program" else 1


if __name__ == "__main__":
    sys.exit(main())
