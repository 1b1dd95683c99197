//! Registration, sign-in, sessions, suspension and roles.

mod login;
mod logout;
mod node;
mod refresh_session;
mod register;
mod set_user_role;
mod suspend_user;
mod users;

use serde_json::{Value, json};

use crate::support::client::{Client, PASSWORD};

const LOGIN: &str = include_str!("../../../graphql/accounts/Login.graphql");
const VIEWER: &str = include_str!("../../../graphql/accounts/Viewer.graphql");

async fn log_in(client: &Client, email: &str, password: &str) -> Value {
    client.query(LOGIN, json!({"input": {"email": email, "password": password}})).await["login"].clone()
}

/// The outcome of signing in with everybody's password.
async fn log_in_again(client: &Client, email: &str) -> Value {
    log_in(client, email, PASSWORD).await
}
