//! What others do for a run: the same one-line program, and the canary's five checks by pytest alone.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::Context;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
    task::JoinSet,
};
use uuid::Uuid;

use super::{PARALLEL, RATE_SECONDS, ROUNDS, Row, Times, busy_ms, ms};

pub(super) const PROGRAM: &str = "print('hello', flush=True)";
const PYTHON: &str = "/usr/bin/python3";

pub(super) async fn rows(idle: f64) -> anyhow::Result<Vec<Row>> {
    let image = format!("{}/python:latest", super::cells::image_prefix());
    // Not a version manager's stand-in, which costs more than the interpreter.
    let python = if Path::new(PYTHON).exists() { PYTHON } else { "python3" };
    let mut rows = vec![measured("bare python3", idle, || command(python, &["-I", "-c", PROGRAM])).await?];
    if Command::new("bwrap").arg("--version").output().await.is_ok() {
        let wrapped = || {
            let mut words = "--ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --unshare-all --die-with-parent --new-session"
                .split(' ')
                .collect::<Vec<_>>();
            words.extend([python, "-I", "-c", PROGRAM]);
            command("bwrap", &words)
        };
        rows.push(measured("bubblewrap a run", idle, wrapped).await?);
    } else {
        println!("bubblewrap is not installed; it is left out");
    }
    let run = || {
        command(
            "docker",
            &["run", "--rm", "--network", "none", "--log-driver", "none", "--entrypoint", PYTHON, &image, "-I", "-c", PROGRAM],
        )
    };
    rows.push(measured("docker run a run", idle, run).await?);
    let name = format!("bench-{}", Uuid::new_v4());
    let waits =
        ["run", "-d", "--rm", "--network", "none", "--name", &name, "--entrypoint", PYTHON, &image, "-c", "import time; time.sleep(3600)"];
    anyhow::ensure!(command("docker", &waits).output().await?.status.success(), "no container to run in");
    let executed = measured("docker exec a run", idle, || command("docker", &["exec", &name, PYTHON, "-I", "-c", PROGRAM])).await;
    command("docker", &["kill", &name]).output().await?;
    rows.push(executed?);
    rows.push(warm_fork(&image).await?);
    Ok(rows)
}

fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    command
}

/// The first byte and the end of one run.
async fn one(mut command: Command) -> anyhow::Result<(Duration, Duration)> {
    let began = Instant::now();
    let mut child = command.spawn().context("a peer cannot be started")?;
    let mut output = child.stdout.take().context("it has no stdout")?;
    let mut byte = [0];
    anyhow::ensure!(output.read(&mut byte).await? == 1, "a peer printed nothing");
    let first = began.elapsed();
    anyhow::ensure!(child.wait().await?.success(), "a peer failed");
    Ok((first, began.elapsed()))
}

async fn measured(name: &str, idle: f64, make: impl Fn() -> Command) -> anyhow::Result<Row> {
    let mut times = Times::default();
    one(make()).await?;
    let (began, busy) = (Instant::now(), busy_ms());
    for _ in 0..ROUNDS {
        let (first, total) = one(make()).await?;
        times.first.push(ms(first));
        times.total.push(ms(total));
    }
    let cpu = (busy_ms() - busy - idle * ms(began.elapsed())) / ROUNDS as f64;
    let (mut runs, mut going, began) = (0_u32, JoinSet::new(), Instant::now());
    while began.elapsed() < Duration::from_secs(RATE_SECONDS) {
        while going.len() < PARALLEL {
            going.spawn(one(make()));
        }
        if let Some(ended) = going.join_next().await {
            ended??;
            runs += 1;
        }
    }
    let rate = f64::from(runs) / began.elapsed().as_secs_f64();
    Ok(Row::of(name, "one line", times, cpu, rate))
}

/// pytest as it is, forked from an interpreter that has it warm: what judging costs without any wall.
async fn warm_fork(image: &str) -> anyhow::Result<Row> {
    let smoke = Path::new(env!("CARGO_MANIFEST_DIR")).join("sandboxes/python/smoke");
    let read = |path: &str| std::fs::read_to_string(smoke.join(path));
    let files = serde_json::json!({
        "greeting.py": read("solution/greeting.py")?, "test_public.py": read("checks/test_public.py")?,
        "test_hidden.py": read("checks/test_hidden.py")?, "runs": ROUNDS,
    });
    let args =
        ["run", "--rm", "-i", "--network", "none", "--tmpfs", "/tmp", "--entrypoint", PYTHON, image, "-c", include_str!("warm_fork.py")];
    let mut child: Child = command("docker", &args).stdin(Stdio::piped()).spawn()?;
    let mut input = child.stdin.take().context("it has no stdin")?;
    input.write_all(files.to_string().as_bytes()).await?;
    drop(input);
    let output = child.wait_with_output().await?;
    let last = String::from_utf8_lossy(&output.stdout);
    let told: Vec<[f64; 2]> = serde_json::from_str(last.lines().last().unwrap_or_default()).context("the warm interpreter told nothing")?;
    let total: Vec<f64> = told.iter().map(|[wall, _]| *wall).collect();
    let cpu = told.iter().map(|[_, cpu]| cpu).sum::<f64>() / told.len() as f64;
    let rate = 1_000.0 * total.len() as f64 / total.iter().sum::<f64>();
    Ok(Row::of("pytest in a warm fork, one at a time", "five checks", Times { first: Vec::new(), total }, cpu, rate))
}
