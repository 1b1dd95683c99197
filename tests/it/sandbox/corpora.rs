//! The two corpora: hostile programs (tests/attacks) and answers that lie to the judge (tests/forgeries). Each entry is run
//! for real, and must end as it declares, in cells of the mode that `WTS_CELL_MODE` names (reusable unless told).

use std::{
    fs,
    path::{Path, PathBuf},
};

use futures_util::{StreamExt, stream};
use serde::Deserialize;
use weak_to_strong::sandbox::{SourceFile, Stream, verdict::Verdict};

use super::support::{Heard, TestPool, challenge, files_below, program_with, repository};

/// Entries at the same time.
const PARALLEL: usize = 2;
/// By how much the worker may grow over all attacks.
const GROWTH_BYTES_MAX: u64 = 16 * 1024 * 1024;

#[derive(Deserialize)]
struct AttackFile {
    attack: Attack,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attack {
    #[expect(dead_code, reason = "for people")]
    title: String,
    mode: String,
    /// Any of them.
    verdict: Vec<String>,
    stdout_has: Option<String>,
    #[serde(default = "once")]
    runs: usize,
    /// The program takes the number of one of them.
    cases: Option<usize>,
}

const fn once() -> usize {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Forgery {
    #[expect(dead_code, reason = "for people")]
    title: String,
    #[expect(dead_code, reason = "for people")]
    rule: String,
    challenge: String,
    accepted: bool,
    stdout_lacks: Option<String>,
    #[serde(default)]
    #[expect(
        dead_code,
        reason = "how a quiet machine ends it; a busy one may end it by a limit, and what counts is that it is not accepted"
    )]
    verdict: Vec<String>,
}

/// Every third of each class, and of the cases of an attack; all of them with `CORPORA=all` (`make soak`: a quiet machine takes a quarter of an hour), every twentieth
/// with `CORPORA=few`.
fn chosen<T>(entries: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    #[expect(clippy::disallowed_methods, reason = "a setting of the tests, which no settings of the server know")]
    let which = std::env::var("CORPORA").unwrap_or_default();
    let step = match which.as_str() {
        "all" => 1,
        "few" => 20,
        _ => 3,
    };
    entries.into_iter().step_by(step)
}

#[tokio::test]
async fn attacks_end_as_declared() {
    let pool = TestPool::start().await;
    let folders = folders_in(&repository().join("tests/attacks"));
    assert!(!folders.is_empty());
    let (mut failures, mut tried) = (Vec::new(), 0);
    pool.assert_healthy().await;
    let before = resident_bytes();
    for folder in folders {
        let entries = stream::iter(chosen(python_files(&folder))).map(|path| attack(&pool, path)).buffer_unordered(PARALLEL);
        let ended = entries.collect::<Vec<_>>().await;
        tried += ended.len();
        failures.extend(ended.into_iter().flatten());
        pool.assert_healthy().await;
    }
    println!("attacks: {} of {tried} contained, {} cells", tried - failures.len(), pool.mode());
    pool.finish().await;
    let grown = resident_bytes().saturating_sub(before);
    assert!(grown <= GROWTH_BYTES_MAX, "this process, which is the worker here, has grown by {grown} bytes");
    assert!(failures.is_empty(), "{} attacks did not end as declared:\n{}", failures.len(), failures.join("\n"));
}

#[tokio::test]
async fn forgeries_are_not_accepted() {
    let pool = TestPool::start().await;
    let folders: Vec<PathBuf> =
        folders_in(&repository().join("tests/forgeries")).into_iter().filter(|path| !path.ends_with("targets")).collect();
    assert!(!folders.is_empty());
    let entries = stream::iter(chosen(folders)).map(|path| forgery(&pool, path)).buffer_unordered(PARALLEL);
    let ended = entries.collect::<Vec<_>>().await;
    let tried = ended.len();
    let failures: Vec<String> = ended.into_iter().flatten().collect();
    pool.assert_healthy().await;
    println!("forgeries: {} of {tried} refused, {} cells", tried - failures.len(), pool.mode());
    pool.finish().await;
    assert!(failures.is_empty(), "{} forgeries did not end as declared:\n{}", failures.len(), failures.join("\n"));
}

