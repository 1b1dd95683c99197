//! The rules of a challenge's folder.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::LazyLock,
};

use regex::Regex;

use super::{Linter, names};
use crate::curriculum::{
    content::{LEARNER_BYTES_MAX, LEARNER_FILES_MAX, Runtime, Visibility},
    hints::split_hints,
    loader::{ChallengeFolder, RawFile},
    mistakes::Place,
};

const TASKS: std::ops::RangeInclusive<usize> = 4..=6;
const CHECKS_MIN: usize = 6;
const HIDDEN_CHECKS_MIN: usize = 2;
const WRONG_ANSWERS_MIN: usize = 2;
/// Bytes of all files of the judge together; a frame to a cell holds 8 MiB, as base64.
const CHECK_BYTES_MAX: usize = 4 * 1024 * 1024;
const CALL_TIMEOUT_MS: std::ops::RangeInclusive<u32> = 100..=30_000;
/// What a wrong answer may be declared to get.
const FAILING_VERDICTS: [&str; 7] =
    ["WRONG_ANSWER", "RUNTIME_ERROR", "TIME_LIMIT", "MEMORY_LIMIT", "OUTPUT_LIMIT", "FORBIDDEN", "COMPILE_ERROR"];

static TEST_FUNCTION: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?m)^(?:async[ \t]+)?def[ \t]+(test_\w*)[ \t]*\(").ok());

pub fn check(linter: &mut Linter<'_>, challenge: &ChallengeFolder) {
    front_matter(linter, challenge);
    tasks(linter, challenge);
    allow_list(linter, challenge);
    for (what, files) in [("starter", &challenge.starter), ("solution", &challenge.solution)] {
        learner_files(linter, challenge, &challenge.folder.join(what), files);
    }
    judge_files(linter, challenge);
    // Checks of the web runtime are scripts for another runner, which declares them itself.
    if challenge.file.value.runtime != Runtime::Web {
        test_functions(linter, challenge);
    }
    wrong_answers(linter, challenge);
    hints(linter, challenge);
}

fn front_matter(linter: &mut Linter<'_>, challenge: &ChallengeFolder) {
    let (file, value) = (&challenge.file, &challenge.file.value);
    linter.unique("uuid", &value.uuid.get_ref().to_string(), file.at(&value.uuid));
    linter.slug("challenge slug", value.slug.get_ref(), file.at(&value.slug));
    linter.said(value.title.get_ref(), file.at(&value.title));
    linter.said(value.summary.get_ref(), file.at(&value.summary));
    linter.minutes(*value.minutes.get_ref(), file.at(&value.minutes));
    linter.markdown(file);
    if let Some(limit) = &value.call_timeout_ms
        && !CALL_TIMEOUT_MS.contains(limit.get_ref())
    {
        linter.add(file.at(limit), "no such time limit of a call", "Use 100 to 30000 milliseconds, or leave it out.");
    }
}

fn tasks(linter: &mut Linter<'_>, challenge: &ChallengeFolder) {
    let (file, value) = (&challenge.file, &challenge.file.value);
    if !TASKS.contains(&value.tasks.len()) {
        linter.add(file.top(), format!("{} tasks", value.tasks.len()), "A challenge has 4 to 6.");
    }
    let sum: i32 = value.tasks.iter().map(|task| *task.points.get_ref()).sum();
    if sum != *value.points.get_ref() {
        let problem = format!("the tasks' points sum to {sum}, not to {}", value.points.get_ref());
        linter.add(file.at(&value.points), problem, "Change `points`, or the tasks' points.");
    }
    let (mut task_ids, mut check_ids) = (HashSet::new(), HashSet::new());
    for task in &value.tasks {
        linter.id(task.id.get_ref(), file.at(&task.id));
        linter.said(task.title.get_ref(), file.at(&task.title));
        if !task_ids.insert(task.id.get_ref()) {
            linter.add(file.at(&task.id), "another task has this id", "Give each task an id of its own.");
        }
        let sum: i32 = task.checks.iter().map(|check| *check.points.get_ref()).sum();
        if sum != *task.points.get_ref() {
            let problem = format!("the checks' points sum to {sum}, not to {}", task.points.get_ref());
            linter.add(file.at(&task.points), problem, "Change the task's `points`, or its checks' points.");
        }
        for check in &task.checks {
            linter.said(check.title.get_ref(), file.at(&check.title));
            if *check.points.get_ref() <= 0 {
                linter.add(file.at(&check.points), "a check is worth nothing", "Give it at least one point.");
            }
            if !check_ids.insert(check.id.get_ref()) {
                linter.add(file.at(&check.id), "another check of this challenge has this id", "Rename one of the two functions.");
            }
        }
    }
    let checks: Vec<_> = value.tasks.iter().flat_map(|task| &task.checks).collect();
    if checks.len() < CHECKS_MIN {
        linter.add(file.top(), format!("{} checks are too few", checks.len()), format!("A challenge has at least {CHECKS_MIN}."));
    }
    let hidden = checks.iter().filter(|check| check.visibility == Visibility::Hidden).count();
    if hidden < HIDDEN_CHECKS_MIN {
        let remedy = format!("At least {HIDDEN_CHECKS_MIN} checks are hidden, so that hard-coding does not pay.");
        linter.add(file.top(), format!("{hidden} hidden checks are too few"), remedy);
    }
}

fn allow_list(linter: &mut Linter<'_>, challenge: &ChallengeFolder) {
    let (file, value) = (&challenge.file, &challenge.file.value);
    let list = value.files.get_ref();
    if list.is_empty() || list.len() > LEARNER_FILES_MAX {
        linter.add(file.at(&value.files), format!("{} files", list.len()), format!("A solution has 1 to {LEARNER_FILES_MAX} files."));
    }
    let mut seen = HashSet::new();
    for path in list {
        if let Some(problem) = names::path_problem(path.get_ref()) {
            linter.add(file.at(path), problem, "Choose another name.");
        }
        if !seen.insert(path.get_ref()) {
            linter.add(file.at(path), "this path is listed twice", "List it once.");
        }
    }
    if !seen.contains(value.entry.get_ref()) {
        linter.add(file.at(&value.entry), "`entry` is not among `files`", "Name one of them.");
    }
}

fn learner_files(linter: &mut Linter<'_>, challenge: &ChallengeFolder, folder: &Path, files: &[RawFile]) {
    if files.is_empty() {
        linter.add(Place::whole(folder), "this folder has no files", "Put what a learner would hand in here.");
    }
    for file in files {
        if !challenge.file.value.files.get_ref().iter().any(|allowed| *allowed.get_ref() == file.path) {
            let remedy = "Add it to `files` in challenge.md, or remove it.";
            linter.add(Place::whole(&file.file), format!("{:?} is not among the challenge's files", file.path), remedy);
        }
        if std::str::from_utf8(&file.bytes).map_or(true, |text| text.contains('\0')) {
            linter.add(Place::whole(&file.file), "this is no UTF-8 text", "Learners write text: save it as UTF-8.");
        }
    }
    let bytes: usize = files.iter().map(|file| file.bytes.len()).sum();
    if bytes > LEARNER_BYTES_MAX {
        linter.add(Place::whole(folder), format!("{bytes} bytes together"), format!("At most {LEARNER_BYTES_MAX} may be handed in."));
    }
}

fn judge_files(linter: &mut Linter<'_>, challenge: &ChallengeFolder) {
    let mut seen: HashMap<&str, &RawFile> = HashMap::new();
    for file in &challenge.checks {
        let flat = !file.path.contains('/') || file.path.starts_with("data/");
        if let Some(problem) = names::path_problem(&file.path) {
            linter.add(Place::whole(&file.file), problem, "Choose another name.");
        } else if !flat {
            linter.add(Place::whole(&file.file), "checks/ is a flat folder", "Move the file up, or data into data/.");
        }
        if let Some(other) = seen.insert(&file.path, file) {
            let problem = format!("{} has the same path for the judge", other.file.display());
            linter.add(Place::whole(&file.file), problem, "Rename one of them.");
        }
        if challenge.file.value.files.get_ref().iter().any(|allowed| *allowed.get_ref() == file.path) {
            linter.add(Place::whole(&file.file), "a learner's file has this name too", "The judge would import the wrong one: rename it.");
        }
    }
    let bytes: usize = challenge.checks.iter().map(|file| file.bytes.len()).sum();
    if bytes > CHECK_BYTES_MAX {
        let problem = format!("the judge's files are {bytes} bytes together");
        linter.add(Place::whole(&challenge.folder), problem, "At most 4 MiB: generate the data in the check from its seed.");
    }
}

/// Every declared check is a function of the file that its visibility names, and every such function is declared.
fn test_functions(linter: &mut Linter<'_>, challenge: &ChallengeFolder) {
    let (file, value) = (&challenge.file, &challenge.file.value);
    let mut found: HashMap<String, &str> = HashMap::new();
    for source in challenge.checks.iter().filter(|source| !source.path.contains('/')) {
        let Ok(text) = std::str::from_utf8(&source.bytes) else { continue };
        for name in TEST_FUNCTION.iter().flat_map(|pattern| pattern.captures_iter(text)).filter_map(|captures| captures.get(1)) {
            let place = || Place { line: text[..name.start()].matches('\n').count() + 1, ..Place::whole(&source.file) };
            if found.insert(name.as_str().to_owned(), &source.path).is_some() {
                linter.add(place(), format!("another function is called {}", name.as_str()), "Rename one of the two.");
            }
            if !value.tasks.iter().flat_map(|task| &task.checks).any(|check| check.id.get_ref() == name.as_str()) {
                let remedy = "Declare it under a task in challenge.md, or give it a name that does not begin with test_.";
                linter.add(place(), format!("{} is not declared", name.as_str()), remedy);
            }
        }
    }
    for check in value.tasks.iter().flat_map(|task| &task.checks) {
        let wanted = if check.visibility == Visibility::Hidden { "test_hidden.py" } else { "test_public.py" };
        match found.get(check.id.get_ref()) {
            Some(path) if *path == wanted => {}
            Some(path) => {
                let problem = format!("{} stands in checks/{path}", check.id.get_ref());
                linter.add(file.at(&check.id), problem, format!("With this visibility it belongs into checks/{wanted}."));
            }
            None => {
                let remedy = format!("Write `def {}():` at the margin of checks/{wanted}.", check.id.get_ref());
                linter.add(file.at(&check.id), "no check has this name", remedy);
            }
        }
    }
}

fn wrong_answers(linter: &mut Linter<'_>, challenge: &ChallengeFolder) {
    if challenge.wrong.len() < WRONG_ANSWERS_MIN {
        let problem = format!("{} wrong answers are too few", challenge.wrong.len());
        let remedy = format!("Add at least {WRONG_ANSWERS_MIN} tempting ones under wrong/<name>/, each with an expect.toml.");
        linter.add(Place::whole(&challenge.folder), problem, remedy);
    }
    for answer in &challenge.wrong {
        let (expect, value) = (&answer.expect, &answer.expect.value);
        let folder = expect.source.file.parent().unwrap_or(&challenge.folder);
        learner_files(linter, challenge, folder, &answer.files);
        if !FAILING_VERDICTS.contains(&value.verdict.get_ref().as_str()) {
            let problem = format!("{:?} is no verdict of a wrong answer", value.verdict.get_ref());
            linter.add(expect.at(&value.verdict), problem, format!("Use one of {}.", FAILING_VERDICTS.join(", ")));
        }
        if !challenge.file.value.tasks.iter().flat_map(|task| &task.checks).any(|check| check.id == value.check) {
            linter.add(expect.at(&value.check), "the challenge declares no such check", "Name the check that must catch this answer.");
        }
        linter.said(value.why.get_ref(), expect.at(&value.why));
    }
}

fn hints(linter: &mut Linter<'_>, challenge: &ChallengeFolder) {
    let Some(source) = &challenge.hints else {
        linter.add(Place::whole(&challenge.folder), "hints.md is missing", "Write its three rungs.");
        return;
    };
    if split_hints(&source.text).is_none() {
        let remedy = "Write the headings `## Nudge`, `## Structure`, `## Partial solution`, in this order, each with text below it.";
        linter.add(source.at(0), "this is not a ladder of three rungs", remedy);
    }
}
