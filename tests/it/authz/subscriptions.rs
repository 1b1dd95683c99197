use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Cast, LOGGED_IN, VIEWERS, Wanted, root_fields, wanted_by};
use crate::support::ws::Socket;

/// A root field, an operation that selects it, its variables, and what its first message is.
type Row = (&'static str, &'static str, fn(&Cast) -> Value, Wanted);

fn rows() -> Vec<Row> {
    vec![
        (
            "submissionEvents",
            "subscription($id: ID!) { submissionEvents(submissionId: $id) { __typename } }",
            |cast| json!({"id": cast.attempt}),
            ["UNAUTHENTICATED", "ok", "NOT_FOUND", "NOT_FOUND", "ok"],
        ),
        (
            "leaderboardEvents",
            "subscription { leaderboardEvents(scope: {everyone: true}, period: WEEK) { __typename } }",
            |_| json!({}),
            LOGGED_IN,
        ),
        ("viewerEvents", "subscription { viewerEvents { __typename ... on ViewerSnapshot { viewer { id } } } }", |_| json!({}), LOGGED_IN),
    ]
}

/// The code of a message's first error, or `ok`.
fn outcome(message: &Value) -> String {
    let errors = if message["type"] == "error" { &message["payload"] } else { &message["payload"]["errors"] };
    errors[0]["extensions"]["code"].as_str().unwrap_or("ok").to_owned()
}

#[tokio::test]
async fn every_subscription_tells_whom_it_should() {
    let cast = Cast::assemble().await;
    let listed: BTreeSet<String> = rows().iter().map(|row| row.0.to_owned()).collect();
    pretty_assertions::assert_eq!(listed, root_fields(cast.owner(), "Subscription").await, "the table has to name every field");
    let mut wrong = Vec::new();
    for (viewer, client) in cast.clients.iter().enumerate() {
        let token = (viewer > 0).then(|| client.token());
        let mut socket = Socket::init(cast.app.address, token).await;
        for (field, document, variables, wanted) in rows() {
            let id = socket.subscribe(document, variables(&cast)).await;
            let message = socket.message(&id).await;
            let got = outcome(&message);
            let wanted = wanted_by(field, &wanted, viewer);
            if got != wanted {
                wrong.push(format!("{field} as {}: {got} instead of {wanted}: {message}", VIEWERS[viewer]));
            }
            let own = &message["payload"]["data"]["viewerEvents"]["viewer"]["id"];
            assert!(own.is_null() || own == client.id.as_str(), "{message}");
        }
        socket.leave().await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
