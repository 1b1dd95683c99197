//! What the tests drive the server with. Start at [`TestApp::start`].

pub mod app;
pub mod client;
pub mod postgres;

pub use app::TestApp;

/// What every test's database holds besides the migrated tables: nothing yet. Publish the curriculum here.
async fn prepare_template(_database_url: &str) {}
