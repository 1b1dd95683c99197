//! What a learner earns, how anybody verifies it, and how it is taken away.

mod earned;
mod revoked;

use diesel::sql_types::{BigInt, Text, Uuid};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use weak_to_strong::{
    db::ids::{TypedId, UserId},
    error::Error,
};

use crate::support::{TestApp, client::Client};

const CERTIFICATES: &str = include_str!("../../../graphql/certificates/Certificates.graphql");
const VERIFY_CERTIFICATE: &str = include_str!("../../../graphql/certificates/VerifyCertificate.graphql");
const REVOKE_CERTIFICATE: &str = include_str!("../../../graphql/certificates/RevokeCertificate.graphql");

async fn certificates(client: &Client) -> Value {
    client.query(CERTIFICATES, json!({})).await["viewer"]["certificates"].clone()
}

async fn verify(client: &Client, code: &str) -> Value {
    client.query(VERIFY_CERTIFICATE, json!({"code": code})).await["verifyCertificate"].clone()
}

fn user(client: &Client) -> uuid::Uuid {
    UserId::parse(&client.id).map_err(Error::into_anyhow).unwrap().uuid()
}

/// As if so many challenges had been passed that have been retired since.
async fn has_passed(app: &TestApp, client: &Client, count: i64) {
    diesel::sql_query(
        "WITH retired AS (INSERT INTO challenges (id, module_id, slug, title, summary, difficulty, points, minutes, runtime, red_team, position, version_id, retired_at) \
           SELECT gen_random_uuid(), c.module_id, 'retired-' || gen_random_uuid(), 'Retired', '', 'BEGINNER', 100, 1, 'PYTHON', false, 99, c.version_id, now() \
           FROM (SELECT * FROM challenges ORDER BY slug LIMIT 1) c, generate_series(1, $2) n RETURNING id) \
         INSERT INTO challenge_progress (user_id, challenge_id, attempts_used, best_score, passed_at) SELECT $1, id, 1, 100, now() FROM retired",
    )
    .bind::<Uuid, _>(user(client))
    .bind::<BigInt, _>(count)
    .execute(&mut app.conn().await)
    .await
    .unwrap();
}

/// A name that no e-mail address is made of.
async fn rename(app: &TestApp, client: &Client, name: &str) {
    diesel::sql_query("UPDATE users SET display_name = $2 WHERE id = $1")
        .bind::<Uuid, _>(user(client))
        .bind::<Text, _>(name)
        .execute(&mut app.conn().await)
        .await
        .unwrap();
}

async fn set_plan(app: &TestApp, client: &Client, plan: &str) {
    diesel::sql_query("UPDATE users SET plan = $2 WHERE id = $1")
        .bind::<Uuid, _>(user(client))
        .bind::<Text, _>(plan)
        .execute(&mut app.conn().await)
        .await
        .unwrap();
}

/// Certificates of everybody, shown or not.
async fn issued(app: &TestApp) -> i64 {
    let mut conn = app.conn().await;
    diesel::sql_query("SELECT count(*) AS count FROM certificates").get_result::<Count>(&mut conn).await.unwrap().count
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Passes the tenth challenge; answers its attempt and the certificate.
async fn earn(app: &TestApp, client: &Client) -> (Value, Value) {
    has_passed(app, client, 9).await;
    client.pass_the_quiz().await;
    let attempt = client.attempt(app, "x = 1").await;
    let all = certificates(client).await;
    assert_eq!(all.as_array().unwrap().len(), 1, "{all}");
    (attempt, all[0].clone())
}
