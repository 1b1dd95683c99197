//! Random documents, through our server and through graphql-js: what one takes and the other does not, and where an answer is not the
//! same to the byte, is a fault of ours, or a difference of a kind that is named here with its reason.

mod schema;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use async_graphql::{
    Request, Response, ValidationMode,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute},
};
use async_trait::async_trait;
use futures_util::{StreamExt, stream::BoxStream};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use weak_to_strong::graphql::Engine;

use self::schema::Small;

use crate::{
    outside::{run, scripts},
    support::edge::Edge,
};

const SEED: usize = 20_261_129;
const DOCUMENTS: usize = 800;

/// What graphql-js made of a document.
#[derive(Deserialize)]
struct Theirs {
    query: String,
    variables: Value,
    valid: bool,
    /// The first, when it is not valid.
    mistake: Option<String>,
    /// The text; None when the document or its variables were refused.
    data: Option<String>,
    #[serde(default)]
    errors: BTreeSet<Vec<Step>>,
}

/// Of an error's path.
#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(untagged)]
enum Step {
    Item(usize),
    Field(String),
}

#[derive(Deserialize)]
struct OurError {
    message: String,
    #[serde(default)]
    path: Vec<Step>,
}

/// Kinds of differences that are no faults of ours, or that we cannot mend.
const LIMITED: &str = "the document is beyond our limits";
/// The specification wants the whole path. The library writes the path of a list's item over that of an error inside it.
const ITEM_PATH: &str = "an error inside an item that must not be null has the path of the item";
/// Where a field stands in several fragments that depend on variables or on the object, the library resolves each and puts their
/// answers together. Where one of them is null because of what failed in it, the specification has all of it null.
const HALF_NULL: &str = "a field of several conditional fragments is null in one of them";
/// What else fails below something that is null already may be told or not (6.4.4 of the specification).
const BELOW_NULL: &str = "more or fewer errors are told below a null";
/// The most documents that may be explained, of a hundred.
const EXPLAINED_MAX: usize = 4;

/// The kind of a difference, None when there is none; in words when it is a fault.
fn judged(theirs: &Theirs, answer: &str) -> Result<Option<&'static str>, String> {
    let ours: BTreeMap<String, &RawValue> = serde_json::from_str(answer).unwrap();
    let errors: Vec<OurError> = ours.get("errors").map(|errors| serde_json::from_str(errors.get()).unwrap()).unwrap_or_default();
    let told = errors.first().map(|error| error.message.clone()).unwrap_or_default();
    let (wanted, found) = match (theirs.data.as_deref(), ours.get("data").map(|data| data.get())) {
        (None, None) => return Ok(None),
        (None, Some(_)) => return Err(format!("taken, and graphql-js says: {}", theirs.mistake.clone().unwrap_or_default())),
        (Some(_), None) if told.contains("more than") || told.contains("deeper than") => return Ok(Some(LIMITED)),
        (Some(_), None) => return Err(format!("refused: {told}")),
        (Some(wanted), Some(found)) => (wanted, found),
    };
    let paths: BTreeSet<Vec<Step>> = errors.into_iter().map(|error| error.path).collect();
    if wanted != found {
        let is_half = is_half_null(&serde_json::from_str(wanted).unwrap(), &serde_json::from_str(found).unwrap());
        return if is_half { Ok(Some(HALF_NULL)) } else { Err(format!("data\n  wanted {wanted}\n  found  {found}")) };
    }
    if paths == theirs.errors {
        return Ok(None);
    }
    let is_item_of = |path: &Vec<Step>, whole: &Vec<Step>| matches!(path.last(), Some(Step::Item(_))) && whole.starts_with(path);
    let stands = |path: &Vec<Step>| theirs.errors.iter().any(|whole| path == whole || is_item_of(path, whole));
    let is_told = |whole: &Vec<Step>| paths.iter().any(|path| path == whole || is_item_of(path, whole));
    if paths.iter().all(stands) && theirs.errors.iter().all(is_told) {
        return Ok(Some(ITEM_PATH));
    }
    let data: Value = serde_json::from_str(wanted).unwrap();
    let below = |path: &Vec<Step>| is_below_null(&data, path);
    if paths.iter().all(|path| stands(path) || below(path)) && theirs.errors.iter().all(|whole| is_told(whole) || below(whole)) {
        return Ok(Some(BELOW_NULL));
    }
    Err(format!("errors\n  wanted {:?}\n  found  {paths:?}", theirs.errors))
}

