//! The rules of the house that no compiler checks: who may name what, how long things get, what must not be written.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const FILE_LINES_MAX: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Rust sources below a folder, as (path from the root, text).
fn sources(below: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(below)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((relative(&path), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no sources below {below}");
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).map(PathBuf::from).unwrap_or_default().display().to_string()
}

/// The text without comments, strings' contents kept.
fn code(text: &str) -> String {
    text.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line }).collect::<Vec<_>>().join("\n")
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[test]
fn files_stay_short_enough_to_read() {
    let long: Vec<String> = ["src", "tests", "benches"]
        .into_iter()
        .filter(|folder| root().join(folder).is_dir())
        .flat_map(sources)
        .filter(|(path, _)| path != "src/db/schema.rs")
        .map(|(path, text)| (text.lines().count(), path))
        .filter(|(lines, _)| *lines > FILE_LINES_MAX)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "over {FILE_LINES_MAX} lines: {long:#?}");
    assert!(fs::read_to_string(root().join("src/main.rs")).unwrap().lines().count() <= 60, "src/main.rs only dispatches");
    assert!(fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap().lines().count() <= 150, "ARCHITECTURE.md is a map");
}

/// A crate, a word that betrays its use, and who may use it.
struct Fence {
    word: &'static str,
    allowed: fn(&str) -> bool,
    because: &'static str,
}

const FENCES: &[Fence] = &[
    Fence {
        word: "diesel",
        allowed: |path| {
            path.starts_with("src/db/")
                || path.starts_with("src/jobs/")
                || path == "src/error.rs"
                || file_name(path) == "store.rs"
                || path.contains("/store/")
        },
        because: "SQL lives in store.rs",
    },
    Fence {
        word: "async_graphql",
        allowed: |path| {
            path.starts_with("src/graphql/")
                || path.starts_with("src/http/")
                || path == "src/error.rs"
                || path == "src/db/ids.rs"
                || file_name(path).starts_with("graphql")
                || path.contains("/graphql/")
                || path == "src/curriculum/content.rs"
                || path == "src/auth/viewer.rs"
        },
        because: "the schema lives in graphql.rs; the enums of content.rs and viewer.rs are words of the API themselves",
    },
    Fence { word: "std::env::", allowed: |path| path == "src/config.rs", because: "settings are read in one place" },
    Fence { word: "bollard", allowed: |path| path.starts_with("src/sandbox/"), because: "only the sandbox speaks to the engine" },
    Fence {
        word: "opentelemetry",
        allowed: |path| path.starts_with("src/telemetry/"),
        because: "what a span may say is decided in one place",
    },
    Fence {
        word: "sentry::",
        allowed: |path| path.starts_with("src/telemetry/"),
        because: "what a report may say is decided in one place",
    },
    Fence { word: "Utc::now", allowed: |path| path == "src/clock.rs", because: "time is a parameter" },
    Fence {
        word: "println!",
        allowed: |path| path == "src/main.rs" || file_name(path) == "command.rs" || path == "src/serve.rs",
        because: "the log is for the rest",
    },
];

#[test]
fn only_who_may_names_a_crate() {
    let mut offences = Vec::new();
    for (path, text) in sources("src") {
        let code = code(&text);
        for fence in FENCES.iter().filter(|fence| !(fence.allowed)(&path)) {
            if code.contains(fence.word) {
                offences.push(format!("{path} names {:?}: {}", fence.word, fence.because));
            }
        }
    }
    assert!(offences.is_empty(), "{offences:#?}");
}

const DOMAINS: &[&str] =
    &["accounts", "billing", "boards", "certificates", "classroom", "curriculum", "privacy", "progress", "reports", "submissions"];
const FOUNDATIONS: &[&str] = &["auth", "db", "events", "jobs", "sandbox", "telemetry", "typeset"];

