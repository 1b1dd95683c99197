//! Reading the curriculum, publishing it, and what lint says of a broken one.

mod lint;
mod publish;
mod reads;
mod sample;
mod secrets;

use std::path::Path;

use weak_to_strong::{curriculum, error::Error};

use crate::support::TestApp;

const TRACKS: &str = include_str!("../../../graphql/curriculum/Tracks.graphql");
const TRACK: &str = include_str!("../../../graphql/curriculum/Track.graphql");
const LESSON: &str = include_str!("../../../graphql/curriculum/Lesson.graphql");
const CHALLENGE: &str = include_str!("../../../graphql/curriculum/Challenge.graphql");
const NODES: &str = include_str!("../../../graphql/curriculum/CurriculumNodes.graphql");

async fn publish(app: &TestApp, dir: &Path) -> curriculum::Report {
    curriculum::publish_dir(&app.app, dir).await.map_err(Error::into_anyhow).unwrap()
}
