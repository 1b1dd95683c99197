//! What the tests drive the server with. Start at [`TestApp::start`].

pub mod app;
pub mod client;
pub mod edge;
pub mod postgres;
pub mod ws;

pub use app::TestApp;

/// What every test's database holds besides the migrated tables: the curriculum of this repository.
async fn prepare_template(database_url: &str) {
    use weak_to_strong::{clock::Clock, curriculum, db::Db};
    let content = curriculum::load(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/seeds"))).expect("the seeds have no mistakes");
    let db = Db::connect(database_url, 1).unwrap();
    curriculum::publish(&mut db.conn().await.unwrap(), Clock::system().now(), &content).await.unwrap();
}
