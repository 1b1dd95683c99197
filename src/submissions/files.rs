//! What a learner may send: paths and sizes, checked before anything is stored.

use serde::{Deserialize, Serialize};

use super::{Program, Refusal};

/// Bytes of all files of one submission together.
pub const FILES_BYTES_MAX: usize = 64 * 1024;
pub const FILES_MAX: usize = 20;
/// Bytes of one path.
const PATH_BYTES_MAX: usize = 200;
/// Arguments of a playground run, and the bytes of all together.
const ARGS_MAX: usize = 50;
const ARGS_BYTES_MAX: usize = 8 * 1024;
const STDIN_BYTES_MAX: usize = 64 * 1024;
pub const DEFAULT_ENTRY: &str = "main.py";

/// Module names that a learner's file must not take: they would stand in for a part of the judge.
const RESERVED_STEMS: [&str; 9] =
    ["conftest", "judge", "pytest", "_pytest", "pluggy", "iniconfig", "sitecustomize", "usercustomize", "site"];

/// One file as the learner wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    pub path: String,
    pub content: String,
}

/// Which paths are allowed.
#[derive(Clone, Copy, Debug)]
pub enum FileRule<'a> {
    /// Exactly a subset of the challenge's files, the first of them present.
    AllowList(&'a [String]),
    /// Any sane relative path.
    Any,
}

fn invalid(message: String) -> Refusal {
    Refusal::Invalid { field: "files", message }
}

/// Sizes, paths and that there is something to judge.
pub fn check(files: &[SourceFile], rule: FileRule<'_>) -> Result<(), Refusal> {
    check_sizes(files)?;
    if files.iter().all(|file| file.content.trim().is_empty()) {
        return Err(Refusal::Nothing);
    }
    check_paths(files, rule)?;
    if let FileRule::AllowList(allowed) = rule
        && let Some(main) = allowed.first()
        && !files.iter().any(|file| &file.path == main)
    {
        return Err(invalid(format!("The file {main:?} is missing; it is the one that is judged.")));
    }
    Ok(())
}

/// A draft may be empty or incomplete, but not large or elsewhere.
pub fn check_draft(files: &[SourceFile], allowed: &[String]) -> Result<(), Refusal> {
    check_sizes(files)?;
    check_paths(files, FileRule::AllowList(allowed))
}

pub fn check_program(program: &Program) -> Result<(), Refusal> {
    check(&program.files, FileRule::Any)?;
    let entry = program.entry.as_deref().unwrap_or(DEFAULT_ENTRY);
    if !program.files.iter().any(|file| file.path == entry) {
        let message = format!("The entry {entry:?} is not among the files.");
        return Err(Refusal::Invalid { field: "entry", message });
    }
    let args_bytes: usize = program.args.iter().map(String::len).sum();
    if program.args.len() > ARGS_MAX || args_bytes > ARGS_BYTES_MAX || program.args.iter().any(|arg| arg.contains('\0')) {
        let message = format!("At most {ARGS_MAX} arguments of {ARGS_BYTES_MAX} bytes together, without NUL characters.");
        return Err(Refusal::Invalid { field: "args", message });
    }
    if program.stdin.contains('\0') {
        return Err(Refusal::Invalid { field: "stdin", message: "The input holds a NUL character.".to_owned() });
    }
    if program.stdin.len() > STDIN_BYTES_MAX {
        return Err(Refusal::TooLarge(format!("The input has {} bytes; {STDIN_BYTES_MAX} is the limit.", program.stdin.len())));
    }
    Ok(())
}

fn check_sizes(files: &[SourceFile]) -> Result<(), Refusal> {
    if files.is_empty() {
        return Err(Refusal::Nothing);
    }
    if files.len() > FILES_MAX {
        return Err(Refusal::TooLarge(format!("{} files; {FILES_MAX} is the limit.", files.len())));
    }
    let bytes: usize = files.iter().map(|file| file.content.len()).sum();
    if bytes > FILES_BYTES_MAX {
        return Err(Refusal::TooLarge(format!("The files have {bytes} bytes together; {FILES_BYTES_MAX} is the limit.")));
    }
    Ok(())
}

fn check_paths(files: &[SourceFile], rule: FileRule<'_>) -> Result<(), Refusal> {
    for (index, file) in files.iter().enumerate() {
        if let Some(problem) = path_problem(&file.path) {
            return Err(invalid(format!("The path {:?} {problem}.", file.path)));
        }
        if files.iter().take(index).any(|earlier| earlier.path == file.path) {
            return Err(invalid(format!("The path {:?} is there twice.", file.path)));
        }
        if file.content.contains('\0') {
            return Err(invalid(format!("The file {:?} holds a NUL character.", file.path)));
        }
        if let FileRule::AllowList(allowed) = rule
            && !allowed.contains(&file.path)
        {
            return Err(invalid(format!("The path {:?} is not one of this challenge's files: {}.", file.path, allowed.join(", "))));
        }
    }
    Ok(())
}

fn path_problem(path: &str) -> Option<&'static str> {
    let plain = |part: &str| {
        !part.is_empty() && !part.starts_with('.') && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    if path.len() > PATH_BYTES_MAX {
        return Some("is too long");
    }
    if !path.split('/').all(plain) {
        return Some("is not a plain relative path of letters, digits, '_', '-' and '.'");
    }
    let reserved = |part: &str| RESERVED_STEMS.contains(&part.split('.').next().unwrap_or(part).to_ascii_lowercase().as_str());
    path.split('/').any(reserved).then_some("takes a name that the judge needs")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, content: &str) -> SourceFile {
        SourceFile { path: path.to_owned(), content: content.to_owned() }
    }

    #[test]
    fn a_path_stays_inside_and_shadows_nothing() {
        for bad in [
            "",
            "/etc/passwd",
            "../x.py",
            "a/../b.py",
            "a//b.py",
            ".hidden",
            "conftest.py",
            "pkg/conftest.py",
            "judge.py",
            "Judge/__init__.py",
            "pytest.py",
            "a\\b.py",
            "é.py",
            "a b.py",
            "a\n.py",
        ] {
            assert!(check(&[file(bad, "x = 1")], FileRule::Any).is_err(), "{bad:?}");
        }
        for good in ["main.py", "pkg/__init__.py", "data/input-1.txt"] {
            assert!(check(&[file(good, "x = 1")], FileRule::Any).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn sizes_and_emptiness_are_told_apart() {
        let allowed = vec!["a.py".to_owned(), "b.py".to_owned()];
        let rule = FileRule::AllowList(&allowed);
        assert!(matches!(check(&[], rule), Err(Refusal::Nothing)));
        assert!(matches!(check(&[file("a.py", " \n")], rule), Err(Refusal::Nothing)));
        assert!(matches!(check(&[file("a.py", &"x".repeat(FILES_BYTES_MAX + 1))], rule), Err(Refusal::TooLarge(_))));
        assert!(check(&[file("a.py", &"x".repeat(FILES_BYTES_MAX))], rule).is_ok());
        assert!(matches!(check(&[file("b.py", "x")], rule), Err(Refusal::Invalid { .. })), "the main file is missing");
        assert!(matches!(check(&[file("a.py", "x"), file("a.py", "y")], rule), Err(Refusal::Invalid { .. })));
        assert!(matches!(check(&[file("c.py", "x")], rule), Err(Refusal::Invalid { .. })));
        assert!(check_draft(&[file("b.py", "")], &allowed).is_ok());
    }
}
