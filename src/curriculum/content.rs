//! What is stored of an item: the bodies of its immutable versions, and the words they use.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{error::Result, text_enum};

/// Bytes of all files of a starter or a solution together.
pub const LEARNER_BYTES_MAX: usize = 64 * 1024;
/// Files a learner may hand in for one challenge.
pub const LEARNER_FILES_MAX: usize = 20;

text_enum! {
    /// How much a challenge asks for.
    #[derive(async_graphql::Enum)]
    pub enum Difficulty {
        /// For somebody who has just read the lesson.
        Beginner = "BEGINNER",
        /// Several ideas at once.
        Intermediate = "INTERMEDIATE",
        /// What a professional would have to think about.
        Advanced = "ADVANCED",
    }
}

text_enum! {
    /// The sandbox that code runs in.
    #[derive(async_graphql::Enum)]
    pub enum Runtime {
        /// Python and its standard library.
        Python = "PYTHON",
        /// Python with numpy, pandas and SQLite.
        Data = "DATA",
        /// A browser with the page that the files make.
        Web = "WEB",
        /// Python and templates against an emulated cloud.
        Cloud = "CLOUD",
    }
}

text_enum! {
    /// What a learner sees of a check.
    #[derive(async_graphql::Enum)]
    #[graphql(name = "CheckVisibility")]
    pub enum Visibility {
        /// Its message, expected and actual value are shown.
        Public = "PUBLIC",
        /// Only its title, whether it passed, and its points are shown.
        Hidden = "HIDDEN",
        /// Its message is shown when it fails.
        OnFail = "ON_FAIL",
    }
}

text_enum! {
    /// How many options of a question are right.
    #[derive(async_graphql::Enum)]
    pub enum QuestionKind {
        /// Exactly one option is right.
        Single = "SINGLE",
        /// Any number of options may be right; all of them and no other must be chosen.
        Multiple = "MULTIPLE",
    }
}

text_enum! {
    /// A rung of the ladder of models; the tutor uses the lower of this and what the learner has opened.
    #[derive(async_graphql::Enum)]
    pub enum ModelTier {
        /// Runs beside the platform; open to everyone.
        Local = "LOCAL",
        /// Opened by passing challenges.
        Standard = "STANDARD",
        /// Opened by passing more of them and a paid plan.
        Strong = "STRONG",
    }
}

text_enum! {
    /// The kinds of item that have versions.
    pub enum ItemKind {
        Lesson = "LESSON",
        Quiz = "QUIZ",
        Challenge = "CHALLENGE",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonBody {
    pub markdown: String,
}

/// Holds the correct options: never sent as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuizBody {
    pub questions: Vec<Question>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub id: String,
    pub kind: QuestionKind,
    /// Markdown.
    pub prompt: String,
    /// Markdown, shown after the learner has answered.
    pub explanation: String,
    pub options: Vec<QuizOption>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuizOption {
    pub id: String,
    /// Markdown.
    pub text: String,
    pub correct: bool,
}

/// Holds the checks' sources and the hints: never sent as it is. The reference solution is not in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeBody {
    /// Markdown.
    pub statement: String,
    /// The paths a learner may hand in.
    pub files: Vec<String>,
    /// The file that is run as a program in the playground.
    pub entry: String,
    pub model_tier: ModelTier,
    pub starter: Vec<SourceFile>,
    pub checks: Vec<CheckFile>,
    pub tasks: Vec<Task>,
    /// Nudge, structure, partial solution, in this order. Markdown.
    pub hints: Vec<String>,
    /// None: the runtime's usual limit of one call into the learner's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_timeout_ms: Option<u32>,
}

impl ChallengeBody {
    /// All checks in the order of the tasks, which is the order of results.
    pub fn declared_checks(&self) -> impl Iterator<Item = &CheckSpec> {
        self.tasks.iter().flat_map(|task| &task.checks)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    pub path: String,
    pub content: String,
}

/// A file of the judge: checks, their modules, their data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckFile {
    pub path: String,
    pub content_b64: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    pub id: String,
    pub title: String,
    pub points: i32,
    pub checks: Vec<CheckSpec>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckSpec {
    /// The name of the test function.
    pub id: String,
    pub title: String,
    pub points: i32,
    pub visibility: Visibility,
}

/// A body and its address: SHA-256 of its canonical JSON, in hexadecimal.
#[derive(Clone, Debug)]
pub struct Addressed {
    pub digest: String,
    pub body: Value,
}

/// Gives a body its address.
pub fn address(body: &impl Serialize) -> Result<Addressed> {
    let body = serde_json::to_value(body)?;
    let mut canonical = String::new();
    write_canonical(&body, &mut canonical);
    Ok(Addressed { digest: hex::encode(Sha256::digest(canonical.as_bytes())), body })
}

/// JSON without spaces, members sorted by name: the same whatever order the fields are declared in.
fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| name.as_str());
            out.push('{');
            for (position, (name, member)) in members.into_iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write_canonical(member, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                write_canonical(item, out);
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_address_depends_on_the_content_and_not_on_the_order_of_members() {
        let one = address(&json!({"a": 1, "b": [{"y": "é", "x": null}]})).unwrap();
        let same = address(&json!({"b": [{"x": null, "y": "é"}], "a": 1})).unwrap();
        let other = address(&json!({"a": 1, "b": [{"y": "è", "x": null}]})).unwrap();
        assert_eq!(one.digest, same.digest);
        assert_ne!(one.digest, other.digest);
        assert_eq!(one.digest.len(), 64);
    }
}
