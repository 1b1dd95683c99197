//! The files of `tests/hostile`. The head of each is its class and the code that it is answered with. In what follows `@@3*a%n @@`
//! stands for `a0 a1 a2 `, `%m` for the number after, and `%x00e9` for a character.

use std::path::Path;

use serde_json::json;
use walkdir::WalkDir;

/// One file of it.
pub struct Case {
    pub name: String,
    pub class: String,
    /// Of the answer's first error, or `ok`.
    pub code: String,
    /// None where the file is a whole request.
    pub document: Option<String>,
    pub body: String,
}

pub fn corpus() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    let files = WalkDir::new(&root).sort_by_file_name().into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    let case = |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap();
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let (class, rest) = text.strip_prefix("# class: ").and_then(|rest| rest.split_once('\n')).unwrap_or_else(|| panic!("{name}"));
        let (code, rest) = rest.strip_prefix("# expect: ").and_then(|rest| rest.split_once('\n')).unwrap_or_else(|| panic!("{name}"));
        let content = written_out(rest.strip_suffix('\n').unwrap_or(rest));
        let is_document = path.extension().is_some_and(|extension| extension == "graphql");
        let document = is_document.then(|| content.clone());
        let body = document.as_ref().map_or(content, |document| json!({"query": document}).to_string());
        Case { name, class: class.to_owned(), code: code.to_owned(), document, body }
    };
    files.map(|entry| case(entry.path())).collect()
}

fn written_out(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, repeated)) = rest.split_once("@@") {
        out.push_str(before);
        let (repeated, after) = repeated.split_once("@@").expect("a repetition has an end");
        let (times, what) = repeated.split_once('*').expect("a repetition has a number");
        let what = characters(what);
        for number in 0..times.parse::<usize>().unwrap() {
            out.push_str(&what.replace("%n", &number.to_string()).replace("%m", &(number + 1).to_string()));
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn characters(text: &str) -> String {
    let mut pieces = text.split("%x");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (code, rest) = piece.split_at(4);
        out.push(u32::from_str_radix(code, 16).ok().and_then(char::from_u32).unwrap());
        out.push_str(rest);
    }
    out
}
