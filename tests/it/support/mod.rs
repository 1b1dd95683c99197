//! What the tests drive the server with. Start at [`TestApp::start`]; `edge` is for tests of the protocols alone.

pub mod app;
pub mod cells;
pub mod client;
pub mod collector;
pub mod edge;
pub mod hostile;
pub mod learning;
pub mod postgres;
pub mod redis;
pub mod scripted;
pub mod wire;
pub mod ws;

use std::path::Path;

pub use app::TestApp;
use diesel_async::AsyncConnection;
use weak_to_strong::{clock::Clock, curriculum, db::Conn, error::Error};

/// What every test's database holds besides the migrated tables: the published curriculum.
async fn prepare_template(database_url: &str) {
    let content = curriculum::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/seeds")));
    let content = content.unwrap_or_else(|mistakes| {
        let list: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        panic!("the seeds have mistakes:\n{}", list.join("\n"))
    });
    let mut conn = Conn::establish(database_url).await.unwrap();
    curriculum::publish(&mut conn, Clock::system().now(), &content).await.map_err(Error::into_anyhow).unwrap();
}
