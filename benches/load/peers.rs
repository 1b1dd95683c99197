//! What the same machine takes, in the same minutes, for the bare things that a run is made of.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::ensure;
use serde_json::{Value, json};

use crate::figures::{Figures, ms};

/// Not a version manager's stand-in, which costs more than the interpreter.
const PYTHON: &str = "/usr/bin/python3";
const IMAGE: &str = "weak-to-strong/python:latest";
const ROUNDS: usize = 20;
const DOCKER_ROUNDS: usize = 5;

/// Measures itself: each round forks the interpreter in which pytest is loaded, and waits for the child's `pytest.main`.
const FORKED_PYTEST: &str = r#"
import json, os, random, sys, tempfile, time, types
import pytest
given = json.loads(sys.stdin.read())
folder = tempfile.mkdtemp()
for name, text in given["files"].items():
    with open(os.path.join(folder, name), "w") as file:
        file.write(text)
judge = types.ModuleType("judge")
judge.rng = random.Random(1)
sys.modules["judge"] = judge
sys.dont_write_bytecode = True
took, codes = [], []
for _ in range(given["rounds"]):
    began = time.perf_counter()
    child = os.fork()
    if child == 0:
        out = os.open(os.devnull, os.O_WRONLY)
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.chdir(folder)
        os._exit(int(pytest.main(["-q", "-p", "no:cacheprovider", "."])))
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    took.append((time.perf_counter() - began) * 1000)
print(json.dumps({"took": took, "codes": codes}))
"#;

fn timed(rounds: usize, mut command: impl FnMut() -> Command) -> anyhow::Result<Figures> {
    let mut took = Vec::new();
    for _ in 0..rounds {
        let began = Instant::now();
        let output = command().stdin(Stdio::null()).output()?;
        ensure!(output.status.success(), "{output:?}");
        took.push(ms(began.elapsed()));
    }
    Ok(Figures::of(took))
}

pub fn python_pass() -> anyhow::Result<Figures> {
    timed(ROUNDS, || {
        let mut python = Command::new(if Path::new(PYTHON).exists() { PYTHON } else { "python3" });
        python.args(["-c", "pass"]);
        python
    })
}

pub fn docker_run() -> anyhow::Result<Figures> {
    timed(DOCKER_ROUNDS, || {
        let mut docker = Command::new("docker");
        docker.args(["run", "--rm", "--network=none", "--entrypoint=/usr/bin/python3", IMAGE, "-c", "pass"]);
        docker
    })
}

/// The challenge's checks against its solution by plain pytest in a forked warm interpreter, inside the image. No walls, no judge.
pub fn forked_pytest(files: &Value) -> anyhow::Result<Figures> {
    use std::io::Write;
    let mut docker = Command::new("docker");
    docker.args(["run", "--rm", "-i", "--network=none", "--entrypoint=/usr/bin/python3", IMAGE, "-c", FORKED_PYTEST]);
    let mut child = docker.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let input = json!({"files": files, "rounds": ROUNDS}).to_string();
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    let told: Value = serde_json::from_slice(&output.stdout)?;
    ensure!(told["codes"].as_array().is_some_and(|codes| codes.iter().all(|code| code == 0)), "pytest failed: {told}");
    Ok(Figures::of(told["took"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect()))
}
