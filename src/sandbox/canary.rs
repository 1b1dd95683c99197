//! The known-good run of each runtime: its smoke challenge with the reference solution. Part of this program, so that a
//! worker needs no folder beside it.

use serde::Deserialize;
use uuid::Uuid;

use super::{DeclaredCheck, Limits, RunRequest, Runtime, SourceFile, Visibility, Work};

struct Smoke {
    statement: &'static str,
    solution: &'static [(&'static str, &'static str)],
    checks: &'static [(&'static str, &'static str)],
}

const PYTHON: Smoke = Smoke {
    statement: include_str!("../../sandboxes/python/smoke/challenge.md"),
    solution: &[("greeting.py", include_str!("../../sandboxes/python/smoke/solution/greeting.py"))],
    checks: &[
        ("test_public.py", include_str!("../../sandboxes/python/smoke/checks/test_public.py")),
        ("test_hidden.py", include_str!("../../sandboxes/python/smoke/checks/test_hidden.py")),
    ],
};

const fn smoke(runtime: Runtime) -> Option<&'static Smoke> {
    match runtime {
        Runtime::Python => Some(&PYTHON),
        Runtime::Data | Runtime::Web | Runtime::Cloud => None,
    }
}

#[derive(Deserialize)]
struct FrontMatter {
    tasks: Vec<Task>,
}

#[derive(Deserialize)]
struct Task {
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    id: String,
    title: String,
    points: u32,
    visibility: Visibility,
}

/// The request whose verdict must be ACCEPTED. None for a runtime that has no smoke challenge; it cannot be offered.
pub(super) fn request(runtime: Runtime, run_id: Uuid) -> Option<RunRequest> {
    let smoke = smoke(runtime)?;
    let front = smoke.statement.strip_prefix("+++\n")?.split_once("\n+++")?.0;
    let front: FrontMatter = toml::from_str(front).ok()?;
    let declared = front.tasks.into_iter().flat_map(|task| task.checks);
    Some(RunRequest {
        run_id,
        files: sources(smoke.solution),
        seed: 1,
        work: Work::Checks {
            checks: sources(smoke.checks),
            declared: declared.map(|Check { id, title, points, visibility }| DeclaredCheck { id, title, points, visibility }).collect(),
        },
        limits: Limits::of(runtime),
    })
}

fn sources(files: &[(&str, &str)]) -> Vec<SourceFile> {
    files.iter().map(|(path, text)| SourceFile { path: (*path).to_owned(), content: text.as_bytes().to_vec() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smoke_challenge_is_whole() {
        let request = request(Runtime::Python, Uuid::nil()).unwrap();
        let Work::Checks { checks, declared } = request.work else { panic!("not checks") };
        let tests: String = checks.into_iter().map(|file| String::from_utf8(file.content).unwrap()).collect();
        assert!(declared.iter().any(|check| check.visibility == Visibility::Hidden));
        assert_eq!(tests.matches("\ndef test_").count(), declared.len());
        for check in declared {
            assert!(tests.contains(&format!("\ndef {}(", check.id)), "{}", check.id);
        }
    }
}
