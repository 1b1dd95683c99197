use std::{collections::HashSet, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use weak_to_strong::curriculum::{self, tree::ItemTree};

use super::{CHALLENGE, LESSON, TRACK, TRACKS, publish};
use crate::support::TestApp;

/// Shorter lines may stand in a statement by chance.
const LINE_MIN: usize = 30;

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| line.len() >= LINE_MIN)
}

/// Every text of an answer, one after another.
fn texts(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => {
            out.push_str(text);
            out.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, out)),
        Value::Object(members) => members.values().for_each(|member| texts(member, out)),
        _ => {}
    }
}

#[tokio::test]
async fn no_answer_holds_a_check_a_solution_a_hint_or_an_explanation() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let app = TestApp::start().await;
    publish(&app, &seeds).await;
    let reader = app.learner("Eve").await;
    let content = curriculum::load(&seeds).unwrap();

    let mut said = String::new();
    texts(&reader.query(TRACKS, json!({})).await, &mut said);
    let mut secrets = HashSet::new();
    for track in &content.tracks {
        texts(&reader.query(TRACK, json!({"slug": track.slug})).await, &mut said);
        for item in track.modules.iter().flat_map(|module| &module.items) {
            let ItemTree::Lesson(lesson) = item else { continue };
            texts(&reader.query(LESSON, json!({"slug": lesson.slug})).await, &mut said);
            let explanations = lesson.quiz.iter().flat_map(|quiz| &quiz.body.questions).map(|question| &question.explanation);
            secrets.extend(explanations.flat_map(|text| lines(text)).map(str::to_owned));
        }
    }
    for challenge in content.challenges() {
        texts(&reader.query(CHALLENGE, json!({"slug": challenge.slug})).await, &mut said);
        for check in &challenge.body.checks {
            let source = BASE64_STANDARD.decode(&check.content_b64).unwrap();
            secrets.extend(lines(&String::from_utf8_lossy(&source)).map(str::to_owned));
        }
        secrets.extend(challenge.solution.iter().flat_map(|file| lines(&file.content)).map(str::to_owned));
        secrets.extend(challenge.body.hints.iter().flat_map(|hint| lines(hint)).map(str::to_owned));
        // What the learner is given on purpose is no secret.
        for shown in [&challenge.body.statement].into_iter().chain(challenge.body.starter.iter().map(|file| &file.content)) {
            secrets.retain(|secret| !shown.contains(secret.as_str()));
        }
    }
    for lesson in content.tracks.iter().flat_map(|track| &track.modules).flat_map(|module| &module.items) {
        if let ItemTree::Lesson(lesson) = lesson {
            secrets.retain(|secret| !lesson.body.markdown.contains(secret.as_str()));
        }
    }
    assert!(secrets.len() > 100, "{}", secrets.len());
    let told: Vec<_> = secrets.iter().filter(|secret| said.contains(secret.as_str())).collect();
    assert!(told.is_empty(), "{told:#?}");
}

#[test]
fn no_type_that_can_be_read_before_answering_has_a_field_for_secrets() {
    let sdl = weak_to_strong::graphql::schema(None).sdl();
    for name in ["Quiz", "QuizQuestion", "QuizOption", "Challenge", "CheckSpec", "Task"] {
        let (_, after) = sdl.split_once(&format!("\ntype {name} ")).unwrap_or_else(|| panic!("no type {name}"));
        let body = after.split_once("\n}").unwrap().0;
        for secret in ["\tcorrect", "\texplanation", "\tsolution", "\tchecksSource", "\tsource"] {
            assert!(!body.contains(secret), "{name} has{secret}");
        }
    }
}
