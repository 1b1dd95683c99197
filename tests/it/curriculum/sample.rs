//! A small curriculum without a mistake, written into a folder of the test's own, to be broken or changed there.

use std::{fs, path::Path};

use tempfile::TempDir;

pub const CHALLENGE: &str = "tracks/tiny/01-first/01-adding/challenge";

const FILES: [(&str, &str); 9] = [
    ("tracks/tiny/track.toml", TRACK),
    ("tracks/tiny/01-first/module.toml", MODULE),
    ("tracks/tiny/01-first/01-adding/lesson.md", LESSON),
    ("tracks/tiny/01-first/01-adding/quiz.toml", QUIZ),
    ("tracks/tiny/01-first/01-adding/challenge/challenge.md", STATEMENT),
    ("tracks/tiny/01-first/01-adding/challenge/hints.md", "## Nudge\n\nLook.\n\n## Structure\n\nAdd.\n\n## Partial solution\n\n____\n"),
    ("tracks/tiny/01-first/01-adding/challenge/starter/adding.py", "def add(a, b):\n    pass\n"),
    ("tracks/tiny/01-first/01-adding/challenge/solution/adding.py", "def add(a, b):\n    return a + b  # the reference\n"),
    ("tracks/tiny/01-first/01-adding/challenge/checks/data/pairs.csv", "1,2\n"),
];

const TRACK: &str = r#"uuid = "6f3b2c1e-0001-4000-8000-000000000001"
slug = "tiny"
title = "Tiny"
order = 99
summary = "A track of one lesson."
modules = ["tiny-first"]
"#;

const MODULE: &str = r#"uuid = "6f3b2c1e-0002-4000-8000-000000000001"
slug = "tiny-first"
title = "First"
number = 1
xp = 10
summary = "One lesson."
"#;

const LESSON: &str = r#"+++
uuid = "6f3b2c1e-0003-4000-8000-000000000001"
slug = "tiny-adding"
title = "Adding"
summary = "Two numbers become one."
minutes = 5
+++

# Adding

Two numbers become **one**.
"#;

const QUIZ: &str = r#"uuid = "6f3b2c1e-0004-4000-8000-000000000001"
questions = [
  { id = "one", kind = "single", prompt = "1 + 1?", explanation = "Count.", options = [{ id = "a", text = "2", correct = true }, { id = "b", text = "3", correct = false }] },
  { id = "two", kind = "single", prompt = "1 + 2?", explanation = "Count.", options = [{ id = "a", text = "2", correct = false }, { id = "b", text = "3", correct = true }] },
  { id = "three", kind = "multiple", prompt = "Even?", explanation = "Halve.", options = [{ id = "a", text = "2", correct = true }, { id = "b", text = "4", correct = true }] },
  { id = "four", kind = "multiple", prompt = "Odd?", explanation = "Halve.", options = [{ id = "a", text = "2", correct = false }, { id = "b", text = "3", correct = true }] },
]
"#;

const STATEMENT: &str = r#"+++
uuid = "6f3b2c1e-0005-4000-8000-000000000001"
slug = "tiny-add"
title = "Add"
summary = "Write add."
difficulty = "beginner"
points = 60
minutes = 5
runtime = "python"
model_tier = "local"
red_team = false
files = ["adding.py"]
entry = "adding.py"

[[tasks]]
id = "small"
title = "Small numbers"
points = 10
checks = [{ id = "test_small", title = "Small numbers", points = 10, visibility = "public" }]

[[tasks]]
id = "large"
title = "Large numbers"
points = 10
checks = [{ id = "test_large", title = "Large numbers", points = 10, visibility = "public" }]

[[tasks]]
id = "negative"
title = "Negative numbers"
points = 20
checks = [
  { id = "test_negative", title = "Negative numbers", points = 10, visibility = "public" },
  { id = "test_zero", title = "Zero", points = 10, visibility = "on_fail" },
]

[[tasks]]
id = "any"
title = "Any numbers"
points = 20
checks = [
  { id = "test_any", title = "Any numbers", points = 10, visibility = "hidden" },
  { id = "test_any_again", title = "Any numbers again", points = 10, visibility = "hidden" },
]
+++

# Add

Write `add(a, b)`.
"#;

const CHECKS: [(&str, &[&str]); 2] =
    [("test_public.py", &["test_small", "test_large", "test_negative", "test_zero"]), ("test_hidden.py", &["test_any", "test_any_again"])];

/// The sample, in a folder that goes with the test.
pub fn write() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in FILES {
        put(dir.path(), path, text);
    }
    for (file, names) in CHECKS {
        let functions: Vec<String> = names.iter().map(|name| format!("\n\ndef {name}():\n    assert adding.add(1, 2) == 3\n")).collect();
        let functions = functions.concat();
        put(dir.path(), &format!("{CHALLENGE}/checks/{file}"), &format!("import adding\n{functions}"));
    }
    for (name, body) in [("subtracts", "a - b"), ("multiplies", "a * b")] {
        put(dir.path(), &format!("{CHALLENGE}/wrong/{name}/adding.py"), &format!("def add(a, b):\n    return {body}\n"));
        let expect = "verdict = \"WRONG_ANSWER\"\ncheck = \"test_small\"\nwhy = \"Another operation.\"\n";
        put(dir.path(), &format!("{CHALLENGE}/wrong/{name}/expect.toml"), expect);
    }
    dir
}

/// Writes one file of the sample.
pub fn put(dir: &Path, path: &str, text: &str) {
    let file = dir.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// Replaces a piece of one file of the sample.
#[track_caller]
pub fn replace(dir: &Path, path: &str, from: &str, to: &str) {
    let file = dir.join(path);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{path} has no {from:?}");
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}