#[tokio::test]
async fn the_targets_of_forgeries_accept_their_references() {
    let pool = TestPool::start().await;
    for folder in folders_in(&repository().join("tests/forgeries/targets")) {
        let heard = pool.run(challenge(&folder, files_below(&folder.join("solution")))).await;
        assert_eq!(heard.verdict(), Verdict::Accepted, "{}: {heard:?}", folder.display());
    }
    pool.finish().await;
}

fn resident_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// What is wrong with how this attack ended.
async fn attack(pool: &TestPool, path: PathBuf) -> Option<String> {
    let code = fs::read_to_string(&path).unwrap();
    let header: Vec<&str> = code.lines().map_while(|line| line.strip_prefix('#')).map(str::trim).collect();
    let AttackFile { attack } = toml::from_str(&header.join("\n")).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(attack.mode, "program", "{}", path.display());
    let cases: Vec<Vec<String>> = match attack.cases {
        None => vec![Vec::new(); attack.runs],
        Some(count) => chosen(0..count).map(|case| vec![case.to_string()]).collect(),
    };
    for args in cases {
        let heard = pool.run(program_with(&code, args)).await;
        let mut wrong = common_faults(&heard);
        if !attack.verdict.iter().any(|verdict| verdict == heard.verdict().as_str()) {
            wrong.push(format!("{} is none of {:?}", heard.verdict().as_str(), attack.verdict));
        }
        // A forbidden call ends the run, whatever the program had still to say.
        let ended = heard.verdict() == Verdict::Forbidden;
        if attack.stdout_has.as_ref().is_some_and(|text| !ended && !heard.text(Stream::Stdout).contains(text)) {
            wrong.push(format!("stdout does not hold {:?}", attack.stdout_has));
        }
        if !wrong.is_empty() {
            return Some(report(&path, &wrong, &heard));
        }
    }
    None
}

async fn forgery(pool: &TestPool, path: PathBuf) -> Option<String> {
    let text = fs::read_to_string(path.join("forgery.toml")).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let forgery: Forgery = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let files: Vec<SourceFile> = files_below(&path).into_iter().filter(|file| file.path != "forgery.toml").collect();
    let target = repository().join("tests/forgeries/targets").join(&forgery.challenge);
    let asked = files_below(&target.join("solution"));
    let foreign = files.iter().any(|file| asked.iter().all(|other| other.path != file.path));
    let heard = pool.run(challenge(&target, files)).await;
    let mut wrong = common_faults(&heard);
    let verdict = heard.verdict();
    if (verdict == Verdict::Accepted) != forgery.accepted {
        wrong.push(format!("{} where accepted = {}", verdict.as_str(), forgery.accepted));
    }
    // What learners' code brings about is never ours and never the author's. Files that the challenge does not ask for are
    // refused before a cell sees them; a cell that gets them all the same may say that the run is wrongly put together.
    if verdict == Verdict::Infrastructure || (verdict == Verdict::ContentError && !foreign) {
        wrong.push(verdict.as_str().to_owned());
    }
    let said = format!("{:?}", heard.events);
    if forgery.stdout_lacks.as_ref().is_some_and(|secret| said.contains(secret)) {
        wrong.push(format!("the learner is told {:?}", forgery.stdout_lacks));
    }
    (!wrong.is_empty()).then(|| report(&path, &wrong, &heard))
}

/// What no entry of either corpus may bring about.
fn common_faults(heard: &Heard) -> Vec<String> {
    let mut wrong = Vec::new();
    match &heard.end {
        Err(fault) => wrong.push(fault.to_string()),
        Ok(end) if end.survivors > 0 => wrong.push(format!("{} survivors", end.survivors)),
        Ok(end) if !end.clean => wrong.push("the cell is not clean".to_owned()),
        Ok(_) => {}
    }
    for stream in [Stream::Stdout, Stream::Stderr] {
        if let Some(line) = heard.text(stream).lines().find(|line| line.starts_with("ESCAPED")) {
            wrong.push(line.to_owned());
        }
    }
    wrong
}

fn report(path: &Path, wrong: &[String], heard: &Heard) -> String {
    let cut = |text: String| text.chars().take(300).collect::<String>();
    let said = (cut(heard.text(Stream::Stdout)), cut(heard.text(Stream::Stderr)));
    let path = path.strip_prefix(repository()).unwrap().display();
    format!("{path}: {}\n    end {:?}\n    stdout, stderr {said:?}", wrong.join("; "), heard.end)
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn python_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "py")).collect();
    files.sort();
    files
}
