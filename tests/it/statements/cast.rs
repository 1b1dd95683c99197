//! Whoever the documents of `graphql/` need, and what they own, made through the public door.

use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use super::Costs;
use crate::{
    authz::{certify, make_group, pass_quiz, set_instructor, submit_as},
    support::{
        client::Client,
        learning::{CHALLENGE, NEXT_CHALLENGE},
    },
};

pub struct Cast {
    pub ada: Client,
    /// Knows nobody yet.
    pub bea: Client,
    /// Is administered.
    pub vic: Client,
    /// Leads a group that Ada is in.
    pub lea: Client,
    pub root: Client,
    pub anonymous: Client,
    /// Id and membership of Ada's group.
    pub group: [String; 2],
    pub group_code: String,
    /// One that is deleted, and one that somebody is removed from.
    pub spare: [[String; 2]; 2],
    pub squad: [String; 2],
    pub certificate: String,
    /// To be applied, and to be discarded.
    pub rejudges: [String; 2],
    /// Of the track, the lesson and the challenge that everybody begins with.
    pub items: [String; 3],
    pub month: String,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

async fn start_rejudge(costs: &Costs, root: &Client, challenge: &str) -> String {
    let document = include_str!("../../../graphql/submissions/StartRejudge.graphql");
    let data = root.query(document, json!({"input": {"challengeSlug": challenge}})).await;
    // As if all of its attempts had been judged again.
    diesel::sql_query("UPDATE rejudges SET status = 'READY'").execute(&mut costs.app.conn().await).await.unwrap();
    text(&data["startRejudge"]["rejudge"]["id"])
}

impl Cast {
    pub async fn assemble(costs: &Costs) -> Self {
        let (app, ada) = (&costs.app, costs.ada.clone());
        let [bea, vic, lea] = [app.learner("Bea").await, app.learner("Vic").await, app.learner("Lea").await];
        let root = app.admin().await.again(app).await;
        set_instructor(app, &lea).await;
        let lea = lea.again(app).await;
        let group = make_group(&lea, &ada).await;
        let spare = [make_group(&lea, &ada).await, make_group(&lea, &ada).await];
        let document = "query($id: ID!) { group(id: $id) { invitationCode } }";
        let group_code = text(&lea.query(document, json!({"id": group[0]})).await["group"]["invitationCode"]);
        let create = include_str!("../../../graphql/boards/CreateSquad.graphql");
        let input = json!({"input": {"name": "Keel", "weeklyXpGoal": 500}});
        let squad = lea.query(create, input).await["createSquad"]["squad"].clone();
        // As if a worker's verdict had been recorded, which opens a hint.
        let graded = "INSERT INTO challenge_progress (user_id, challenge_id, last_graded_at) SELECT user_id, challenge_id, now() FROM submissions WHERE score = 0";
        diesel::sql_query(graded).execute(&mut app.conn().await).await.unwrap();
        pass_quiz(app, &bea).await;
        // Somebody to rank, and somebody else.
        let correct = include_str!("../../../graphql/progress/CorrectXp.graphql");
        for learner in [&ada, &lea] {
            let input = json!({"userId": learner.id, "amount": 5, "reason": "Helped.", "clientRequestId": learner.id});
            root.query(correct, json!({"input": input})).await;
        }
        submit_as(&bea, "queued").await;
        let document = "{ track(slug: \"python\") { id } lesson(slug: \"python-variables-and-types\") { id } \
            challenge(slug: \"python-temperature-converter\") { id } }";
        let items = ada.query(document, json!({})).await;
        Self {
            group,
            group_code,
            spare,
            squad: [text(&squad["id"]), text(&squad["code"])],
            certificate: certify(app, &ada).await,
            rejudges: [start_rejudge(costs, &root, CHALLENGE).await, start_rejudge(costs, &root, NEXT_CHALLENGE).await],
            items: [text(&items["track"]["id"]), text(&items["lesson"]["id"]), text(&items["challenge"]["id"])],
            month: app.clock.now().with_timezone(&chrono_tz::Europe::Berlin).format("%Y-%m").to_string(),
            anonymous: app.anonymous(),
            ada,
            bea,
            vic,
            lea,
            root,
        }
    }
}