/// Whether the path ends beyond a null.
fn is_below_null(data: &Value, path: &[Step]) -> bool {
    let mut at = data;
    for step in path {
        at = match step {
            _ if at.is_null() => return true,
            Step::Item(number) => &at[number],
            Step::Field(name) => &at[name],
        };
    }
    false
}

/// Alike but where null is wanted.
fn is_half_null(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Null, _) => true,
        (Value::Object(wanted), Value::Object(found)) => {
            wanted.len() == found.len() && wanted.iter().zip(found).all(|(one, other)| one.0 == other.0 && is_half_null(one.1, other.1))
        }
        (Value::Array(wanted), Value::Array(found)) => {
            wanted.len() == found.len() && wanted.iter().zip(found).all(|(one, other)| is_half_null(one, other))
        }
        _ => wanted == found,
    }
}

/// As the platform is made: one schema validates what was sent, another runs what was made of it.
struct Checked {
    validates: Small,
    runs: Small,
}

#[async_trait]
impl Engine for Checked {
    async fn price(&self, request: Request, _is_known: bool) -> Result<u64, Box<Response>> {
        let response = self.validates.execute(request).await;
        if response.errors.is_empty() { Ok(1) } else { Err(Box::new(response)) }
    }

    async fn execute(&self, request: Request) -> Response {
        self.runs.execute(request).await
    }

    fn execute_stream(&self, request: Request) -> BoxStream<'static, Response> {
        self.runs.execute_stream(request).boxed()
    }

    fn sdl(&self) -> String {
        self.runs.sdl()
    }
}

/// Validates and runs nothing.
struct Dry;

impl ExtensionFactory for Dry {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Extension for Dry {
    async fn execute(&self, _ctx: &ExtensionContext<'_>, _name: Option<&str>, _next: NextExecute<'_>) -> Response {
        Response::default()
    }
}

#[expect(clippy::disallowed_methods, reason = "how much is compared is the caller's of the test, not the program's")]
fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

#[tokio::test]
async fn random_documents_are_answered_as_graphql_js_answers_them() {
    let Some(folder) = scripts("contracts") else { return };
    let (seed, count) = (setting("DIFFERENTIAL_SEED", SEED), setting("DIFFERENTIAL_DOCUMENTS", DOCUMENTS));
    let validates = schema::builder().extension(Dry).finish();
    let schema = Checked { validates, runs: schema::builder().validation_mode(ValidationMode::Fast).finish() };
    let sdl = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(sdl.path(), schema.sdl()).unwrap();
    let mut script = tokio::process::Command::new("node");
    script.arg("differential.mjs").arg(sdl.path()).args([seed.to_string(), count.to_string()]).current_dir(folder);
    let lines = run(&mut script).await;
    let edge = Edge::start_serving(schema).await;
    let (mut valid, mut failing, mut faults) = (0, 0, Vec::new());
    let mut explained: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lines.lines() {
        let theirs: Theirs = serde_json::from_str(line).unwrap();
        valid += usize::from(theirs.valid);
        failing += usize::from(!theirs.errors.is_empty());
        let answer = edge.post(&json!({"query": theirs.query, "variables": theirs.variables})).send().await.unwrap();
        let answer = answer.text().await.unwrap();
        match judged(&theirs, &answer) {
            Ok(None) => {}
            Ok(Some(kind)) => *explained.entry(kind).or_default() += 1,
            Err(difference) => faults.push(format!("{difference}\n  {}\n  {}", theirs.query, theirs.variables)),
        }
    }
    println!("seed {seed}: {count} documents, {valid} valid, {failing} with errors; differences: {explained:?}");
    assert!(faults.is_empty(), "seed {seed}: {} of {count} differ\n{}", faults.len(), faults.join("\n"));
    let explained: usize = explained.values().sum();
    assert!(explained * 100 <= count * EXPLAINED_MAX, "{explained} of {count} differ for known reasons");
    assert!(valid * 3 > count && (count - valid) * 10 > count && failing * 5 > count, "the documents are too much alike");
}
