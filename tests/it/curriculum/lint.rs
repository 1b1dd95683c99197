use std::{fs, path::Path};

use weak_to_strong::curriculum;

use super::sample::{self, CHALLENGE, put, replace};

/// Mistakes as `file:line:column: problem`, files below the challenge's folder without it.
fn mistakes(dir: &Path) -> Vec<String> {
    let found = curriculum::load(dir).err().unwrap_or_default();
    found
        .iter()
        .map(|mistake| {
            assert!(!mistake.remedy.is_empty());
            let line = mistake.to_string();
            line.lines().next().unwrap_or_default().replace(&format!("{CHALLENGE}/"), "")
        })
        .collect()
}

#[test]
fn the_shipped_curriculum_has_no_mistakes() {
    assert_eq!(mistakes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds")), [""; 0]);
}

#[test]
fn the_sample_has_no_mistakes() {
    assert_eq!(mistakes(sample::write().path()), [""; 0]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn a_mistake_is_reported_where_it_stands() {
    let challenge = &format!("{CHALLENGE}/challenge.md");
    let public = &format!("{CHALLENGE}/checks/test_public.py");
    let (lesson, quiz) = ("tracks/tiny/01-first/01-adding/lesson.md", "tracks/tiny/01-first/01-adding/quiz.toml");
    let cases: [(&str, &str, &str, &[&str]); 18] = [
        (
            lesson,
            "minutes",
            "minutse",
            &[
                "tracks/tiny/01-first/01-adding/lesson.md:6:1: unknown field `minutse`, expected one of `uuid`, `slug`, `title`, `summary`, `minutes`",
            ],
        ),
        (lesson, "tiny-adding", "Tiny Adding", &["tracks/tiny/01-first/01-adding/lesson.md:3:8: \"Tiny Adding\" is no short name"]),
        (
            lesson,
            "**one**",
            "![one](https://example.com/1.png)",
            &["tracks/tiny/01-first/01-adding/lesson.md:11:20: an image from elsewhere"],
        ),
        (
            lesson,
            "+++\n\n# Adding",
            "# Adding",
            &["tracks/tiny/01-first/01-adding/lesson.md:1:1: the front matter is missing or has no end"],
        ),
        (
            quiz,
            "text = \"3\", correct = false",
            "text = \"3\", correct = true",
            &["tracks/tiny/01-first/01-adding/quiz.toml:3:10: a single-choice question has 2 correct options"],
        ),
        (
            quiz,
            "id = \"two\"",
            "id = \"one\"",
            &["tracks/tiny/01-first/01-adding/quiz.toml:4:10: another question of this quiz has this id"],
        ),
        (challenge, "points = 60", "points = 70", &["challenge.md:7:10: the tasks' points sum to 60, not to 70"]),
        (
            challenge,
            "points = 20",
            "points = 30",
            &["challenge.md:7:10: the tasks' points sum to 70, not to 60", "challenge.md:30:10: the checks' points sum to 20, not to 30"],
        ),
        (
            challenge,
            "6f3b2c1e-0005",
            "6f3b2c1e-0003",
            &[
                "challenge.md:2:8: \"6f3b2c1e-0003-4000-8000-000000000001\" is the uuid of tracks/tiny/01-first/01-adding/lesson.md:2 already",
            ],
        ),
        (
            challenge,
            "\"beginner\"",
            "\"easy\"",
            &["challenge.md:6:14: unknown variant `easy`, expected one of `beginner`, `intermediate`, `advanced`"],
        ),
        (challenge, "entry = \"adding.py\"", "entry = \"main.py\"", &["challenge.md:13:9: `entry` is not among `files`"]),
        (
            challenge,
            "files = [\"adding.py\"]",
            "files = [\"adding.py\", \"../x.py\", \"random.py\"]",
            &[
                "challenge.md:12:23: \"../x.py\" is no plain relative path",
                "challenge.md:12:34: \"random.py\" would stand in front of the module random",
            ],
        ),
        (
            challenge,
            "visibility = \"hidden\"",
            "visibility = \"public\"",
            &["challenge.md:1:1: 1 hidden checks are too few", "challenge.md:41:10: test_any stands in checks/test_hidden.py"],
        ),
        (
            challenge,
            "id = \"test_zero\"",
            "id = \"test_nil\"",
            &["challenge.md:33:10: no check has this name", "checks/test_public.py:16:1: test_zero is not declared"],
        ),
        (
            public,
            "def test_zero",
            "def test_one",
            &["challenge.md:33:10: no check has this name", "checks/test_public.py:16:1: test_one is not declared"],
        ),
        (
            &format!("{CHALLENGE}/wrong/subtracts/expect.toml"),
            "test_small",
            "test_smal",
            &["wrong/subtracts/expect.toml:2:9: the challenge declares no such check"],
        ),
        (
            &format!("{CHALLENGE}/wrong/subtracts/expect.toml"),
            "WRONG_ANSWER",
            "ACCEPTED",
            &["wrong/subtracts/expect.toml:1:11: \"ACCEPTED\" is no verdict of a wrong answer"],
        ),
        (&format!("{CHALLENGE}/hints.md"), "## Structure", "## Shape", &["hints.md:1:1: this is not a ladder of three rungs"]),
    ];
    let mut surprises = Vec::new();
    for (file, from, to, expected) in cases {
        let dir = sample::write();
        replace(dir.path(), file, from, to);
        let found = mistakes(dir.path());
        if found != expected {
            surprises.push(format!("{from} -> {to}: {found:#?} instead of {expected:#?}"));
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

#[test]
fn files_that_must_not_be_there_are_reported() {
    let big = "x".repeat(64 * 1024);
    let cases: [(&str, &str, &str); 8] = [
        ("starter/other.py", "", "starter/other.py:1:1: \"other.py\" is not among the challenge's files"),
        ("starter/adding.py", &big, ""),
        ("solution/adding.py", &format!("{big}x"), "solution:1:1: 65537 bytes together"),
        ("checks/conftest.py", "", "checks/conftest.py:1:1: conftest.py would change how checks run"),
        ("checks/judge.py", "", "checks/judge.py:1:1: \"judge.py\" would stand in front of the module judge"),
        ("checks/adding.py", "", "checks/adding.py:1:1: a learner's file has this name too"),
        ("checks/more/helper.py", "", "checks/more/helper.py:1:1: checks/ is a flat folder"),
        ("notes.txt", "", "notes.txt:1:1: nothing reads \"notes.txt\""),
    ];
    for (file, text, expected) in cases {
        let dir = sample::write();
        put(dir.path(), &format!("{CHALLENGE}/{file}"), text);
        let expected: Vec<_> = Some(expected).filter(|text| !text.is_empty()).into_iter().collect();
        assert_eq!(mistakes(dir.path()), expected, "{file}");
    }
}

#[test]
fn links_are_not_followed_and_missing_folders_are_named() {
    let dir = sample::write();
    let challenge = dir.path().join(CHALLENGE);
    std::os::unix::fs::symlink("/etc/passwd", challenge.join("checks/passwd")).unwrap();
    fs::remove_dir_all(challenge.join("solution")).unwrap();
    fs::remove_dir_all(challenge.join("wrong/subtracts")).unwrap();
    let expected = [
        "tracks/tiny/01-first/01-adding/challenge:1:1: 1 wrong answers are too few",
        "checks/passwd:1:1: this is a link",
        "solution:1:1: this folder has no files",
        "solution:1:1: this folder is missing or cannot be read",
    ];
    assert_eq!(mistakes(dir.path()), expected);
}

#[test]
fn every_mistake_is_reported_at_once() {
    let dir = sample::write();
    replace(dir.path(), "tracks/tiny/track.toml", "order = 99", "order = \"last\"");
    replace(dir.path(), "tracks/tiny/01-first/01-adding/lesson.md", "minutes = 5", "minutes = 5\nminutes = 6");
    replace(dir.path(), "tracks/tiny/01-first/01-adding/quiz.toml", "kind = \"single\"", "kind = \"Single\"");
    let files: Vec<_> = curriculum::load(dir.path()).unwrap_err().into_iter().map(|mistake| mistake.file).collect();
    let expected = ["01-first/01-adding/lesson.md", "01-first/01-adding/quiz.toml", "track.toml"];
    assert_eq!(files, expected.map(|file| Path::new("tracks/tiny").join(file)));
}
