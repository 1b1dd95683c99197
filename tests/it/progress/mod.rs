//! What a learner reaches: quizzes, lessons, hints, XP, achievements, and the stream that tells of them.

mod ledger;
mod lessons;
mod locks;
mod missions;
mod quiz;
mod reports;
mod streaks;
mod streaks_oracle;
mod viewer_events;
mod xp;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{TestApp, client::Client};

const START_LESSON: &str = include_str!("../../../graphql/progress/StartLesson.graphql");
const HEARTBEAT_LESSON: &str = include_str!("../../../graphql/progress/HeartbeatLesson.graphql");
const COMPLETE_LESSON: &str = include_str!("../../../graphql/progress/CompleteLesson.graphql");
const REVEAL_HINT: &str = include_str!("../../../graphql/progress/RevealHint.graphql");
const REPORT_PROBLEM: &str = include_str!("../../../graphql/progress/ReportProblem.graphql");

const STREAK: &str = include_str!("../../../graphql/progress/Streak.graphql");
const UPDATE_LEARNING_SETTINGS: &str = include_str!("../../../graphql/progress/UpdateLearningSettings.graphql");
pub const CORRECT_XP: &str = include_str!("../../../graphql/progress/CorrectXp.graphql");
const NOTIFICATIONS: &str = include_str!("../../../graphql/progress/Notifications.graphql");

async fn start(client: &Client, lesson: &str) -> Value {
    client.query(START_LESSON, json!({"input": {"lessonSlug": lesson}})).await["startLesson"].clone()
}

async fn heartbeat(client: &Client, lesson: &str) -> Value {
    client.query(HEARTBEAT_LESSON, json!({"input": {"lessonSlug": lesson}})).await["heartbeatLesson"].clone()
}

async fn complete(client: &Client, lesson: &str) -> Value {
    client.query(COMPLETE_LESSON, json!({"input": {"lessonSlug": lesson}})).await["completeLesson"].clone()
}

/// Keeps the lesson on the screen for as long as it asks for.
async fn stay(app: &TestApp, client: &Client, lesson: &str) {
    loop {
        let progress = heartbeat(client, lesson).await["progress"].clone();
        if progress["dwellMs"].as_i64().unwrap() >= progress["dwellNeededMs"].as_i64().unwrap() {
            return;
        }
        app.clock.advance(TimeDelta::seconds(30));
    }
}

async fn reveal_hint(client: &Client, challenge: &str) -> Value {
    client.query(REVEAL_HINT, json!({"input": {"challengeSlug": challenge}})).await["revealHint"].clone()
}

/// The newest first.
async fn notifications(client: &Client, unread_only: bool) -> Vec<Value> {
    let data = client.query(NOTIFICATIONS, json!({"unreadOnly": unread_only, "first": 100, "after": null})).await;
    data["viewer"]["notifications"]["nodes"].as_array().unwrap().clone()
}
