//! Programs of every kind that does not want to end, cancelled: nothing of them is left, and the next run is accepted. `CANCELS` says how many
//! (`make soak`: a thousand).

use std::{
    fs,
    time::{Duration, Instant},
};

use serde_json::json;

use super::cancel;
use crate::support::{TestApp, cells, client::Client};

/// As many as there are kinds of programs, twice.
const CANCELS: u64 = 16;
/// The free plan's runs an hour, less those that look at the slots.
const CANCELS_A_LEARNER: usize = 40;
/// After this many all slots are tried.
const SLOTS_TRIED_EVERY: usize = 8;

/// What each does once it has said `begun`. All stay below every limit, so that nothing but the cancel ends them.
const STUBBORN: [(&str, &str); 8] = [
    ("a busy loop", "say()\nwhile True: pass\n"),
    ("a sleeper", "say()\nwhile True: time.sleep(60)\n"),
    (
        "one that ignores every signal",
        "for number in range(1, 65):\n    try: signal.signal(number, signal.SIG_IGN)\n    except (OSError, ValueError): pass\nsay()\nwhile True: time.sleep(0.01)\n",
    ),
    ("a crowd", "for _ in range(40):\n    if os.fork() == 0:\n        while True: time.sleep(60)\nsay()\nwhile True: time.sleep(60)\n"),
    (
        "a fork bomb that lives on in its children",
        "if os.fork() == 0:\n    os.setsid()\n    while True:\n        if os.fork(): os._exit(0)\n        time.sleep(0.002)\nsay()\nwhile True: time.sleep(60)\n",
    ),
    (
        "daemons that ignore signals",
        "for _ in range(10):\n    if os.fork() == 0:\n        os.setsid()\n        for number in (1, 2, 13, 15): signal.signal(number, signal.SIG_IGN)\n        os.close(0); os.close(1); os.close(2)\n        while True: time.sleep(60)\nsay()\nwhile True: time.sleep(60)\n",
    ),
    ("threads", "for _ in range(20): threading.Thread(target=lambda: time.sleep(3600)).start()\nsay()\nwhile True: time.sleep(60)\n"),
    ("a stopped family", "if os.fork() == 0:\n    os.kill(os.getpid(), signal.SIGSTOP)\nsay()\nos.kill(os.getpid(), signal.SIGSTOP)\n"),
];
const HEAD: &str = "import os, signal, threading, time\ndef say(): print('begun', flush=True)\n";

#[expect(clippy::disallowed_methods, reason = "how many is the caller's of the test, not the program's")]
fn cancels() -> usize {
    let asked = std::env::var("CANCELS").ok().map_or(CANCELS, |text| text.parse().unwrap());
    usize::try_from(asked).unwrap()
}

/// From the mutation to its answer, and to the told end, before which nothing of the run was alive any more.
async fn begin_and_cancel(app: &TestApp, learner: &Client, code: &str) -> (Duration, Duration) {
    let id = learner.run(&format!("{HEAD}{code}")).await;
    let mut socket = learner.socket(app).await;
    let stream = socket.submission_events(&id, None).await;
    loop {
        let event = socket.event(&stream).await.unwrap();
        assert_ne!(event["__typename"], "SubmissionFinished", "{code}: {event}");
        let printed = [&event["text"], &event["submission"]["output"]["stdout"]];
        if printed.iter().any(|text| text.as_str().is_some_and(|text| text.contains("begun"))) {
            break;
        }
    }
    let asked = Instant::now();
    assert_eq!(cancel(learner, &id).await["__typename"], "CancelSubmissionSuccess", "{code}");
    let answered = asked.elapsed();
    loop {
        let event = socket.event(&stream).await.unwrap();
        if event["__typename"] == "SubmissionFinished" {
            assert_eq!(event["submission"]["verdict"], "CANCELLED", "{code}: {event}");
            break;
        }
    }
    let ended = asked.elapsed();
    socket.leave().await;
    (answered, ended)
}

/// Processes of learners' code on this host: those of the uids that only subjects of these cells have.
fn subjects_alive() -> Vec<String> {
    let uids = cells::UID_BASE..cells::UID_BASE + 2 * 4_096;
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let statuses = entries.filter_map(|entry| fs::read_to_string(entry.path().join("status")).ok());
    let alive = statuses.filter(|status| {
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
        let uid: u32 = field("Uid:").split_whitespace().next().and_then(|uid| uid.parse().ok()).unwrap_or(0);
        // Even ones are subjects, odd ones the judges that stand ready in warm cells.
        uids.contains(&uid) && uid.is_multiple_of(2) && !field("State:").starts_with('Z')
    });
    alive.collect()
}

async fn try_every_slot(app: &TestApp, learner: &Client) {
    let mut runs = Vec::new();
    for _ in 0..cells::CELLS_MAX {
        runs.push(learner.run("print('reusable')").await);
    }
    for id in runs {
        let end = learner.end(app, &id).await;
        assert_eq!((&end["verdict"], &end["output"]["stdout"]), (&json!("ACCEPTED"), &json!("reusable\n")));
    }
}

#[tokio::test]
async fn what_is_cancelled_is_gone_and_its_slot_is_good() {
    let app = TestApp::builder().worker().start().await;
    let (mut answers, mut ends) = (Vec::new(), Vec::new());
    let mut learner = app.learner("Ada").await;
    for number in 0..cancels() {
        if number > 0 && number % CANCELS_A_LEARNER == 0 {
            learner = app.learner("Ada").await;
        }
        let (what, code) = STUBBORN[number % STUBBORN.len()];
        let (answered, ended) = begin_and_cancel(&app, &learner, code).await;
        let alive = subjects_alive();
        assert!(alive.is_empty(), "{what}: {alive:#?}");
        answers.push(answered);
        ends.push(ended);
        if (number + 1) % SLOTS_TRIED_EVERY == 0 {
            try_every_slot(&app, &learner).await;
        }
    }
    for (what, mut figures) in [("answer", answers), ("dead tree, stored and told", ends)] {
        figures.sort_unstable();
        let at = |percent: usize| figures[(figures.len() * percent / 100).min(figures.len() - 1)].as_secs_f64() * 1_000.0;
        println!(
            "{} cancels, from the mutation to the {what}: p50 {:.1} ms, p99 {:.1} ms, worst {:.1} ms",
            figures.len(),
            at(50),
            at(99),
            at(100)
        );
    }
    app.stop().await;
}