#[test]
fn dependence_points_one_way() {
    let mut offences = Vec::new();
    for (path, text) in sources("src") {
        let code = code(&text);
        let home = path.trim_start_matches("src/").split('/').next().unwrap_or_default().to_owned();
        if FOUNDATIONS.contains(&home.as_str()) {
            for domain in DOMAINS.iter().chain(&["worker", "http"]) {
                if code.contains(&format!("crate::{domain}")) {
                    offences.push(format!("{path} knows the domain {domain}"));
                }
            }
        }
        for domain in DOMAINS.iter().filter(|domain| **domain != home) {
            if code.contains(&format!("{domain}::store")) {
                offences.push(format!("{path} reaches into the store of {domain}"));
            }
        }
        if DOMAINS.contains(&home.as_str()) && code.contains("crate::worker") {
            offences.push(format!("{path} knows the worker"));
        }
        let runs_code = code.contains("dyn Sandbox") || code.contains("Sandbox>");
        let may_run =
            ["worker", "sandbox", "serve.rs", "main.rs", "health.rs"].contains(&home.as_str()) || path.starts_with("src/curriculum/verify");
        if runs_code && !may_run {
            offences.push(format!("{path} has a sandbox"));
        }
    }
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn every_folder_says_what_it_owns() {
    let silent: Vec<String> = sources("src")
        .into_iter()
        .filter(|(path, text)| file_name(path) == "mod.rs" && !text.starts_with("//!"))
        .map(|(path, _)| path)
        .collect();
    assert!(silent.is_empty(), "no //! at the head: {silent:#?}");
}

#[test]
fn nothing_is_left_for_later() {
    let words = ["todo!(", "unimplemented!(", "#[ignore", "FIXME", "dbg!("];
    let mut offences = Vec::new();
    for (path, text) in sources("src").into_iter().chain(sources("tests")).filter(|(path, _)| path != "tests/it/tidy.rs") {
        for word in words {
            if text.contains(word) {
                offences.push(format!("{path}: {word}"));
            }
        }
        let bare = text.lines().filter(|line| line.trim_start().starts_with("#[allow(") || line.trim_start().starts_with("#![allow("));
        offences.extend(bare.map(|line| format!("{path}: {}", line.trim())));
    }
    assert!(offences.is_empty(), "{offences:#?}");
}

/// They are told outside, so nothing may be put together in them but constants of ours.
#[test]
fn lines_at_error_level_hold_only_their_own_words() {
    let mut offences = Vec::new();
    for (path, text) in sources("src") {
        for call in code(&text).split("tracing::error!(").skip(1) {
            let call = call.split(";\n").next().unwrap_or_default();
            let words = call.rsplit('"').nth(1).unwrap_or_default();
            let put_in = words.split('{').skip(1).any(|rest| !rest.starts_with(|first: char| first.is_ascii_uppercase()));
            if words.is_empty() || put_in {
                offences.push(format!("{path}: {words:?}"));
            }
        }
    }
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn every_store_function_is_used() {
    let all = sources("src");
    let text: String = all.iter().map(|(_, text)| code(text)).collect::<Vec<_>>().join("\n");
    let words: BTreeMap<&str, usize> = text.split(|c: char| !c.is_alphanumeric() && c != '_').fold(BTreeMap::new(), |mut counts, word| {
        *counts.entry(word).or_default() += 1;
        counts
    });
    let stores = all.iter().filter(|(path, _)| file_name(path) == "store.rs" || path.contains("/store/"));
    let dead: BTreeSet<String> = stores
        .flat_map(|(path, text)| {
            text.lines()
                .filter_map(|line| line.trim_start().strip_prefix("pub async fn ").or_else(|| line.trim_start().strip_prefix("pub fn ")))
                .filter_map(|rest| rest.split(['(', '<']).next())
                .filter(|name| words.get(name).copied().unwrap_or(0) < 2)
                .map(|name| format!("{path}: {name}"))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(dead.is_empty(), "{dead:#?}");
}

#[test]
fn every_store_changes_only_its_own_tables() {
    let owners = [
        ("users", "accounts"),
        ("sessions", "accounts"),
        ("refresh_tokens", "accounts"),
        ("tracks", "curriculum"),
        ("modules", "curriculum"),
        ("lessons", "curriculum"),
        ("quizzes", "curriculum"),
        ("challenges", "curriculum"),
        ("content_versions", "curriculum"),
        ("submissions", "submissions"),
        ("submission_checks", "submissions"),
        ("submission_inputs", "submissions"),
        ("rejudges", "submissions"),
        ("rejudge_results", "submissions"),
        ("jobs", "jobs"),
        ("drafts", "submissions"),
        ("lesson_progress", "progress"),
        ("quiz_attempts", "progress"),
        ("challenge_progress", "progress"),
        ("hint_reveals", "progress"),
        ("xp_entries", "progress"),
        ("user_achievements", "progress"),
        ("user_events", "progress"),
        ("outbox", "progress"),
        ("problem_reports", "progress"),
        ("learner_settings", "progress"),
        ("learner_clocks", "progress"),
        ("activities", "progress"),
        ("streaks", "progress"),
        ("mission_completions", "progress"),
        ("notifications", "progress"),
        ("boards", "boards"),
        ("board_scores", "boards"),
        ("board_counts", "boards"),
        ("squads", "boards"),
        ("squad_members", "boards"),
        ("certificates", "certificates"),
        ("report_cards", "reports"),
        ("report_card_rounds", "reports"),
        ("groups", "classroom"),
        ("group_members", "classroom"),
    ];
    let mut offences = Vec::new();
    for (path, text) in sources("src") {
        let home = path.trim_start_matches("src/").split('/').next().unwrap_or_default();
        let code = code(&text);
        for (table, owner) in owners.iter().filter(|(_, owner)| *owner != home) {
            for verb in ["insert_into", "update", "delete"] {
                // The learner's event number is progress' to give out, inside the row that its lock is on.
                let event_number = *table == "users" && path == "src/progress/store.rs" && verb == "update";
                if code.contains(&format!("diesel::{verb}({table}::table")) && !event_number {
                    offences.push(format!("{path} changes {table}, which is {owner}'s"));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn no_file_names_a_machine_or_a_registry() {
    // Put together here, so that this file does not name them.
    let words = [
        ["cra", "tes.io/api"].concat(),
        ["regis", "try.npmjs.org"].concat(),
        ["pypi", ".org"].concat(),
        ["/ro", "ot/"].concat(),
        ["deb.deb", "ian.org"].concat(),
    ];
    let listed = std::process::Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().unwrap();
    let mut offences = Vec::new();
    for path in String::from_utf8_lossy(&listed.stdout).split('\0').filter(|path| !path.is_empty()) {
        let lock = path.ends_with("Cargo.lock") || path.ends_with("package-lock.json");
        let bundle = path.starts_with("graphiql/dist/");
        let Ok(text) = fs::read_to_string(root().join(path)) else { continue };
        if lock || bundle {
            continue;
        }
        offences.extend(words.iter().filter(|word| text.contains(word.as_str())).map(|word| format!("{path}: {word}")));
    }
    assert!(offences.is_empty(), "{offences:#?}");
}
