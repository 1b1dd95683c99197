//! The files of `seeds/tracks`, as they are written: TOML with places, so that a mistake can be pointed at. Unknown keys are errors.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use toml::Spanned;
use uuid::Uuid;

use super::content::{Difficulty, ModelTier, QuestionKind, Runtime, Visibility};

/// `track.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrackFile {
    pub uuid: Spanned<Uuid>,
    pub slug: Spanned<String>,
    pub title: Spanned<String>,
    pub summary: Spanned<String>,
    pub order: i32,
    /// Slugs, in the order the modules are taken.
    pub modules: Vec<Spanned<String>>,
}

/// `module.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleFile {
    pub uuid: Spanned<Uuid>,
    pub slug: Spanned<String>,
    pub title: Spanned<String>,
    pub summary: Spanned<String>,
    pub number: i32,
    pub xp: Spanned<i32>,
}

/// The front matter of `lesson.md`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LessonFile {
    pub uuid: Spanned<Uuid>,
    pub slug: Spanned<String>,
    pub title: Spanned<String>,
    pub summary: Spanned<String>,
    pub minutes: Spanned<i32>,
}

/// `quiz.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuizFile {
    pub uuid: Spanned<Uuid>,
    #[serde(default)]
    pub questions: Vec<QuestionEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionEntry {
    pub id: Spanned<String>,
    #[serde(deserialize_with = "lower_case")]
    pub kind: QuestionKind,
    pub prompt: Spanned<String>,
    pub explanation: Spanned<String>,
    #[serde(default)]
    pub options: Vec<OptionEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionEntry {
    pub id: Spanned<String>,
    pub text: Spanned<String>,
    pub correct: bool,
}

/// The front matter of `challenge.md`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChallengeFile {
    pub uuid: Spanned<Uuid>,
    pub slug: Spanned<String>,
    pub title: Spanned<String>,
    pub summary: Spanned<String>,
    #[serde(deserialize_with = "lower_case")]
    pub difficulty: Difficulty,
    pub points: Spanned<i32>,
    pub minutes: Spanned<i32>,
    #[serde(deserialize_with = "lower_case")]
    pub runtime: Runtime,
    #[serde(deserialize_with = "lower_case")]
    pub model_tier: ModelTier,
    #[serde(default)]
    pub red_team: bool,
    pub files: Spanned<Vec<Spanned<String>>>,
    pub entry: Spanned<String>,
    #[serde(default)]
    pub call_timeout_ms: Option<Spanned<u32>>,
    #[serde(default)]
    pub tasks: Vec<TaskEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskEntry {
    pub id: Spanned<String>,
    pub title: Spanned<String>,
    pub points: Spanned<i32>,
    #[serde(default)]
    pub checks: Vec<CheckEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckEntry {
    pub id: Spanned<String>,
    pub title: Spanned<String>,
    pub points: Spanned<i32>,
    #[serde(deserialize_with = "lower_case")]
    pub visibility: Visibility,
}

/// `wrong/<name>/expect.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectFile {
    pub verdict: Spanned<String>,
    pub check: Spanned<String>,
    pub why: Spanned<String>,
}

/// Authors write words in lower case; the database and the API in upper case.
fn lower_case<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    use serde::de::Error;
    let word = String::deserialize(deserializer)?;
    if word != word.to_ascii_lowercase() {
        return Err(D::Error::custom(format!("`{word}` is written in lower case")));
    }
    let upper = serde_json::Value::String(word.to_ascii_uppercase());
    serde_json::from_value(upper).map_err(|error| D::Error::custom(error.to_string().to_lowercase()))
}
